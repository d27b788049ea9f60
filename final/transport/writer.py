"""Writing to a client that may be slow, without waiting, and within limits."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable

import gevent
import gevent.socket

GATHERED = 64 * 1024  # bytes that are kept to be sent together
MOMENT = 3  # seconds for a client to catch up
PROGRESS = 0.1  # the share of `max_unsent` that a client has to take to get another moment
MOST = 8  # times `max_unsent` bytes: with more, a client doesn't get a moment at all


class Writer:
    """Writes to a client's socket, without waiting.

    Data that the kernel doesn't take immediately waits, and a greenlet sends it. Up to `max_unsent`
    bytes may wait for longer than a moment. If more do, the writer hangs up on the client and calls
    `cut_off`.
    """

    __slots__ = (
        "_cut_off",
        "_is_first",
        "_is_gathering",
        "_is_watched",
        "_max_unsent",
        "_send",
        "_sender",
        "_sock",
        "_taken",
        "_unsent",
    )

    def __init__(self, sock: gevent.socket.socket, max_unsent: int, cut_off: Callable[[], None]):
        self._sock = sock
        self._send = sock.send  # looked up once, because gevent's sockets are slow at that
        self._max_unsent = max_unsent
        self._cut_off = cut_off
        self._unsent = bytearray()
        self._is_gathering = False
        self._is_first = False  # the next data is sent immediately, even while gathering
        self._sender: gevent.Greenlet | None = None  # while the client is slow
        self._taken = 0  # bytes that this greenlet has sent
        self._is_watched = False

    @property
    def unsent(self) -> int:
        """How many bytes the client hasn't taken yet."""
        return len(self._unsent)

    def write(self, data: bytes) -> None:
        """Send data, after all data that still waits."""
        if self._sender or (self._is_gathering and not self._is_first):
            if not self._unsent:
                gevent.spawn(self.flush)  # so a handler that takes long doesn't hold it up
            self._unsent += data
        else:
            self._is_first = False
            sent = self._send_now(data)
            if sent == len(data):
                return
            self._unsent += data[sent:]
            self._sender = gevent.spawn(self._send_rest)
        if self._is_gathering and len(self._unsent) > GATHERED:
            self.flush()
        if len(self._unsent) > self._max_unsent:
            self._limit()

    def gather(self, first_at_once: bool = False) -> None:
        """Keep data until `flush`, or until others get their turn, and then send it together.

        `first_at_once` sends the first data immediately, because most messages have one answer.
        """
        self._is_gathering = True
        self._is_first = first_at_once

    def flush(self) -> None:
        """Send the gathered data, and stop gathering."""
        self._is_gathering = False
        if self._unsent and not self._sender:
            del self._unsent[: self._send_now(self._unsent)]
            if self._unsent:
                self._sender = gevent.spawn(self._send_rest)

    def finish(self) -> None:
        """Wait until all is sent, or the connection has ended."""
        if self._sender:
            self._sender.join()

    def hang_up(self) -> None:
        """End the connection immediately."""
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def _send_now(self, data: bytes | bytearray) -> int:
        """Send the bytes that the kernel takes immediately, and return how many they are."""
        try:
            return self._send(data, 0, 0.0)  # gevent doesn't wait if the timeout is 0
        except BlockingIOError:
            return 0
        except OSError:  # the client has gone, and the reading greenlet will find out
            self.hang_up()
            return len(data)

    def _send_rest(self) -> None:
        try:
            while self._unsent:
                sent = self._send(self._unsent)
                del self._unsent[:sent]
                self._taken += sent
        except OSError:
            self.hang_up()
        finally:
            self._sender = None

    def _limit(self) -> None:
        """Cut off a client for which far too much waits. Watch one for which too much waits."""
        if len(self._unsent) > MOST * self._max_unsent:
            self._give_up()
        elif not self._is_watched:
            self._is_watched = True
            gevent.spawn_later(MOMENT, self._watch, self._taken)

    def _watch(self, taken_before: int) -> None:
        self._is_watched = False
        if len(self._unsent) > self._max_unsent:
            if self._taken - taken_before < PROGRESS * self._max_unsent:
                self._give_up()
            else:
                self._limit()

    def _give_up(self) -> None:
        self.hang_up()
        self._cut_off()
