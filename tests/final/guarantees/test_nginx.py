"""nginx with the settings of final/deploy/: the headers of its responses (G18), limits (G35)."""

import socket
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPMessage, HTTPResponse

import pytest
import requests
import websocket

from final.web.headers import ALWAYS, HTTPS_ONLY
from tests.final.guarantees.frames import Frames
from tools import programs
from tools.cluster.nginx import Nginx
from tools.people import Person, Socket, eventually
from tools.servers import App, Server, running

HANDSHAKE = "/socket.io/?EIO=4&transport=polling"
BURST, RATE = 1000, 20  # handshakes at once, and per second
FLOOD = 3000  # handshakes


@contextmanager
def in_front_of(server: Server, edits: dict[str, str] | None = None) -> Iterator[Nginx]:
    """Start nginx in front of a server, with these edits to its settings."""
    nginx = Nginx([server], plain=True, edits=edits)
    try:
        nginx.start()
        yield nginx
    finally:
        nginx.close()


@pytest.fixture(scope="module")
def behind_nginx(final: App) -> Iterator[Server]:
    if sys.platform == "win32":
        pytest.skip("nginx does not run on Windows")
    if names := programs.missing():
        pytest.skip(programs.how_to_get(names))
    with running(final, PROXIES="1", DEMO="0") as server:
        yield server


@pytest.fixture(scope="module")
def nginx(behind_nginx: Server) -> Iterator[Nginx]:
    with in_front_of(behind_nginx) as nginx:
        yield nginx


@pytest.fixture
def fresh_nginx(final: App, behind_nginx: Server) -> Iterator[Nginx]:
    """Start a new nginx in front of a new app, so that the counters of both are empty."""
    with running(final, PROXIES="1", DEMO="0") as server, in_front_of(server) as nginx:
        yield nginx


def ask(nginx: Nginx, request: bytes) -> HTTPResponse:
    """Send exactly these bytes, and return the response."""
    with socket.create_connection(("127.0.0.1", nginx.port), 30) as connection:
        connection.sendall(request)
        answer = HTTPResponse(connection, method=request.split()[0].decode())
        answer.begin()
        answer.read()
        return answer


def check_headers(headers: HTTPMessage, more: dict[str, str]) -> None:
    """Check that a response has each of the headers in `ALWAYS` and `more` exactly once."""
    for name, value in (ALWAYS | more).items():
        assert headers.get_all(name) == [value], name


# Headers.

HOST = b" HTTP/1.1\r\nHost: a\r\n"
END = HOST + b"\r\n"
ANSWERS = {  # name: (status, request)
    "the app's page": (200, b"GET /" + END),
    "the app's redirect": (302, b"GET /dashboard" + END),
    "the app's 404": (404, b"GET /nothing" + END),
    "the app's 400": (400, b"GET /socket.io/" + END),
    "nginx's 400": (400, b"nonsense\r\n\r\n"),
    "no host": (400, b"GET / HTTP/1.1\r\n\r\n"),
    "two lengths": (400, b"POST /" + HOST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n"),
    "a path that goes back": (400, b"GET /socket.io/../x" + END),
    "nginx's 404": (404, b"GET /healthz" + END),
    "nginx's 405": (405, b"TRACE /" + END),
    "too long a body": (413, b"POST /" + HOST + b"Content-Length: 9999999\r\n\r\n"),
    "too long an address": (414, b"GET /" + b"a" * 9000 + END),
    "too long a header": (400, b"GET /" + HOST + b"Cookie: " + b"a" * 9000 + b"\r\n\r\n"),
}
FILES = {
    "a file": (200, b"GET /static/style.css" + END),
    "a part of a file": (200, b"GET /static/style.css" + HOST + b"Range: bytes=0-1\r\n\r\n"),
    "a part beyond it": (200, b"GET /static/style.css" + HOST + b"Range: bytes=999999-\r\n\r\n"),
    "another version": (412, b"GET /static/style.css" + HOST + b'If-Match: "a"\r\n\r\n'),
    "its head": (200, b"HEAD /static/style.css" + END),
    "no such file": (404, b"GET /static/nothing" + END),
    "a folder": (403, b"GET /static/" + END),
    "a form sent to a file": (405, b"POST /static/style.css" + END),
}


@pytest.mark.parametrize("what", ANSWERS)
def test_g18_every_response_has_each_security_header_once(nginx: Nginx, what: str):
    status, request = ANSWERS[what]
    answer = ask(nginx, request)
    assert answer.status == status
    check_headers(answer.headers, {"Cache-Control": "no-store"})
    assert "Strict-Transport-Security" not in answer.headers


@pytest.mark.parametrize("what", FILES)
def test_g18_files_have_the_headers_once_too(nginx: Nginx, what: str):
    status, request = FILES[what]
    answer = ask(nginx, request)
    assert answer.status == status
    check_headers(answer.headers, {"Cache-Control": "no-cache"})


@pytest.mark.parametrize("path", ["/", "/static/style.css", "/static/nothing", "/healthz"])
def test_g18_over_https_every_answer_says_so_once(nginx: Nginx, path: str):
    answer = requests.get(nginx.https_url + path, verify=str(nginx.certificate), timeout=30)
    headers = answer.raw.headers
    assert headers.getlist("Strict-Transport-Security") == [HTTPS_ONLY]
    assert headers.getlist("X-Frame-Options") == [ALWAYS["X-Frame-Options"]]


def test_g18_while_the_app_is_away_the_headers_are_there(behind_nginx: Server):
    nobody = Server(behind_nginx.app)
    try:
        with in_front_of(nobody) as nginx:
            answer = ask(nginx, b"GET /" + END)
    finally:
        nobody.close()
    assert answer.status == 503
    check_headers(answer.headers, {"Cache-Control": "no-store", "Retry-After": "5"})


# The health check, which can't be reached from outside.

HEALTH = [
    "/healthz",
    "/healthz?",
    "/healthz?a=b",
    "//healthz",
    "/%68ealthz",
    "/healthz#a",
    "/a//../healthz",
]


@pytest.mark.parametrize("path", HEALTH)
def test_g35_the_health_of_the_parts_is_not_visible_from_outside(nginx: Nginx, path: str):
    answer = ask(nginx, f"GET {path}".encode() + END)
    assert answer.status in {308, 400, 404}
    assert requests.get(nginx.url + "/healthz", timeout=30).status_code == 404


def test_the_instance_itself_still_says_how_it_is(behind_nginx: Server):
    assert requests.get(f"{behind_nginx.url}/healthz", timeout=30).json() == {"database": "ok"}


# Limits.


def flood(
    nginx: Nginx, path: str, how_many: int, **options
) -> tuple[list[int], HTTPResponse | None, float]:
    """Send many requests. Return each status, the last refusal, and the seconds they took."""
    begun, statuses, refusal = time.monotonic(), [], None
    with closing(HTTPConnection("127.0.0.1", nginx.port, timeout=30, **options)) as connection:
        for _ in range(how_many):
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.body = answer.read().decode()
            statuses.append(answer.status)
            if answer.status == 429:
                refusal = answer
            if answer.will_close:
                connection.close()
    return statuses, refusal, time.monotonic() - begun


FLOODS = {
    "plain": HANDSHAKE,
    "an empty sid": f"{HANDSHAKE}&sid=",
    "a SID": f"{HANDSHAKE}&SID=x",
    "another sid": f"{HANDSHAKE}&asid=x",
    "by another spelling": "/%73ocket.io//x?EIO=4&transport=polling",
}


@pytest.mark.parametrize("how", FLOODS)
def test_g35_a_flood_of_handshakes_does_not_reach_the_app(fresh_nginx: Nginx, how: str):
    statuses, refusal, seconds = flood(fresh_nginx, FLOODS[how], FLOOD)
    assert set(statuses) <= {200, 429, 503}  # 503: the app limits clients without a session
    assert BURST <= len(statuses) - statuses.count(429) <= BURST + RATE * (seconds + 1)
    assert refusal.headers.get_all("Retry-After") == ["10"]
    assert "Try again in 10 seconds" in refusal.body
    check_headers(refusal.headers, {"Cache-Control": "no-store", "Content-Type": "text/plain"})


def test_g35_during_a_flood_open_sockets_pages_and_other_addresses_are_served(fresh_nginx: Nginx):
    ada = Person(fresh_nginx.url, "Ada", "Lovelace")
    assert ada.sign_up().status_code == 302
    opened = Frames(ada)
    opened.send("40")
    opened.wait_for("40{")
    statuses, *_ = flood(fresh_nginx, HANDSHAKE, FLOOD)
    assert 429 in statuses
    assert "error" not in opened.ask("notifications", {"after": None})
    assert ada.get("/dashboard").status_code == 200
    if sys.platform == "linux":  # on other systems, 127.0.0.2 isn't this machine
        statuses, *_ = flood(fresh_nginx, HANDSHAKE, 1, source_address=("127.0.0.2", 0))
        assert 429 not in statuses


def test_g35_a_path_that_goes_back_is_no_way_around_the_limit(nginx: Nginx):
    for path in (
        "/socket.io/../x",
        "/socket.io/%2e%2E/x",
        "/socket.io/..%2fx",
        "/x/../socket.io/",
        "/..",
    ):
        answer = ask(nginx, f"GET {path}?EIO=4&transport=polling".encode() + END)
        assert answer.status == 400
    for path in "/socket.io/...", "/.well-known/x", "/a..b", "/?../x":
        answer = ask(nginx, f"GET {path}".encode() + END)
        assert answer.status in {200, 404} or path == "/socket.io/..."


def test_g35_an_office_whose_pages_all_come_back_at_once_meets_no_limit(fresh_nginx: Nginx):
    statuses, *_ = flood(fresh_nginx, HANDSHAKE, 900)
    assert 429 not in statuses  # the app may refuse some, because they have no session
    statuses, *_ = flood(fresh_nginx, "/", 300)
    assert set(statuses) == {200}


def test_g35_the_connections_of_one_address_are_limited_and_another_gets_in(behind_nginx: Server):
    with in_front_of(behind_nginx, {"connections 2000": "connections 20"}) as nginx:
        ada = Person(nginx.url, "Ada", "Lovelace")
        assert ada.sign_up().status_code == 302
        sockets = [Socket(ada) for _ in range(20)]
        refused = ada.get("/dashboard")
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "10")
        assert "Too many connections" in refused.text
        assert all(each.is_open for each in sockets), "open sockets stay open"
        if sys.platform == "linux":
            statuses, *_ = flood(nginx, "/", 1, source_address=("127.0.0.2", 0))
            assert statuses == [200]
        for each in sockets:
            each.close()
        assert eventually(lambda: ada.get("/dashboard").status_code == 200)


SAME = [
    ["192.0.2.1", "192.0.2.1"],
    ["2001:db8::1", "2001:db8:0:0:ffff::2"],
    ["2001:a0a:a0a:a00:1::", "2001:a0a:a0a:a00:a0a::"],  # with bytes that are line breaks
]
OTHERS = [
    ["192.0.2.1", "192.0.2.2"],
    ["2001:db8::1", "2001:db8:0:1::1"],
    ["::ffff:192.0.2.1", "::ffff:192.0.2.2"],
    ["::1", "::2"],
]


@pytest.mark.parametrize("addresses", [*SAME, *OTHERS], ids=" ".join)
def test_g35_the_addresses_of_one_ipv6_network_count_together(behind_nginx: Server, addresses):
    edits = {
        "burst=1000 ": "burst=1 ",
        "rate=20r/s": "rate=1r/m",
        "http {": "http { set_real_ip_from 127.0.0.1; real_ip_header X-Address;",
    }
    with in_front_of(behind_nginx, edits) as nginx:
        statuses = [
            requests.get(
                nginx.url + HANDSHAKE, headers={"X-Address": address}, timeout=30
            ).status_code
            for address in addresses * 2
        ]
    assert statuses == ([200, 200, 429, 429] if addresses in SAME else [200] * 4)


SLOW = {
    "head": b"GET / HT",
    "body": b"POST /login" + HOST + b"Content-Length: 9\r\n\r\na",
}


@pytest.mark.parametrize("part", SLOW)
def test_g35_a_client_that_pauses_in_a_request_is_cut_off(behind_nginx: Server, part: str):
    with (
        in_front_of(behind_nginx, {"_timeout 10s": "_timeout 1s"}) as nginx,
        socket.create_connection(("127.0.0.1", nginx.port), 20) as connection,
    ):
        connection.sendall(SLOW[part])
        while connection.recv(4096):
            pass  # until nginx closes the connection, or `recv` times out


def test_a_websocket_that_is_refused_is_told_why(behind_nginx: Server):
    with in_front_of(behind_nginx, {"burst=1000 nodelay": "", "rate=20r/s": "rate=1r/m"}) as nginx:
        address = nginx.url.replace("http", "ws") + HANDSHAKE.replace("polling", "websocket")
        websocket.create_connection(address, timeout=30).close()
        with pytest.raises(websocket.WebSocketBadStatusException) as refused:
            websocket.create_connection(address, timeout=30)
    assert refused.value.status_code == 429
