"""The heartbeat: one greenlet pings all connections, and gives up those that don't answer."""

from __future__ import annotations

import logging
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

import gevent
from gevent.event import Event

from .packets import PING

if TYPE_CHECKING:
    from .connection import Connection

log = logging.getLogger(__name__)

TURN = 50  # pings, after which others get their turn
TOLERANCE = 0.1  # seconds by which a ping may be late and still counts as sent in time


class Heartbeat:
    """Pings each connection `interval` seconds after it opened or answered.

    `give_up` is called with a connection that hasn't answered for `timeout` seconds. It mustn't
    block.
    """

    def __init__(self, interval: float, timeout: float, give_up: Callable[[Connection], None]):
        self.interval = interval
        self.timeout = timeout
        self.give_up = give_up
        # By time.monotonic(), the earliest first: a connection enters either of them at its end.
        self._to_ping: OrderedDict[Connection, float] = OrderedDict()
        self._to_answer: OrderedDict[Connection, float] = OrderedDict()
        self._is_sooner = Event()  # something is due sooner than the greenlet thinks
        self._greenlet: gevent.Greenlet | None = None

    def start(self, connection: Connection) -> None:
        """Begin to look after a connection."""
        self._to_ping[connection] = time.monotonic() + self.interval
        if len(self._to_ping) == 1:
            self._is_sooner.set()
        if not self._greenlet:
            self._greenlet = gevent.spawn(self._run)

    def answered(self, connection: Connection) -> None:
        """Note that a client has answered a ping. A pong without a ping changes nothing."""
        if self._to_answer.pop(connection, None):
            self.start(connection)

    def stop(self, connection: Connection) -> None:
        """Look after a connection no longer. It may be unknown."""
        self._to_ping.pop(connection, None)
        self._to_answer.pop(connection, None)

    def is_overdue(self, connection: Connection) -> bool:
        """Return whether the client should have answered by now."""
        return self._to_answer.get(connection, math.inf) <= time.monotonic()

    def shut_down(self) -> None:
        """End the greenlet. The next connection would start it again."""
        greenlet, self._greenlet = self._greenlet, None
        if greenlet:
            greenlet.kill(block=False)

    def _run(self) -> None:
        while True:
            self._is_sooner.clear()
            now = time.monotonic()
            for _ in range(TURN):
                if first_time(self._to_answer) <= now:
                    connection, _ = self._to_answer.popitem(last=False)
                    self._attempt(self.give_up, connection)
                elif first_time(self._to_ping) <= now:
                    self._ping(now)
                else:
                    break
            due = min(first_time(self._to_answer), first_time(self._to_ping))
            if due <= now:
                gevent.sleep(0)
            else:
                self._is_sooner.wait(None if due == math.inf else due - now)

    def _ping(self, now: float) -> None:
        connection, due = self._to_ping.popitem(last=False)
        # After a long pause of this process, clients get all of their time to answer.
        sent = due if now - due < TOLERANCE else now
        self._to_answer[connection] = sent + self.timeout
        self._attempt(connection.send, PING)

    def _attempt(self, function: Callable[..., None], *arguments: object) -> None:
        """Call the function. If it fails, log that, because the other connections have to go on."""
        try:
            function(*arguments)
        except Exception:
            log.exception("the heartbeat of a connection failed")


def first_time(times: OrderedDict[Connection, float]) -> float:
    """Return the earliest time, or infinity if there is none."""
    return next(iter(times.values()), math.inf)
