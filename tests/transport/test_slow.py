"""Clients that read slowly or not at all: the others don't wait, and the server keeps little."""

import contextlib

import pytest

from .conftest import MAX_UNSENT, Polling, Server, eventually
from .frames import RawWebSocket

MESSAGE = 10_000  # bytes
TOO_SLOW = (
    "WARNING final.transport.connection a connection is closed: it doesn't take what it is sent"
)


@pytest.fixture
def slow(server: Server):
    ws = server.websocket(receive_buffer=4096)
    yield ws
    ws.close()


def numbers(texts: list[str]) -> list[int]:
    return [int(text[1:].partition(":")[0]) for text in texts]


def fill(server: Server, sid: str) -> None:
    """Send messages to a client until some of them wait on the server."""
    while server.show("keeps_up", sid):
        server.show("send", sid, 2, MESSAGE)


def test_a_slow_reader_gets_everything_in_order(server: Server, slow: RawWebSocket):
    server.show("send", slow.sid, 15, MESSAGE)
    assert numbers([slow.next().text for _ in range(15)]) == list(range(15))
    slow.send("4hello")
    assert slow.next().text == "4hello"


def test_a_client_that_reads_again_keeps_up_again(server: Server, slow: RawWebSocket):
    fill(server, slow.sid)
    slow.send("4the end")
    while slow.next().text != "4the end":
        pass
    assert server.show("keeps_up", slow.sid)


def test_a_slow_reader_holds_up_no_other(server: Server, slow: RawWebSocket):
    fill(server, slow.sid)
    quick = server.websocket()
    server.show("broadcast", "text")
    assert quick.next().text == "4to all"
    quick.close()


def test_a_websocket_that_takes_nothing_is_closed_after_a_moment(
    server: Server, slow: RawWebSocket
):
    before = len(server.log)
    fill(server, slow.sid)
    server.show("send", slow.sid, MAX_UNSENT // MESSAGE, MESSAGE)
    assert server.ends(slow.sid) == [], "it gets a moment"
    assert eventually(lambda: server.ends(slow.sid) == ["transport error"])
    assert eventually(lambda: server.log[before:] == [TOO_SLOW])


def test_a_websocket_that_takes_something_gets_more_time(server: Server, slow: RawWebSocket):
    count = 3 * MAX_UNSENT // MESSAGE
    server.show("send", slow.sid, count, MESSAGE)
    assert numbers([slow.next().text for _ in range(count)]) == list(range(count))


def test_eight_times_the_limit_closes_a_websocket_immediately(server: Server, slow: RawWebSocket):
    before = len(server.log)
    server.show("send", slow.sid, 10 * MAX_UNSENT // MESSAGE, MESSAGE)
    assert eventually(lambda: server.ends(slow.sid) == ["transport error"], seconds=2)
    assert eventually(lambda: server.log[before:] == [TOO_SLOW])
    assert len(slow.rest()) < 8 * MAX_UNSENT // MESSAGE


@pytest.mark.parametrize(("count", "size"), [(1001, 10), (25, MESSAGE)], ids=["packets", "bytes"])
def test_the_packets_for_a_client_that_does_not_poll_are_limited(
    polling: Polling, count: int, size: int
):
    before = len(polling.server.log)
    polling.server.show("send", polling.sid, count, size)
    assert polling.poll().status_code == 400
    assert eventually(lambda: polling.server.ends(polling.sid) == ["transport error"])
    assert eventually(lambda: polling.server.log[before:] == [TOO_SLOW])


def test_one_poll_fetches_all_waiting_packets(polling: Polling):
    polling.server.show("send", polling.sid, 1000, 10)
    assert numbers(polling.poll().text.split("\x1e")) == list(range(1000))


def test_an_unread_answer_counts_as_unsent(polling: Polling):
    server = polling.server
    held = polling.hold_poll()
    held.connection.sock.setsockopt(1, 8, 4096)  # SOL_SOCKET, SO_RCVBUF
    server.show("send", polling.sid, 1, 90_000)
    assert eventually(lambda: not server.show("keeps_up", polling.sid))
    assert len(held.answer()[1]) == 90_001
    assert eventually(lambda: server.show("keeps_up", polling.sid))


# Sending to many.


@pytest.mark.parametrize(
    ("kind", "over_websocket", "by_polling"),
    [("text", b"4to all", "4to all"), ("binary", b"to all", "bdG8gYWxs")],
)
def test_a_broadcast_is_encoded_once(
    server: Server, kind: str, over_websocket: bytes, by_polling: str
):
    websockets, polling = [server.websocket() for _ in range(10)], Polling(server)
    assert server.show("broadcast", kind) in {0, 1}, "0 if it's the same as just before"
    assert [each.next().payload for each in websockets] == [over_websocket] * 10
    assert polling.poll().text == by_polling
    for each in websockets:
        each.close()


def test_pings_without_end_are_limited_too(server: Server, slow: RawWebSocket):
    """A client that sends and doesn't read: its answers wait, and are limited like messages."""
    flood = b"\x89\xfd\0\0\0\0" + bytes(125)
    with contextlib.suppress(ConnectionError):
        while True:
            slow.sock.sendall(flood * 1000)
    assert eventually(lambda: server.ends(slow.sid) == ["transport error"])
