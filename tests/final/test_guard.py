"""The guard keeps harmful input away from python-socketio, which trusts its clients."""

import contextlib
import io
import itertools
import logging
import os
import re
import socket
from types import SimpleNamespace

import gevent
import gevent.socket
import pytest
import requests
import websocket

from final.server.connection import CheckedSocket, Connection
from final.server.guard import MAX_POLLS
from final.server.log import OneLine
from final.server.packets import MAX_SIZE
from tests.fuzz import raw
from tests.fuzz.inputs import HANDSHAKE
from tools.people import HeldRequest, Person, eventually, polling_address
from tools.servers import Server

TARGET = "/socket.io/?EIO=4&transport=websocket"


@pytest.fixture
def ada(server: Server) -> Person:
    ada = Person(server.url, "Ada", "Lovelace")
    ada.sign_up()
    return ada


def test_no_compression_is_agreed_on(server: Server):
    """With compression, a few bytes could become gigabytes in the server's memory."""
    connection = raw.Connection(server.port)
    offer = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"
    connection.send(raw.request("GET", TARGET, [*HANDSHAKE, offer]))
    head = connection.head()
    connection.rest()
    assert raw.codes(head) == [101]
    assert b"extensions" not in head.lower()


def test_a_message_that_never_ends_closes_the_websocket(server: Server, ada: Person):
    before = len(server.printed)
    connection = raw.Connection(server.port)
    connection.send(raw.request("GET", TARGET, [*HANDSHAKE, f"Cookie: sid={ada.cookie}"]))
    assert raw.codes(connection.head()) == [101]
    connection.send(raw.websocket_frame(b"40"))
    assert eventually(lambda: ada.post("/wave").json() == {"sockets": 1})
    connection.send(raw.websocket_frame(b"4", first=0))
    part = raw.websocket_frame(b"2" * 1000, opcode=0, first=0)
    connection.send(part * (MAX_SIZE // 1000 + 1))  # the final part never comes
    assert eventually(lambda: ada.post("/wave").json() == {"sockets": 0})
    assert server.printed[before:].count("is closed: malformed frame") == 1


def test_empty_parts_of_a_message_are_not_collected():
    ours, theirs = gevent.socket.socketpair()
    with ours, theirs:
        connection = Connection({"session": {}}, lambda _: None)
        checked = CheckedSocket(ours, connection)
        part = raw.websocket_frame(b"", opcode=0, first=0)
        theirs.sendall(raw.websocket_frame(b"4", first=0) + part * 1000)
        theirs.shutdown(socket.SHUT_WR)
        with contextlib.suppress(OSError):
            while checked.recv(4096):
                pass
        assert checked.parts == ["4"]


def test_frames_for_a_slow_client_are_not_mixed():
    """Several greenlets write, and a frame may need several attempts."""
    ours, theirs = gevent.socket.socketpair()
    with ours, theirs:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        checked = CheckedSocket(ours, Connection({}, lambda connection: None))
        frames = [bytes([letter]) * 100_000 for letter in b"abcde"]
        writers = [gevent.spawn(checked.send, frame) for frame in frames]
        gevent.sleep(0)  # all of them have begun
        assert checked.is_blocked
        received = b""
        while len(received) < 150_000:  # the second one is on its way
            received += theirs.recv(1000)
        writers.append(gevent.spawn(checked.send, b"f"))
        while len(received) < 500_001:
            received += theirs.recv(1000)
        gevent.joinall(writers, timeout=5, raise_error=True)
    assert not checked.is_blocked
    parts = [bytes(part) for _, part in itertools.groupby(received)]
    assert sorted(parts) == sorted([*frames, b"f"])


def test_a_client_polls_a_few_times_at_once_and_no_more(ada: Person):
    address = polling_address(ada)
    ada.http.post(address, data="40", timeout=10)
    while '42["sockets"' not in ada.http.get(address, timeout=10).text:
        pass
    held = [HeldRequest(ada, "GET", address) for _ in range(MAX_POLLS)]
    assert eventually(lambda: requests.get(address, timeout=30).status_code == 400)
    for each in held:
        each.connection.close()


def test_a_second_upgrade_at_the_same_time_is_refused(ada: Person):
    address = polling_address(ada)
    upgrade = address.replace("http", "ws").replace("polling", "websocket")
    cookie = f"sid={ada.cookie}"
    first = websocket.create_connection(upgrade, cookie=cookie, timeout=10)
    first.send("2probe")
    assert first.recv() == "3probe"
    if os.environ.get("FAST") == "1":  # the fast transport closes it instead
        second = websocket.create_connection(upgrade, cookie=cookie, timeout=10)
        assert second.recv_data()[0] == websocket.ABNF.OPCODE_CLOSE
    else:
        with pytest.raises(websocket.WebSocketBadStatusException):
            websocket.create_connection(upgrade, cookie=cookie, timeout=10)
    first.send("5")
    first.send("40")
    while not first.recv().startswith("40"):
        pass
    first.close()


def test_what_the_library_shows_with_a_traceback_is_one_line_a_second():
    log, shown = logging.getLogger("tests.one_line"), io.StringIO()
    handler = logging.StreamHandler(shown)
    log.addHandler(handler)
    log.propagate = False
    log.addFilter(OneLine())
    for _ in range(100):
        try:
            raise ValueError("what a client has sent")
        except ValueError:
            log.exception("message handler error")
    assert re.fullmatch(r"message handler error \(test_guard.py, line \d+\)\n", shown.getvalue())
    log.removeHandler(handler)


def test_a_connection_that_is_refused_is_logged_once(caplog):
    connection = Connection({"session": {"_user_id": "7"}}, lambda _: None)
    connection.websocket = SimpleNamespace(hang_up=lambda: None)
    for _ in range(3):
        connection.refuse()
    assert [record.getMessage() for record in caplog.records] == [
        "a connection of user 7 is closed: malformed frame"
    ]
