"""Limits and delays work: fewer calls at a time, fewer in a minute, or one call for many keys."""

import functools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import gevent
from gevent.lock import BoundedSemaphore
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from ..settings.quotas import EVENTS, EVENTS_PER_USER, OPENINGS, seconds_until_free

BATCH_SIZE = 100  # keys that Batched passes to its function together


class ConcurrencyLimit:
    """Lets at most `limit` greenlets work for each key. A key without any takes no memory."""

    def __init__(self, limit: int):
        self.limit = limit
        self._semaphores: dict[str, BoundedSemaphore] = {}
        self._counts: Counter[str] = Counter()  # how many work or wait, by key

    def count(self, key: str) -> int:
        """Return how many greenlets work or wait for this key."""
        return self._counts[key]

    def total(self) -> int:
        """Return how many greenlets work or wait for all keys."""
        return self._counts.total()

    @contextmanager
    def slot(self, key: str) -> Iterator[None]:
        """Wait until there's room for one more, and hold its place."""
        semaphore = self._semaphores.setdefault(key, BoundedSemaphore(self.limit))
        self._counts[key] += 1
        try:
            with semaphore:
                yield
        finally:
            self._counts[key] -= 1
            if not self._counts[key]:
                del self._counts[key], self._semaphores[key]


class RateLimits:
    """Counts the events and the new sockets of each user, in this process. Old counts expire."""

    def __init__(self):
        self.limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def may_send(self, user_id: str, sid: str) -> bool:
        """Count an event of this socket. Return whether it and its user are within the limits."""
        return all(self.limiter.hit(*limit) for limit in limits_of(user_id, sid))

    def retry_after(self, user_id: str, sid: str) -> int:
        """Return after how many seconds this socket may send its next event."""
        return seconds_until_free(self.limiter, *limits_of(user_id, sid))

    def may_open(self, user_id: str) -> bool:
        """Count a socket that this user opens. Return whether it's within the limit."""
        return self.limiter.hit(OPENINGS, "opening", user_id)


def limits_of(user_id: str, sid: str) -> list[tuple]:
    """Return the limits of an event, each with its key."""
    return [(EVENTS, "event", sid), (EVENTS_PER_USER, "event", user_id)]


class Batched:
    """Calls a function with a list of keys, and never twice at the same time.

    Keys that arrive during a call go together into the next one, each of them once. So the last
    call sees the newest state, and a thousand keys in one moment cost a few queries. If a call
    fails, the keys that wait are handled with the next ones that arrive.
    """

    def __init__(self, function: Callable[[list[str]], None]):
        functools.update_wrapper(self, function)
        self.function = function
        self._waiting: dict[str, None] = {}  # keys, in their order
        self._is_running = False

    def __call__(self, *keys: str) -> None:
        self._waiting |= dict.fromkeys(keys)
        if self._is_running:
            return
        self._is_running = True
        try:
            while self._waiting:
                batch = list(self._waiting)[:BATCH_SIZE]
                for key in batch:
                    del self._waiting[key]
                self.function(batch)
        finally:
            self._is_running = False


class Throttled:
    """Calls a function with keys, and after that lets each of them rest.

    A key that arrives while it rests causes one more call, after its rest. So the last call for a
    key always comes after the key last arrived.
    """

    def __init__(
        self,
        function: Callable[..., None],
        pause: Callable[[str], float],
        spawn: Callable[..., object] = gevent.spawn,
    ):
        functools.update_wrapper(self, function)
        self.function = function
        self.pause = pause  # returns for how many seconds a key rests
        self.spawn = spawn  # calls a function that may fail, in a greenlet of its own
        self._resting: dict[str, bool] = {}  # by key: whether it arrived during its rest

    def __call__(self, *keys: str) -> None:
        ready = [key for key in keys if key not in self._resting]
        self._resting |= dict.fromkeys(keys, True) | dict.fromkeys(ready, False)
        if not ready:
            return
        try:
            self.function(*ready)
        finally:
            gevent.spawn_later(max(map(self.pause, ready)), self._wake, ready)

    def _wake(self, keys: list[str]) -> None:
        arrived = [key for key in keys if self._resting.pop(key)]
        if arrived:
            self.spawn(self, *arrived)
