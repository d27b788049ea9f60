"""The head of a request, read strictly: anything that a proxy could read differently is refused.

Each line is read once from its beginning to its end, so a line of twice the length takes twice the
time.
"""

import re
from collections import defaultdict

TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # RFC 9110, 5.6.2
LINE = re.compile(rf"{TOKEN} [!-~]+ HTTP/1\.[01]\r?\n")  # RFC 9112, 3
TOKEN_BYTES = bytes(byte for byte in range(128) if re.fullmatch(TOKEN, chr(byte)))
CONTROL_BYTES = bytes([*range(9), *range(10, 32), 127])  # all but the tab
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
        values: dict[str, list[str]] = defaultdict(list)
        count = 0
        while (line := file.readline(LONGEST)) not in {b"\r\n", b"\n"}:
            name, value = read_field(line)
            count += 1
            if count > MOST:
                raise ValueError("too many header fields")
            if name in values and name in AT_MOST_ONCE:
                raise ValueError(f"which {name} is meant?")
            values[name].append(value)
        self |= {name: each[0] for name, each in values.items()}
        # Join repeated fields here, once. gevent would copy the joined value for each of them.
        self.headers = [f"{name}: {joined(name, each)}\r\n" for name, each in values.items()]
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


def read_field(line: bytes) -> tuple[str, str]:
    """Return the name, in lower case, and the value of a header field (RFC 9110, 5).

    Raise ValueError if the line isn't a header field.
    """
    name, colon, value = line.removesuffix(b"\n").removesuffix(b"\r").partition(b":")
    is_token = name and not name.translate(None, TOKEN_BYTES)
    is_text = value == value.translate(None, CONTROL_BYTES)
    if not (line.endswith(b"\n") and colon and is_token and is_text):
        raise ValueError("not a header field")
    return name.decode("latin-1").lower(), value.strip(b" \t").decode("latin-1")


def joined(name: str, values: list[str]) -> str:
    """Return the values of fields of the same name as one value (RFC 9110, 5.3; cookies: 6265)."""
    return ("; " if "cookie" in name else ",").join(values)
