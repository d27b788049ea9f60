"""The head of a request, read strictly: what a proxy could have read in another way is refused."""

import re

FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\0]*?)[ \t]*\r?\n")  # RFC 9110, 5
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

    def get(self, name: str, default: str | None = None) -> str | None:
        return super().get(name.lower(), default)

    getheader = get

    @property
    def typeheader(self) -> str | None:
        return self.get("content-type")
