"""Requests and frames for fuzzing. Most of them are nearly valid, because those get furthest."""

import base64
import functools
import json
import re
import urllib.parse

from hypothesis import strategies as st

from tests.fuzz.raw import request, websocket_frame


@functools.cache
def pick(*options: object) -> st.SearchStrategy:
    return st.sampled_from(options)


@functools.cache
def below(count: int) -> st.SearchStrategy[int]:
    return st.integers(0, count - 1)


# Requests.

ID = "5f0c0a1b2c3d4e5f60718293"
PATHS = [
    "/",
    "/signup",
    "/login",
    "/dashboard",
    "/session",
    "/posts/{}",
    "/friends",
    "/friends/{}/accept",
    "/friends/{}/end",
    "/comments",
    "/comments/{}/delete",
    "/notifications",
    "/notifications/read",
    "/account",
    "/account/name",
    "/account/password",
    "/account/sessions/{}/end",
    "/account/delete",
    "/wave",
    "/logout",
    "/healthz",
    "/static/style.css",
    "/static/{}",
    "/socket.io/",
    "/nowhere",
]
SLOW = {"/login", "/signup", "/account/password", "/account/delete"}  # they hash a password
FIELDS = {
    "first_name": "Freddy",
    "last_name": "Fuzzer",
    "email": "nobody@example.org",
    "text": "a comment",
    "post": ID,
    "up_to": ID,
    "keep": "on",
    "next": "//example.org",
}
METHODS = [
    *["GET", "POST"] * 5,
    "GET",
    "POST",
    "HEAD",
    "OPTIONS",
    "PUT",
    "DELETE",
    "PATCH",
    "TRACE",
    "BREW",
    "get",
]

ODD_TEXTS = [
    *(
        "",
        "x" * 501,
        "x" * 5000,
        "\0",
        "\ud800",
        "\u202e",
        "e\u0301",
        "\u0664",
        "\U0001f4a5",
        "<b>",
    ),
    *("{}", "[]", "null", "-1", "NaN", "../..", "%", "$where", '{"$gt": ""}', "0" * 24, "f" * 24),
    *("a\r\nSet-Cookie: sid=x", ID),
]
odd_text = st.one_of(*[st.sampled_from(ODD_TEXTS)] * 4, st.text(max_size=8))
few_bytes = st.binary(max_size=9)
values = st.one_of(st.sampled_from(list(FIELDS.values())), odd_text)


def quoted(text: str) -> str:
    return urllib.parse.quote(text, errors="surrogatepass")


def header_value(text: str) -> str:
    return re.sub("[\0-\x08\n-\x1f\x7f]", "", text.encode("utf-8", "replace").decode("latin-1"))


names = st.sampled_from(["before", "next", "query", "page", "EIO", "transport", "sid", "j"])
query = st.lists(st.tuples(names, st.one_of(values, pick("4", "polling"))), max_size=3)
some_fields = st.dictionaries(st.sampled_from(list(FIELDS)), values, max_size=3)


@functools.cache
@st.composite
def targets(draw) -> tuple[str, str]:
    """Return a known path, and a target for a request to it, perhaps odd or with a query."""
    path = draw(pick(*PATHS))
    written = path.format(quoted(draw(values))) if "{}" in path else path
    match draw(below(12)):
        case 0:
            written += "/"
        case 1:
            written = f"/{written}"
        case 2:
            written += quoted(draw(odd_text))
        case 3:
            written = written.replace("/", draw(pick("%2f", "/./", "/%00", "/%ff", ";/")))
    if draw(below(4)) == 0:
        pairs = draw(query)
        written += "?" + "&".join(f"{name}={quoted(value)}" for name, value in pairs)
    return path, written


@functools.cache
@st.composite
def bodies(draw) -> tuple[list[str], bytes]:
    """Return headers and a body, which may contradict each other."""
    fields = draw(some_fields)
    kind = draw(pick(*["form"] * 3, "json", "multipart", "garbage", "none", "big"))
    match kind:
        case "form":
            body = "&".join(f"{name}={quoted(value)}" for name, value in fields.items()).encode()
            body = body.replace(b"=", b"%ff=" if draw(below(10)) == 0 else b"=")
            content_type = "application/x-www-form-urlencoded"
        case "json":
            body = json.dumps(fields).encode()[: draw(below(100))]
            content_type = "application/json"
        case "multipart":
            parts = "".join(
                f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
                for name, value in fields.items()
            )
            body = (parts + "--x--\r\n").encode("utf-8", "replace")[draw(below(10)) :]
            content_type = draw(pick("multipart/form-data; boundary=x", "multipart/form-data"))
        case "garbage":
            body = draw(st.binary(max_size=40))
            content_type = header_value(draw(odd_text))
        case "big":
            size = draw(pick(70_000, 70_000, 70_000, 1_100_000))
            body, content_type = b"text=" + b"x" * size, "application/x-www-form-urlencoded"
        case _:
            return [], b""
    if draw(below(10)) == 0:
        content_type += "; charset=" + draw(pick("utf-16", "latin-1", "nonsense", "idna"))
    return [f"Content-Type: {content_type}"], body


HEADERS = [
    "Accept: text/html",
    "Accept: ;;q=x, */*;q=9",
    "Accept-Encoding: gzip, br;q=0",
    "Accept-Language: \xff",
    "Authorization: Basic x",
    "Content-Encoding: gzip",
    "Date: never",
    "If-Modified-Since: x",
    "If-None-Match: *",
    "Origin: null",
    "Origin: http://127.0.0.1",
    "Origin: http://[",
    "Access-Control-Request-Headers: \t\xff",
    "Range: bytes=9-1",
    "Range: bytes=0-1,2-3",
    "Referer: http://[::1",
    "Referer: \xff\xfe",
    "Sec-Fetch-Site: same-origin",
    "Sec-Fetch-Site: cross-site",
    "User-Agent: " + "x" * 3000,
    "X-Forwarded-For: ,,",
    "X-Forwarded-Host: a, b",
    "X-Forwarded-Proto: gopher",
    "X-Request-Id: \x80\xff",
]


some_headers = st.lists(st.sampled_from(HEADERS), max_size=3)

COOKIES = [
    *["sid={}"] * 20,
    *("sid", "sid=", 'sid="{}"', "sid={}x", "sid={:.9}", "sid={0}{0}", "a=b; sid={}; sid=x"),
    *(";;;", '"', "sid=\\303\\251", "sid=\xff\xfe", f"sid={'x' * 5000}"),
]


@st.composite
def sound_requests(draw, cookie: str) -> bytes:
    """Return a request with a clear beginning and end, although its content may be nonsense."""
    path, target = draw(targets())
    method = draw(pick(*METHODS))
    is_slow = method == "POST" and path in SLOW
    if is_slow and draw(below(20)):
        method = "GET"
    headers = draw(some_headers)
    if path != "/logout" and draw(below(5)):
        headers.append("Cookie: " + draw(pick(*COOKIES)).format(cookie))
    if method == "HEAD":
        return request(method, target, headers)
    more, body = draw(bodies())
    return request(method, target, headers + more, body)


ODD_LINES = [
    "Content-Length: x",
    "Content-Length: -1",
    "Content-Length: 5\r\nContent-Length: 6",
    "Content-Length: 99999999999999999999999",
    "Content-Length: 50",
    "Content-Length: 1_0",
    "X-Request-Id: \x01\xff",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: chunked\r\nContent-Length: 5",
    "Transfer-Encoding: gzip",
    "Connection: close",
    "Connection: upgrade",
    "Connection: Upgrade\r\nUpgrade: websocket",
    "Connection: Upgrade\r\nUpgrade: h2c",
    "Upgrade: websocket",
    "Expect: 100-continue",
    "Expect: nothing",
    "Host: other.example",
    "Host: [",
    "X-Request-Id: \x00\xff",
    "no colon",
    ": no name",
    "\r\nGET / HTTP/1.1",
    "folded: a\r\n b",
    "X: " + "x" * 70_000,
    "\r\n".join(f"X-{n}: x" for n in range(150)),
    "\x00: \x00",
    "a_b: c",
    "Cookie: sid=x\r\nCookie: sid=y",
]
odd_lines = st.lists(st.sampled_from(ODD_LINES), min_size=1, max_size=2)
VERSIONS = [
    *["HTTP/1.1"] * 8,
    "HTTP/1.1",
    "HTTP/1.0",
    "HTTP/0.9",
    "HTTP/2.0",
    "HTTP/9",
    "HTTP/x.y",
    "",
    "x y",
]


HANDSHAKE = [
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Key: MDEyMzQ1Njc4OTAxMjM0NQ==",
    "Sec-WebSocket-Version: 13",
]
handshakes = st.lists(pick(*HANDSHAKE, *(line[:-1] + "x" for line in HANDSHAKE)), max_size=6)


@st.composite
def broken_requests(draw, cookie: str) -> bytes:
    """Return a request that is hardly HTTP, so that its end is unclear."""
    path, target = draw(targets())
    method = draw(pick("GET", "POST", "HEAD", "", " ", "G\0T"))
    if path in SLOW:
        method = "GET"
    version = draw(pick(*VERSIONS))
    lines = [f"{method} {target} {version}", draw(pick("Host: a", "Host:", "X: y"))]
    if path != "/logout":
        lines.append(f"Cookie: sid={cookie}")
    lines += draw(odd_lines)
    if path == "/socket.io/" and draw(st.booleans()):
        lines += draw(handshakes)
    body = draw(pick(b"", b"text=x", b"5\r\ntext=\r\n0\r\n\r\n", b"zz\r\n", b"\xff" * 60))
    data = "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + body
    if draw(below(10)) == 0:
        at = draw(st.integers(0, len(data)))
        data = data[:at] + draw(few_bytes) + data[at:]
    return data


# Frames.

PLACEHOLDER = '{"_placeholder":true,"num":0}'
PACKETS = [
    *("1", "2", "2probe", "3", "3probe", "4", "5", "6", "0", "7", ""),
    *("40", '40{"token":"x"}', "40/admin,", '40/admin,{"a":1}', "40[]", "41", "41/admin,"),
    *('42["session"]', '427["session",{}]', '42["no such event",1,2]', '42["*",1]', "42[]", "42{}"),
    *('421["connect",{}]', '422["disconnect"]', '42["disconnect",1,2,3]', '423["panel",{}]'),
    *('424["notifications",{"after":null}]', '425["notifications",{"after":"x"}]'),
    *('426["notifications",[]]', '42/admin,["session"]', "42[null]", "42[[]]", "42[{}]", '42"x"'),
    *("43", "430[]", "431[]", '4399["x"]', '44{"message":"x"}', "45", "450-[]", "46"),
    *(f'451-["session",{PLACEHOLDER}]', f'452-7["x",{PLACEHOLDER},{PLACEHOLDER}]'),
    *('451-["x",{"_placeholder":true,"num":3}]', f"461-1[{PLACEHOLDER}]", "459999999999-[]"),
    *("b", "bAAAA", "bA", "b!", "d=x", "47", "48[]", f"42{'9' * 200}[]", '42["x",1e999,NaN]'),
    *("42" + "[" * 5000, '42["x",' + "9" * 5000 + "]", '42["\\ud800"]', "4" + "[" * 5000, "3[1"),
]
BITS = [
    "[",
    "]",
    "{",
    '"',
    ",",
    "-",
    "/",
    "0",
    "9" * 120,
    "1",
    "b",
    "\x1e",
    "\\u0000",
    "null",
    "é",
    "\0",
    "4",
]
opcodes = st.sampled_from([1] * 9 + [2] * 3 + [0, 8, 9, 10, 3, 11, 15])


@functools.cache
@st.composite
def packets(draw) -> str:
    """Return one of the PACKETS of Engine.IO, perhaps with some characters changed."""
    packet = draw(pick(*PACKETS))
    for _ in range(draw(pick(0, 0, 1, 1, 2))):
        at = draw(st.integers(0, min(len(packet), 40)))
        match draw(below(4)):
            case 0:
                packet = packet[:at]
            case 1:
                packet = packet[:at] + packet[at + 1 :]
            case 2:
                packet = packet[:at] + draw(pick(*BITS)) + packet[at:]
            case 3:
                packet = packet[:at] + draw(pick(*BITS)) + packet[at + 1 :]
    return packet


few_packets = st.lists(packets(), max_size=2)


@st.composite
def frames(draw) -> bytes:
    """Return a WebSocket frame, as bytes on the wire."""
    opcode = draw(opcodes)
    payload = draw(packets()).encode() if opcode == 1 else draw(few_bytes)
    first, mask = 0x80, 0x80
    match draw(below(40)):
        case 0:
            payload = b"42[" + b"x" * draw(pick(65_530, 65_540, 200_000))
        case 1:
            first = draw(pick(0, 0xC0, 0x90))  # unfinished, compressed, an extension
        case 2:
            mask = 0
        case 3:
            payload += draw(few_bytes)
    return websocket_frame(payload, opcode, first, mask)


@st.composite
def payloads(draw) -> bytes:
    """Return the body of a long-polling POST."""
    texts = draw(few_packets)
    payload = "\x1e".join(texts).encode()
    match draw(below(40)):
        case 0:
            payload *= draw(pick(30, 5000))
        case 1:
            payload += draw(few_bytes)
        case 2:
            payload = b"d=" + payload
        case 3:
            payload = b"b" + base64.b64encode(draw(few_bytes))
    return payload[:150_000]
