"""Send nginx request heads that two servers could read in different ways (G16).

gevent, which serves the app, accepts such heads, so nginx must be strict in production. It refuses
most of them. It passes the others on in a form that can be read in only one way.
"""

import contextlib
import re
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.final.guarantees.test_nginx import behind_nginx as behind_nginx
from tests.final.guarantees.test_nginx import in_front_of
from tests.final.guarantees.test_nginx import nginx as nginx
from tests.fuzz.raw import codes
from tools.cluster.nginx import Nginx
from tools.servers import Server

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
LAST = b"GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"  # sent on the same connection
HIDDEN = b"GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"  # a body, or a request if its length is misread
N = len(HIDDEN)
CHUNKED = b"%x\r\n%b\r\n0\r\n\r\n" % (N, HIDDEN)
OF_NGINX = {b"connection", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host"}
LIMIT = 8000  # bytes, close to the longest line that nginx accepts
MANY, AT_MOST = 100, 2  # heads of that length, and the seconds that they may take together

Sent = tuple[bytes, dict[bytes, bytes], bytes]  # first line, header fields, body


def head(
    *fields: str, line: str = "GET /first", host: str | None = "a", end: str = "\r\n"
) -> bytes:
    version = "" if " http/" in line.lower() else " HTTP/1.1"
    hosts = [] if host is None else [f"Host: {host}"]
    return end.join([line + version, *hosts, *fields, "", ""]).encode("latin-1")


def post(*fields: str, body: bytes = HIDDEN, **options) -> bytes:
    return head(*fields, **{"line": "POST /first", **options}) + body


def chunks(body: bytes) -> bytes:
    return post("Transfer-Encoding: chunked", body=body)


REFUSED = {
    # Request lines.
    "version 2": head(line="GET /first HTTP/2.0"),
    "a version with a sign": head(line="GET /first HTTP/+1.1"),
    "a version in lower case": head(line="GET /first http/1.1"),
    "version 0.9 with fields": head(line="GET /first HTTP/0.9"),
    "a space of another kind": head(line="GET\x0b/first"),
    "a tab": head(line="GET\t/first"),
    "a space that doesn't break": head(line="GET\xa0/first"),
    "a space at the beginning": head(line=" GET /first"),
    "a space in the target": head(line="GET /fir st"),
    "a method that is none": head(line="G(T) /first"),
    "a method in lower case": head(line="get /first"),
    "a control character in the target": head(line="GET /first\x01"),
    "a null in the target": head(line="GET /first\0"),
    "no slash": head(line="GET first"),
    "another host's port": head(line="CONNECT a:1"),
    "the server itself": head(line="OPTIONS *"),
    "a target that is too long": head(line="GET /" + "a" * 9000),
    "half of each end of line": head(end="\r"),
    "one and a half ends of line": head(end="\r\r\n"),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    # Hosts.
    "no host": head(host=None),
    "an empty host": head(host=""),
    "two hosts": head("Host: b"),
    "the same host twice": head("Host: a"),
    "a host with a path": head(host="a/b"),
    "a host with a space": head(host="a b"),
    "a host with a null": head(host="a\0b"),
    "a host with a control character": head(host="a\x01"),
    # Field names.
    "a space before the colon": head("X-Name : 0"),
    "a space before the colon of a length": post(f"Content-Length : {N}"),
    "a space before the colon of a coding": post("Transfer-Encoding : chunked", body=CHUNKED),
    "a tab before the colon": head("X-Name\t: 0"),
    "a length without a colon": post(f"Content-Length {N}"),
    "no name": head(": 0"),
    "a name with a space": head("X Name: 0"),
    "a name with a null": head("X\0Name: 0"),
    "a name with a control character": head("X\x01Name: 0"),
    "half an end of line in a name": head("X\rName: 0"),
    # Folded lines.
    "a line that goes on": head("X-First: 1\r\n second"),
    "a line that goes on after a tab": head("X-First: 1\r\n\tsecond"),
    "a line that goes on with nothing": head("X-First: 1\r\n "),
    "a length that comes in the next line": post(f"Content-Length:\r\n {N}"),
    "a coding that comes in the next line": post("Transfer-Encoding:\r\n chunked", body=CHUNKED),
    "a first field that goes on": head(" X-First: 1", "Host: a", host=None),
    # Field values.
    "a null": head("X-Name: a\0b"),
    "half an end of line": head("X-Name: a\rX-Second: 5"),
    "half an end of line before a length": post(f"X-Name: a\rContent-Length: {N}"),
    # Content lengths.
    "two lengths": post("Content-Length: 0", f"Content-Length: {N}"),
    "the same length twice": post(f"Content-Length: {N}", f"Content-Length: {N}"),
    "a list of lengths": post(f"Content-Length: {N}, {N}"),
    "a length with a sign": post(f"Content-Length: +{N}"),
    "a negative length": post(f"Content-Length: -{N}"),
    "minus zero": post("Content-Length: -0"),
    "a length with an underscore": post("Content-Length: 3_4"),
    "a hexadecimal length": post(f"Content-Length: {N:#x}"),
    "a length with a space": post("Content-Length: 3 4"),
    "a length with a space that doesn't break": post(f"Content-Length: \xa0{N}"),
    "a length with a control character": post(f"Content-Length: {N}\x0b"),
    "an empty length": post("Content-Length:"),
    "a length that overflows": post(f"Content-Length: {2**64 + N}"),
    "a length that is no integer": post(f"Content-Length: {N}.0"),
    "a length that is a word": post("Content-Length: many"),
    # Transfer codings.
    "a coding and a length": post("Transfer-Encoding: chunked", f"Content-Length: {len(CHUNKED)}"),
    "a length and a coding": post("Content-Length: 0", "Transfer-Encoding: chunked", body=CHUNKED),
    "two codings": post("Transfer-Encoding: chunked", "Transfer-Encoding: identity", body=CHUNKED),
    "the same coding twice": post("Transfer-Encoding: chunked, chunked", body=CHUNKED),
    "a coding that does nothing": post("Transfer-Encoding: identity", f"Content-Length: {N}"),
    "a coding before the last one": post("Transfer-Encoding: gzip, chunked", body=CHUNKED),
    "a coding after chunks": post("Transfer-Encoding: chunked, gzip", body=CHUNKED),
    "an unknown coding": post("Transfer-Encoding: xchunked", f"Content-Length: {N}"),
    "a coding with a control character": post("Transfer-Encoding: chunked\x0b", body=CHUNKED),
    "a coding with a parameter": post("Transfer-Encoding: chunked;a=b", body=CHUNKED),
    "a coding in quotes": post('Transfer-Encoding: "chunked"', body=CHUNKED),
    "an empty coding": post("Transfer-Encoding:", body=CHUNKED),
    "a coding in an old version": post(
        "Transfer-Encoding: chunked", line="POST /first HTTP/1.0", body=CHUNKED
    ),
    # Chunks.
    "a chunk without a size": chunks(b"\r\n" + CHUNKED),
    "a size that is none": chunks(b"zz\r\n" + CHUNKED),
    "a negative size": chunks(b"-1\r\n" + CHUNKED),
    "a size with a prefix": chunks(b"0x" + CHUNKED),
    "a size with an underscore": chunks(b"2_3\r\n" + HIDDEN + b"\r\n0\r\n\r\n"),
    "a size that overflows": chunks(b"F" * 17 + b"\r\n" + CHUNKED),
    "a chunk that is longer": chunks(b"1\r\n" + CHUNKED),
    "chunks that aren't kept apart": chunks(b"%x\r\n" % N + HIDDEN + b"0\r\n\r\n"),
    # Heads that are too large.
    "a field that is too long": head("X-Name: " + "x" * 9000),
    "a name that is too long": head("x" * 9000 + ": 1"),
    "too many fields": head(*(f"X-{number}: {'x' * 20}" for number in range(1500))),
    "the same field too often": head(*["X-Name: " + "x" * 40] * 1000),
}

FIRST, POSTED = b"GET /first HTTP/1.1", b"POST /first HTTP/1.1"
HOST = {b"host": b"a"}
BODY = (POSTED, HOST, HIDDEN)
PLAIN = (FIRST, HOST, b"")
AS_LAST = (b"GET /last HTTP/1.1", HOST, b"")


def with_name(value: bytes, name: bytes = b"x-name") -> Sent:
    return FIRST, {**HOST, name: value}, b""


PASSED_ON: dict[str, tuple[bytes, Sent]] = {  # the request, and how it arrives
    "another version 1": (head(line="GET /first HTTP/1.9"), PLAIN),
    "two spaces": (head(line="GET  /first  HTTP/1.1"), PLAIN),
    "a space at the end": (head(line="GET /first HTTP/1.1 "), PLAIN),
    "an unknown method": (head(line="BREW /first"), (b"BREW /first HTTP/1.1", HOST, b"")),
    "no version": (b"GET /first\r\n", (FIRST, {}, b"")),
    "an old version without a host": (
        head(line="GET /first HTTP/1.0", host=None),
        (FIRST, {}, b""),
    ),
    "a target with another host": (head(line="GET http://b/first"), PLAIN),
    "a letter that isn't encoded": (
        head(line="GET /first\xfc"),
        (b"GET /first\xfc HTTP/1.1", HOST, b""),
    ),
    "empty lines first": (b"\r\n\n" + head(), PLAIN),
    "line feeds alone": (head("X-Name: 0", end="\n"), with_name(b"0")),
    "an odd host": (head(host="x@[,"), (FIRST, {b"host": b"x@[,"}, b"")),
    "more fields than the app takes": (
        head(*(f"X-{number}: {number}" for number in range(150))),
        (FIRST, {**HOST, **{b"x-%d" % number: b"%d" % number for number in range(150)}}, b""),
    ),
    # nginx drops fields with invalid names, or with underscores, which CGI can't tell from hyphens.
    "a name with brackets": (head("X(1): 0"), PLAIN),
    "a name beyond ASCII": (head("X\xfc: 0"), PLAIN),
    "a name with an underscore": (head("X_Forwarded_For: 192.0.2.1"), PLAIN),
    "no colon": (head("X-Name"), with_name(b"")),
    # Values: nginx keeps control characters, except null and line ends.
    "a control character": (head("X-Name: a\x01\x0b\x1b\x7fb"), with_name(b"a\x01\x0b\x1b\x7fb")),
    "an end of line beyond ASCII": (head("X-Name: a\x85X: b"), with_name(b"a\x85X: b")),
    "an end of line and a half": (head("X-Name: a\r"), with_name(b"a")),
    "what only looks like a proxy's": (head("X-Forwarded-For: 192.0.2.1"), PLAIN),
    "a hop's own fields": (head("Connection: X-Name", "X-Name: 0"), with_name(b"0")),
    # Bodies: nginx reads a body to its end, then passes it on with its length.
    "a length with zeros": (post(f"Content-Length: 000{N}"), BODY),
    "a length without a body's method": (
        post(f"Content-Length: {N}", line="GET /first"),
        (FIRST, HOST, HIDDEN),
    ),
    "a coding in capitals": (post("Transfer-Encoding: CHUNKED", body=CHUNKED), BODY),
    "chunks with an extension": (chunks(b"%x;a=b\r\n" % N + CHUNKED.split(b"\r\n", 1)[1]), BODY),
    "chunks with line feeds": (chunks(b"%x\n" % N + HIDDEN + b"\n0\n\n"), BODY),
    "chunks with a trailer": (
        chunks(CHUNKED[:-2] + b"Content-Length: 5\r\n\r\n"),
        BODY,
    ),
    "a length for a WebSocket": (
        post("Connection: upgrade", "Upgrade: websocket", f"Content-Length: {N}"),
        (POSTED, {**HOST, b"upgrade": b"websocket"}, HIDDEN),
    ),
    "an expectation": (post("Expect: nothing", f"Content-Length: {N}"), BODY),
}
TWO: dict[str, tuple[bytes, Sent]] = {  # bytes that could be a body are the next request
    "no length": (post(), (POSTED, HOST, b"")),
    "a length with an underscore in its name": (
        post(f"Content_Length: {N}"),
        (POSTED, HOST, b""),
    ),
    "an empty line of line feeds": (head("X-Name: 0\n\n" + HIDDEN.decode()[:-4]), with_name(b"0")),
}
COSTLY = {
    "spaces before a control character": ("X-Name: a", " ", "\x01"),
    "tabs": ("X-Name:", "\t", "a"),
    "colons": ("X-Name", ":", ""),
    "semicolons in a cookie": ("Cookie: ", ";", ""),
    "spaces in a cookie": ("Cookie: ;", " ", "sid"),
    "names of a cookie": ("Cookie: ", "sid; ", ""),
    "commas": ("Connection: ", ",", ""),
}
COSTLY_LINES = {
    "slashes": ("/", ""),
    "dots": ("/.a", ""),
    "dots that are encoded": ("/%2e%2ea", ""),
    "ampersands": ("&", "/socket.io/?"),
    "names of a socket": ("&sid=", "/socket.io/?"),
}


class Recorder:
    """A stand-in for the app that records every request as nginx sends it."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.requests: list[bytes] = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        with contextlib.suppress(OSError):  # the listener has been closed
            while True:
                connection, _ = self.listener.accept()
                with connection:
                    self.record(connection)

    def record(self, connection: socket.socket) -> None:
        request = b""
        while not is_whole(request) and (part := connection.recv(65536)):
            request += part
        self.requests.append(request)
        connection.sendall(ANSWER)

    def close(self) -> None:
        self.listener.close()


def is_whole(request: bytes) -> bool:
    """Return whether a whole request has arrived, including a body of the promised length."""
    begin, end, body = request.partition(b"\r\n\r\n")
    promised = re.search(rb"(?i)\r\nContent-Length: ([0-9]+)", begin)
    return bool(end) and len(body) >= (int(promised[1]) if promised else 0)


def read_strictly(request: bytes) -> Sent:
    """Parse a whole request. Fail if any part of it is ambiguous under RFC 9112."""
    begin, _, body = request.partition(b"\r\n\r\n")
    line, *lines = begin.split(b"\r\n")
    assert re.fullmatch(rb"[A-Z]+ /[!-~\x80-\xff]* HTTP/1\.1", line)
    fields = [re.fullmatch(rb"([0-9A-Za-z-]+): ([^\r\n\0]*)", each).groups() for each in lines]
    by_name = {name.lower(): value for name, value in fields}
    assert len(by_name) == len(fields)
    assert by_name[b"connection"] in {b"close", b"upgrade"}
    assert b"transfer-encoding" not in by_name
    length = by_name.pop(b"content-length", b"0")
    assert re.fullmatch(rb"[0-9]+", length)
    assert int(length) == len(body)
    return line, {name: by_name[name] for name in by_name if name not in OF_NGINX}, body


@pytest.fixture(scope="module")
def recorder_and_nginx(behind_nginx: Server) -> Iterator[tuple[Recorder, Nginx]]:
    recorder = Recorder()
    try:
        with in_front_of(recorder) as nginx:
            yield recorder, nginx
    finally:
        recorder.close()


@pytest.fixture
def recorder(recorder_and_nginx) -> Recorder:
    recorder, _ = recorder_and_nginx
    recorder.requests.clear()
    return recorder


@pytest.fixture
def strict(recorder_and_nginx) -> Nginx:
    """Return the nginx in front of the recorder."""
    return recorder_and_nginx[1]


def send(nginx: Nginx, request: bytes) -> bytes:
    """Send a request and, right after it, `LAST`. Return the answers to both."""
    answers = b""
    with socket.create_connection(("127.0.0.1", nginx.port), 30) as connection:
        with contextlib.suppress(ConnectionError):  # nginx may not read all of it
            connection.sendall(request + LAST)
        with contextlib.suppress(ConnectionError):
            while part := connection.recv(65536):
                answers += part
    return answers


@pytest.mark.parametrize("what", REFUSED)
def test_g16_nginx_refuses_a_head_that_could_be_read_in_two_ways(
    strict: Nginx, recorder: Recorder, what: str
):
    answers = send(strict, REFUSED[what])
    [status] = codes(answers)  # so nginx didn't read the request after it
    assert status in {400, 414, 501, 505}
    assert recorder.requests == []


@pytest.mark.parametrize("what", PASSED_ON)
def test_g16_what_nginx_passes_on_can_be_read_in_one_way_only(
    strict: Nginx, recorder: Recorder, what: str
):
    request, expected = PASSED_ON[what]
    send(strict, request)
    arrived = [read_strictly(each) for each in recorder.requests]
    assert arrived in ([expected], [expected, AS_LAST])  # nothing is read after HTTP/1.0 or 0.9


@pytest.mark.parametrize("what", TWO)
def test_g16_what_could_be_a_body_is_a_request_to_nginx_as_to_the_app(
    strict: Nginx, recorder: Recorder, what: str
):
    request, expected = TWO[what]
    send(strict, request)
    arrived = [read_strictly(each) for each in recorder.requests]
    assert arrived == [expected, (b"GET /hidden HTTP/1.1", HOST, b""), AS_LAST]


@pytest.mark.parametrize("what", [*PASSED_ON, *TWO])
def test_g16_the_app_answers_whatever_nginx_passes_on(
    nginx: Nginx, behind_nginx: Server, what: str
):
    before = len(behind_nginx.printed)
    answers = send(nginx, (PASSED_ON | TWO)[what][0])
    assert all(status < 500 for status in codes(answers))
    assert "Traceback" not in behind_nginx.printed[before:]


@pytest.mark.parametrize("what", COSTLY | COSTLY_LINES)
def test_g16_no_head_keeps_nginx_busy(strict: Nginx, recorder: Recorder, what: str):
    if what in COSTLY:
        before, repeated, after = COSTLY[what]
        request = head(before + repeated * (LIMIT // len(repeated)) + after)
    else:
        repeated, before = COSTLY_LINES[what]
        request = head(line=f"GET {before}{repeated * (LIMIT // len(repeated))}")
    begun = time.monotonic()
    answers = send(strict, request * MANY)
    assert time.monotonic() - begun < AT_MOST
    assert len(codes(answers)) == MANY + 1
