"""A client that sends anything without a pause doesn't keep other clients waiting (G16)."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.fuzz import raw
from tests.fuzz.inputs import HANDSHAKE
from tools.people import Person
from tools.servers import Server, our_apps, running

PATIENCE = 3  # seconds for an answer that takes milliseconds, but never comes without turns
LOOKS = 10
SOCKET = "/socket.io/?EIO=4&transport=websocket"
CHUNKED = b"POST /signup HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

FLOODS = {  # the data that is sent first, and the data that is repeated after it
    "requests": (b"", raw.request("GET", "/nowhere")),
    "chunks": (CHUNKED, b"1\r\na\r\n"),
    "long chunks": (CHUNKED, b"1;" + b"a" * 8000 + b"\r\na\r\n"),
    "trailers": (CHUNKED + b"0\r\n", b"a: b\r\n"),
    "pings": (raw.websocket_frame(b"40"), raw.websocket_frame(b"", 9)),
    "pongs": (raw.websocket_frame(b"40"), raw.websocket_frame(b"", 10)),
    "parts of a message": (raw.websocket_frame(b"4", 1, 0), raw.websocket_frame(b"", 0, 0)),
}
FRAMED = {"pings", "pongs", "parts of a message"}


@pytest.fixture(scope="module", params=our_apps()[-2:], ids=lambda app: app.name)
def server(request) -> Iterator[Server]:
    with running(request.param, DEMO="0") as server:
        yield server


@contextlib.contextmanager
def flood(server: Server, connection: raw.Connection, first: bytes, again: bytes) -> Iterator[None]:
    """Send data as fast as the server reads it, and read the answers."""
    is_over = threading.Event()

    def send() -> None:
        block = again * (100_000 // len(again))
        with contextlib.suppress(OSError):
            connection.socket.sendall(first)
            while not is_over.is_set():
                connection.socket.sendall(block)

    def read() -> None:
        with contextlib.suppress(OSError):
            while connection.socket.recv(65536):
                pass

    threads = [threading.Thread(target=each, daemon=True) for each in (send, read)]
    for each in threads:
        each.start()
    try:
        yield
    finally:
        is_over.set()
        with contextlib.suppress(OSError):  # the server has closed the connection
            connection.socket.shutdown(socket.SHUT_RDWR)
        connection.socket.close()
        for each in threads:
            each.join(10)


@pytest.mark.parametrize("name", FLOODS)
def test_g16_a_client_that_never_stops_sending_keeps_nobody_waiting(server: Server, name: str):
    connection = raw.Connection(server.port)
    if name in FRAMED:
        ada = Person(server.url, "Ada", "Lovelace")
        ada.sign_up()
        headers = [*HANDSHAKE, f"Cookie: sid={ada.cookie}"]
        connection.send(raw.request("GET", SOCKET, headers))
        assert raw.codes(connection.head()) == [101]
    icon = raw.request("GET", "/static/icon.svg", ["Connection: close"])
    with flood(server, connection, *FLOODS[name]):
        for _ in range(LOOKS):
            before = time.monotonic()
            assert raw.codes(raw.exchange(server.port, [icon])) == [200]
            assert time.monotonic() - before < PATIENCE
    assert "Traceback" not in server.printed
