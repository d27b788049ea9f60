"""How a connection opens, and which requests open none."""

import json
import socket

import pytest
import requests

from .conftest import MAX_SIZE, Polling, Server, eventually, running
from .frames import ACCEPT, HANDSHAKE, PING, frame, request

POLLING, WEBSOCKET = "EIO=4&transport=polling", "EIO=4&transport=websocket"


def ask(server: Server, query: str, method: str = "GET", **options) -> requests.Response:
    return requests.request(method, f"{server.url}/engine.io/?{query}", timeout=10, **options)


def answer_to(server: Server, data: bytes) -> str:
    """Send a raw request; return the first line of the answer and its body."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as sock:
        sock.sendall(data)
        sock.shutdown(socket.SHUT_WR)
        head, _, body = b"".join(iter(lambda: sock.recv(65536), b"")).partition(b"\r\n\r\n")
    return head.splitlines()[0].decode() + " | " + body.decode()


def test_polling_opens_a_connection_that_can_be_upgraded(polling: Polling):
    assert polling.handshake.text.startswith("0{")
    assert polling.handshake.headers["Content-Type"] == "text/plain; charset=UTF-8"
    assert polling.handshake.headers["Cache-Control"] == "no-store"
    assert polling.opened == {
        "sid": polling.sid,
        "upgrades": ["websocket"],
        "pingInterval": 25_000,
        "pingTimeout": 20_000,
        "maxPayload": MAX_SIZE,
    }
    assert polling.server.show("transport", polling.sid) == "polling"


def test_a_websocket_opens_a_connection_that_needs_no_upgrade(server: Server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as sock:
        sock.sendall(request("GET", f"/engine.io/?{WEBSOCKET}", HANDSHAKE))
        sock.sendall(frame("1"))
        sock.shutdown(socket.SHUT_WR)
        head, _, rest = b"".join(iter(lambda: sock.recv(65536), b"")).partition(b"\r\n\r\n")
    assert head.splitlines() == [
        b"HTTP/1.1 101 Switching Protocols",
        b"Upgrade: websocket",
        b"Connection: Upgrade",
        f"Sec-WebSocket-Accept: {ACCEPT}".encode(),
    ]
    opened = json.loads(rest[rest.index(b"{") : rest.index(b"}") + 1])
    assert opened["upgrades"] == []
    assert server.show("happened", opened["sid"])[:2] == [
        ["opened", opened["sid"], True],
        ["connect", opened["sid"]],
    ]


def test_no_two_connections_have_the_same_id(server: Server):
    assert len({Polling(server).sid for _ in range(20)}) == 20


def test_messages_sent_in_connect_come_after_the_handshake(server: Server):
    opened, *rest = Polling(server, "&early").handshake.text.split("\x1e")
    assert opened.startswith("0{")
    assert rest == ["4early"]
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as sock:
        sock.sendall(request("GET", f"/engine.io/?{WEBSOCKET}&early", HANDSHAKE))
        come = b""
        while b"4early" not in come:
            come += sock.recv(1000)
    assert come.index(b"0{") < come.index(b"4early")


@pytest.mark.parametrize(
    ("method", "query"),
    [
        ("GET", ""),
        ("GET", "EIO=4"),
        ("GET", "transport=polling"),
        ("GET", "EIO=3&transport=polling"),
        ("GET", "EIO=abc&transport=polling"),
        ("GET", "EIO=4&EIO=4&transport=polling"),
        ("GET", "EIO=4&transport=webtransport"),
        ("GET", f"{WEBSOCKET}"),
        ("GET", f"{POLLING}&j=0"),
        ("GET", f"{POLLING}&sid=unknown"),
        ("GET", f"{WEBSOCKET}&sid=unknown"),
        ("GET", f"{POLLING}&sid=%00%ff%0a"),
        ("POST", POLLING),
        ("POST", f"{POLLING}&sid=unknown"),
        ("PUT", POLLING),
        ("DELETE", f"{POLLING}&sid=unknown"),
        ("HEAD", POLLING),
    ],
)
def test_bad_requests_are_refused_in_words(server: Server, method: str, query: str):
    answer = ask(server, query, method)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "text/plain; charset=UTF-8"
    assert bool(answer.text) is (method != "HEAD")


def test_an_answer_to_head_has_no_body(server: Server):
    asked = request("HEAD", f"/engine.io/?{POLLING}", {"Host": "test"})
    assert answer_to(server, asked) == "HTTP/1.1 400 Bad Request | "


@pytest.mark.parametrize(
    "change",
    [
        {"Upgrade": "h2c"},
        {"Upgrade": ""},
        {"Connection": "keep-alive"},
        {"Sec-WebSocket-Version": "8"},
        {"Sec-WebSocket-Version": ""},
        {"Sec-WebSocket-Key": ""},
        {"Sec-WebSocket-Key": "dG9vIHNob3J0"},
        {"Sec-WebSocket-Key": "not base64, is it?"},
        {"Content-Length": "5"},
        {"Transfer-Encoding": "chunked"},
    ],
    ids=str,
)
def test_half_a_websocket_handshake_is_refused_in_words(server: Server, change: dict):
    asked = request("GET", f"/engine.io/?{WEBSOCKET}", HANDSHAKE | change, b"0\r\n\r\n")
    status, words = answer_to(server, asked).split(" | ")
    assert status.startswith("HTTP/1.1 400 ")
    assert words


def test_a_list_in_the_connection_header_is_a_handshake_too(server: Server):
    headers = HANDSHAKE | {"Connection": "keep-alive, Upgrade"}
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as sock:
        sock.sendall(request("GET", f"/engine.io/?{WEBSOCKET}", headers))
        assert sock.recv(100).startswith(b"HTTP/1.1 101 ")


def test_a_server_that_gives_no_socket_offers_no_websocket(server: Server):
    assert Polling(server, "&no-socket").opened["upgrades"] == []
    answer = answer_to(server, request("GET", f"/engine.io/?{WEBSOCKET}&no-socket", HANDSHAKE))
    assert answer == "HTTP/1.1 400 Bad Request | this server can't open WebSockets"


@pytest.mark.parametrize(("query", "words"), [("fails", "Unauthorized"), ("refused", "not today")])
@pytest.mark.parametrize("transport", [POLLING, WEBSOCKET])
def test_the_app_can_refuse_a_connection(server: Server, transport: str, query: str, words: str):
    headers = HANDSHAKE if transport == WEBSOCKET else {"Host": "test"}
    answer = answer_to(server, request("GET", f"/engine.io/?{transport}&{query}", headers))
    assert answer == f'HTTP/1.1 401 Unauthorized | "{words}"'
    if query == "fails":
        assert eventually(lambda: "RuntimeError: on purpose" in server.log)


@pytest.mark.parametrize("transport", [POLLING, WEBSOCKET])
def test_a_gate_can_keep_a_connection_out(server: Server, transport: str):
    headers = HANDSHAKE if transport == WEBSOCKET else {"Host": "test"}
    answer = answer_to(server, request("GET", f"/engine.io/?{transport}&full", headers))
    assert answer.startswith("HTTP/1.1 503 Service Unavailable | too many connections")


def test_a_connection_dropped_while_it_opens_is_refused(server: Server):
    assert ask(server, f"{POLLING}&dropped").status_code == 400


# Other sites.


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "https://127.0.0.1:1"])
@pytest.mark.parametrize("transport", [POLLING, WEBSOCKET])
def test_pages_of_other_sites_may_not_connect(server: Server, transport: str, origin: str):
    asked = request("GET", f"/engine.io/?{transport}", HANDSHAKE | {"Origin": origin})
    assert answer_to(server, asked).startswith("HTTP/1.1 400 ")


def test_pages_of_the_same_site_may_connect(server: Server):
    answer = ask(server, POLLING, headers={"Origin": server.url})
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == server.url


def test_pages_of_allowed_sites_may_connect():
    with running(cors_allowed_origins=["https://friend.example"]) as server:
        friend = {"Origin": "https://friend.example"}
        headers = {**friend, "Access-Control-Request-Headers": "x-token"}
        preflight = ask(server, POLLING, "OPTIONS", headers=headers)
        assert preflight.status_code == 200
        assert preflight.headers["Access-Control-Allow-Headers"] == "x-token"
        opened = ask(server, POLLING, headers=friend)
        assert opened.headers["Access-Control-Allow-Credentials"] == "true"
        assert ask(server, POLLING, headers={"Origin": server.url}).status_code == 400
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as sock:
            sock.sendall(request("GET", f"/engine.io/?{WEBSOCKET}", HANDSHAKE | friend))
            sock.sendall(frame("", PING))
            assert sock.recv(100).startswith(b"HTTP/1.1 101 ")
