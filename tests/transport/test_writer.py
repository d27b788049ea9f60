"""A writer and a WebSocket over a pair of sockets, for cases that can't be forced from outside."""

import socket

import gevent
import gevent.socket
import pytest

from final.transport import writer as module
from final.transport.websocket import WebSocket
from final.transport.writer import Writer

from .frames import CONTINUATION, TEXT, close_frame, frame

MAX_UNSENT = 50_000  # bytes


class Pair:
    """A writer, and the client's end of its socket."""

    def __init__(self, monkeypatch):
        ours, theirs = gevent.socket.socketpair()
        for each in ours, theirs:
            each.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        self.ours, self.theirs = ours, theirs
        self.cut_off = 0
        self.later: list = []  # calls that are due after a moment
        self.writer = Writer(ours, MAX_UNSENT, self.count)
        monkeypatch.setattr(module.gevent, "spawn_later", lambda _, *call: self.later.append(call))

    def count(self) -> None:
        self.cut_off += 1

    def take(self, size: int) -> bytes:
        """Read this many bytes without letting the server's greenlets run."""
        taken = b""
        while len(taken) < size:
            taken += self.theirs.recv(size - len(taken), 0)
        return taken

    def let_a_moment_pass(self) -> None:
        [(function, *arguments)] = self.later
        self.later.clear()
        function(*arguments)


@pytest.fixture
def pair(monkeypatch):
    pair = Pair(monkeypatch)
    yield pair
    pair.ours.close()
    pair.theirs.close()


def test_new_data_is_sent_after_waiting_data(pair: Pair):
    pair.writer.write(b"a" * 40_000)
    assert pair.writer.unsent
    come = pair.theirs.recv(40_000)  # all that was sent, so the kernel would take something again
    pair.writer.write(b"b")
    come += pair.take(40_001 - len(come))
    assert come == b"a" * 40_000 + b"b"


def test_gathered_data_is_sent_in_one_piece(pair: Pair):
    pair.writer.gather()
    for part in b"one", b"two", b"three":
        pair.writer.write(part)
    assert pair.writer.unsent == 11
    pair.writer.flush()
    assert pair.theirs.recv(1000) == b"onetwothree"
    assert pair.writer.unsent == 0


def test_the_first_answer_can_go_at_once(pair: Pair):
    pair.writer.gather(first_at_once=True)
    pair.writer.write(b"one")
    assert pair.theirs.recv(1000) == b"one"
    for part in b"two", b"three":
        pair.writer.write(part)
    assert pair.writer.unsent == 8
    pair.writer.flush()
    assert pair.theirs.recv(1000) == b"twothree"


def test_not_too_much_is_gathered(pair: Pair):
    pair.writer.gather()
    pair.writer.write(b"a" * (module.GATHERED + 1))
    assert pair.writer.unsent <= module.GATHERED, "the kernel has got some of it"


def test_a_client_that_takes_nothing_is_cut_off_after_a_moment(pair: Pair):
    pair.writer.write(b"a" * 3 * MAX_UNSENT)
    pair.let_a_moment_pass()
    assert pair.cut_off == 1


def test_a_client_that_takes_something_gets_another_moment(pair: Pair):
    pair.writer.write(b"a" * 3 * MAX_UNSENT)
    pair.take(MAX_UNSENT // 5)
    pair.let_a_moment_pass()
    assert pair.cut_off == 0
    pair.let_a_moment_pass()
    assert pair.cut_off == 1


def test_a_client_that_is_behind_no_longer_is_not_watched(pair: Pair):
    pair.writer.write(b"a" * 2 * MAX_UNSENT)
    pair.take(2 * MAX_UNSENT)
    pair.let_a_moment_pass()
    assert (pair.cut_off, pair.later) == (0, [])


def test_a_client_for_which_far_too_much_waits_is_cut_off_at_once(pair: Pair):
    pair.writer.write(b"a" * 10 * MAX_UNSENT)
    assert pair.cut_off == 1


def test_empty_parts_of_a_message_are_not_collected(pair: Pair):
    websocket = WebSocket(pair.ours, pair.writer, MAX_UNSENT)
    reader = gevent.spawn(websocket.receive)
    empty = frame(b"", CONTINUATION, fin=False)
    pair.theirs.sendall(
        frame("4", TEXT, fin=False) + empty * 500 + frame("a", CONTINUATION, fin=False)
    )
    while websocket._size < 2:
        gevent.sleep(0)
    assert websocket._parts == ["4", "a"]
    reader.kill()


@pytest.mark.parametrize("after", [b"", frame("3")])
def test_a_goodbye_after_ours_is_heard_at_once(pair: Pair, after: bytes):
    def serve() -> None:
        while websocket.receive() is not None:
            pass
        websocket.finish()

    websocket = WebSocket(pair.ours, pair.writer, MAX_UNSENT)
    reader = gevent.spawn(serve)
    pair.theirs.sendall(frame("3"))
    gevent.sleep(0.01)  # let it read, and wait for more
    websocket.close()
    pair.theirs.sendall(after + close_frame(1000))
    reader.join(timeout=5)
    assert reader.ready(), "it doesn't wait until the client hangs up"
