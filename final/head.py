"""The head of a request, read strictly: what a proxy could have read in another way is refused."""

import re

TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # RFC 9110, 5.6.2
LINE = re.compile(rf"{TOKEN} [!-~]+ HTTP/1\.[01]\r?\n")  # RFC 9112, 3
FIELD = re.compile(  # RFC 9110, 5
    rf"({TOKEN}):[ \t]*([^\0-\x08\n-\x1f\x7f]*?)[ \t]*\r?\n".encode()
)
LONGEST = 8192  # bytes of a line
MOST = 100  # fields
AT_MOST_ONCE = {"content-length", "transfer-encoding", "host"}


class Head(dict):
    """The fields, by their names in lower case, and as gevent asks for them.

    gevent itself reads them as those of a mail: with more patience than is good for a server.
    """

    status = ""

    def __init__(self, file, *_):
        super().__init__()
        self.headers: list[str] = []
        while (line := file.readline(LONGEST)) not in {b"\r\n", b"\n"}:
            field = FIELD.fullmatch(line)
            if not field or len(self.headers) == MOST:
                raise ValueError("this is no header field, or one too many")
            name, value = (part.decode("latin-1") for part in field.groups())
            if name.lower() in self and name.lower() in AT_MOST_ONCE:
                raise ValueError(f"which {name} is meant?")
            self.setdefault(name.lower(), value)
            self.headers.append(f"{name}: {value}\r\n")
        self._check_length()

    def _check_length(self) -> None:
        """See that there is one way to find where the request ends: RFC 9112, 6."""
        length, coding = self.get("content-length"), self.get("transfer-encoding")
        if coding is not None and (length is not None or coding.lower() != "chunked"):
            raise ValueError("how long is it?")
        if length is not None and not re.fullmatch("[0-9]+", length):
            raise ValueError("this is no length")

    def get(self, name: str, default: str | None = None) -> str | None:
        return super().get(name.lower(), default)

    getheader = get

    @property
    def typeheader(self) -> str | None:
        return self.get("content-type")
