"""Shapes of input: each makes requests or frames of one pattern, of about a given size.

Most inputs that cost more than linear time repeat one thing in a place where a regular expression,
a loop or a copy processes it again and again. So each shape repeats one thing in one place.
"""

from collections.abc import Callable
from dataclasses import dataclass

from tests.fuzz.raw import BINARY, request, websocket_frame

LINE = 8_000  # bytes: nearly the limit for a line of a head
FIELDS = 96  # nearly the limit for a head: the requests below add a few of their own
# A larger request is mostly copied, and that cost depends on the machine's caches.
HEAD = 200_000  # bytes
BODY = 200_000  # bytes
MESSAGE = 64_000  # bytes: nearly the limit for a frame


@dataclass(frozen=True)
class Shape:
    """A kind of input. `of` makes an input of about a given number of bytes.

    `limit` is the size of the largest input that the server still reads. An input that is `framed`
    is sent over an open WebSocket, and any other directly after connecting.
    """

    of: Callable[[int], bytes]
    limit: int
    framed: bool = False


def head(before: str, repeated: str, after: str = "", target: str = "/nowhere") -> Shape:
    """Make a header field with something repeated in it."""

    def of(size: int) -> bytes:
        line = before + repeated * (size // len(repeated)) + after
        return request("GET", target, [line, "Connection: close"])

    return Shape(of, LINE)


def heads(name: str, before: str, repeated: str, after: str = "") -> Shape:
    """Make as many header fields as allowed, with something repeated in each. A % numbers them."""

    def of(size: int) -> bytes:
        value = before + repeated * (size // FIELDS // len(repeated)) + after
        lines = [f"{name.replace('%', str(number))}: {value}" for number in range(FIELDS)]
        return request("GET", "/nowhere", [*lines, "Connection: close"])

    return Shape(of, HEAD)


def more_heads(name: str, value: str) -> Shape:
    """Make more and more header fields, each with the same value. A % numbers them."""

    def of(size: int) -> bytes:
        numbers = range(size // len(value))
        lines = [f"{name.replace('%', str(number))}: {value}" for number in numbers]
        return request("GET", "/nowhere", [*lines, "Connection: close"])

    return Shape(of, FIELDS * len(value))


def line(before: str, repeated: str, after: str = "", method: str = "GET") -> Shape:
    def of(size: int) -> bytes:
        target = before + repeated * (size // len(repeated)) + after
        return request(method, target, ["Connection: close"])

    return Shape(of, LINE)


def form(before: str, repeated: str, after: str = "", limit: int = BODY, **options: str) -> Shape:
    """Make the body of a form. `type` is its content type, and `path` is the URL's path."""
    content_type = options.get("type", "application/x-www-form-urlencoded")
    path = options.get("path", "/comments")
    headers = [f"Content-Type: {content_type}", "Connection: close", "Cookie: {cookie}"]

    def of(size: int) -> bytes:
        body = before + repeated * (size // len(repeated)) + after
        return request("POST", path, headers, body.encode())

    return Shape(of, limit)


def long_boundary() -> Shape:
    """Make a form with a boundary as long as a line allows, which nearly matches everywhere."""

    def of(size: int) -> bytes:
        content_type = f"multipart/form-data; boundary={'-' * (size // 4)}x"
        headers = [f"Content-Type: {content_type}", "Connection: close"]
        return request("POST", "/comments", headers, b"-" * size)

    return Shape(of, 4 * LINE - 200)


def chunked(repeated: bytes) -> Shape:
    def of(size: int) -> bytes:
        body = repeated * (size // len(repeated)) + b"0\r\n\r\n"
        head = "POST /comments HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
        return f"{head}Connection: close\r\nCookie: {{cookie}}\r\n\r\n".encode() + body

    return Shape(of, MESSAGE)


def frame(before: str, repeated: str, after: str = "", then: bytes = b"") -> Shape:
    """Make a WebSocket text frame, and a binary frame after it if `then` isn't empty."""

    def of(size: int) -> bytes:
        text = before + repeated * (size // len(repeated)) + after
        attachment = websocket_frame(then, BINARY) if then else b""
        return websocket_frame(text.encode()) + attachment

    return Shape(of, MESSAGE, framed=True)


def frames(one: bytes, first: bytes = b"", last: bytes = b"") -> Shape:
    """Make many WebSocket frames."""

    def of(size: int) -> bytes:
        return first + one * (size // len(one)) + last

    return Shape(of, MESSAGE // 2, framed=True)


def poll(before: str, repeated: str, after: str = "") -> Shape:
    """Make the body of a long-polling request."""

    def of(size: int) -> bytes:
        body = before + repeated * (size // len(repeated)) + after
        target = "/socket.io/?EIO=4&transport=polling&sid={sid}"
        return request("POST", target, ["Cookie: {cookie}", "Connection: close"], body.encode())

    return Shape(of, MESSAGE)


MULTIPART = "multipart/form-data; boundary=x"
PART = '--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n'
PLACEHOLDER = ',{"_placeholder":true,"num":0}'
MARKS = "\u0315\u0300"  # in an order that Unicode normalization reverses

SHAPES = {
    # Heads.
    "spaces before a control character": head("X: a", " ", "\x01"),
    "tabs before a control character": head("X:", "\t", "\x01"),
    "spaces in a value": head("X: a", " ", "b"),
    "spaces before a colon": head("X", " ", ": a"),
    "a long name": head("", "X", ": a"),
    "a name and no colon": head("", "x"),
    "only colons": head("X", ":"),
    "letters beyond ASCII": head("X: ", "\xa0\x85\xff"),
    "a long length": head("Content-Length: ", "9"),
    "a long coding": head("Transfer-Encoding: ", "chunked, ", "chunked"),
    "a long host": head("X-Forwarded-Host: ", "a."),
    "a host of colons": head("X-Forwarded-Host: [", ":", "]"),
    "a long chain of proxies": head("X-Forwarded-For: ", "1,", "192.0.2.1"),
    "a long scheme": head("X-Forwarded-Proto: ", '"\\', "http"),
    "a long origin": head("Origin: http://", "a:"),
    "a long user agent": head("User-Agent: ", "Edg"),
    "a long connection": head("Connection: ", "close, "),
    "long fields": heads("X-%", "a", " b"),
    "spaces in all fields": heads("X-%", "a", " ", "b"),
    "one field again and again": heads("X", "", "a"),
    "more and more fields": more_heads("X-%", "a" * 20),
    "more and more of one field": more_heads("X", "a" * (HEAD // FIELDS)),
    "more and more cookies of a line": more_heads("Cookie", "a=b; " * 100),
    # Header fields that Werkzeug parses.
    "spaces in a cookie": head("Cookie: sid=", " ", '"'),
    "tabs in a cookie": head("Cookie: sid", "\t", "=x"),
    "many cookies": head("Cookie: ", "a=b; "),
    "many cookies of our name": head("Cookie: ", "sid=a.b; "),
    "a cookie of backslashes": head('Cookie: sid="', "\\"),
    "a cookie of escapes": head('Cookie: sid="', "\\303", '"'),
    "a cookie of equals signs": head("Cookie: sid=a", "=", '"'),
    "a cookie of semicolons": head("Cookie: ", ";"),
    "spaces in all cookies": heads("Cookie", "sid=", " ", '"'),
    "tabs in a media type": head("Accept: text/html", "\t", "x"),
    "spaces in a media type": head("Accept: text/html", " ", "x"),
    "spaces in all media types": heads("Accept", '"', " ", "x"),
    "many media types": head("Accept: ", "a/b;q=0.1,"),
    "media types of commas": head("Accept: ", ","),
    "media types of quotes": head('Accept: a/b;c="', '\\"'),
    "media types of slashes": head("Accept: a", "/"),
    "many etags": head("If-None-Match: ", 'W/"a", ', target="/static/style.css"),
    "spaces in etags": head('If-None-Match: "a"', " ", "b", target="/static/style.css"),
    "many ranges": head("Range: bytes=", "0-1,", target="/static/style.css"),
    "a long date": head("If-Modified-Since: ", "9", target="/static/style.css"),
    "a date of words": head("If-Modified-Since: Mon, ", "a ", target="/static/style.css"),
    "a long encoding": head("Accept-Encoding: ", "gzip;", target="/socket.io/?EIO=4"),
    # The first line.
    "a long path": line("/", "a"),
    "a path of slashes": line("/", "/"),
    "a path of parts": line("/", "a/"),
    "a path of escapes": line("/", "%41"),
    "a path of dots": line("/static/", "../"),
    "a file of parts": line("/static/", "a/", "b"),
    "a long id": line("/posts/", "5"),
    "many parameters": line("/?", "a=1&"),
    "parameters of ampersands": line("/socket.io/?", "&", "EIO=4"),
    "a long page to go to": line("/dashboard?", "/%5c"),
    "a long method": line("/", "a", method="G" * 200),
    # Forms.
    "a long text": form("text=", "x"),
    "a text of spaces": form("text=a", "+", "b"),
    "a text of line ends": form("text=a", "%0D%0A", "b"),
    "a text of escapes": form("text=", "%E2%80%8B"),
    "a text of marks": form("text=a", MARKS),
    "many fields": form("", "a=1&"),
    "many texts": form("", "text=&"),
    "a form of ampersands": form("", "&"),
    "a form of equals signs": form("", "="),
    "a form of percent signs": form("", "%"),
    "a long name of somebody": form("first_name=", "a ", path="/signup"),
    "a name of marks": form("first_name=a", MARKS, path="/signup"),
    "an email of dots": form("email=a@", "a.", "@", path="/signup"),
    "an email of marks": form("email=a", MARKS, "@example.org", path="/signup"),
    "a password of marks": form("password=a", MARKS, path="/signup"),
    "a friend's email of marks": form("email=a", MARKS, "@example.org", path="/friends"),
    "an old password of marks": form("email={number}&password=a", MARKS, path="/login"),
    "many parts": form("", PART + "\r\n", "--x--", 60_000, type=MULTIPART),
    "a part of line ends": form(PART, "\r\n", "\r\n--x--", type=MULTIPART),
    "a part of nearly boundaries": form(PART, "\r\n--x_", "\r\n--x--", type=MULTIPART),
    "a boundary and spaces": form(PART + "\r\n--x", " ", "_\r\n--x--", type=MULTIPART),
    "a long boundary": long_boundary(),
    "no boundary": form("", "\r\n--", type=MULTIPART),
    "a part with a long header": form("--x\r\nX: ", "a;b=", type=MULTIPART),
    "many chunks": chunked(b"1\r\na\r\n"),
    # Frames.
    "a long event": frame('42["x","', "a", '"]'),
    "an event of escapes": frame('42["x","', "\\u0041", '"]'),
    "an event of many values": frame('42["x"', ",1", "]"),
    "an event of many objects": frame('42["x"', ',{"a":[]}', "]"),
    "an event of many keys": frame('42["x",{"a":1', ',"a":1', "}]"),
    "an event of numbers": frame('42["x"', "," + "9" * 4000, "]"),
    "an event of a long number": frame('42["x",0.', "9", "]"),
    "an event with a long name": frame('42["', "a", '"]'),
    "an event with a long id": frame("42", "9", '["x"]'),
    "an event that nests": frame('42["x"', ",[", ""),
    "an event of dashes": frame('42["x","', "-", '"'),
    "an event of open brackets": frame("42", "["),
    "a namespace": frame("40/", "a", ",{}"),
    "a namespace of commas": frame("40/", ",{"),
    "many placeholders": frame('451-["x"', PLACEHOLDER, "]", then=b"x"),
    "many notifications": frame('420["notifications",{"after":"', "9", '"}]'),
    "many that are shown": frame('420["state",{"shown":["a"', ',"a"', "]}]"),
    "an acknowledgement": frame("431", "9", "[]"),
    "many events": frames(websocket_frame(b'42["x"]')),
    "many pongs": frames(websocket_frame(b"3")),
    "many pings": frames(websocket_frame(b"", 9)),
    "a message in parts": frames(websocket_frame(b"a", 0, 0), websocket_frame(b"4", 1, 0)),
    "parts with nothing in them": frames(websocket_frame(b"", 0, 0), websocket_frame(b"4", 1, 0)),
    "many packets": poll("3", "\x1e3"),
    "a long packet": poll('42["x","', "a", '"]'),
    "a packet of base64": poll("b", "AAAA"),
    "a packet that nests": poll("42", "["),
    "a packet of escapes": poll('42["x","', "\\\\", '"]'),
}
