"""When work is done: how much at once, how often, and never twice at the same time."""

import functools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import gevent
from gevent.lock import BoundedSemaphore
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from ..settings.quotas import EVENTS, EVENTS_PER_USER, OPENINGS, seconds_until_free

AT_ONCE = 100  # keys that InTurn passes to its function together


class AtOnce:
    """Lets at most `most` work at once for each key. The others wait for their turn.

    A key takes no memory while nobody works or waits for it.
    """

    def __init__(self, most: int):
        self.most = most
        self._turns: dict[str, BoundedSemaphore] = {}
        self._asked: Counter[str] = Counter()  # how many work or wait

    def asked(self, key: str) -> int:
        """Return how many work or wait for this key."""
        return self._asked[key]

    @contextmanager
    def turn(self, key: str) -> Iterator[None]:
        turns = self._turns.setdefault(key, BoundedSemaphore(self.most))
        self._asked[key] += 1
        try:
            with turns:
                yield
        finally:
            self._asked[key] -= 1
            if not self._asked[key]:
                del self._asked[key], self._turns[key]


class InTurn:
    """Calls a function with the keys it is asked for, and never twice at once.

    What is asked while it runs is done after it, together, and each key once. So what it says last
    is right; and a thousand who come in one moment are a few questions to the database. If it
    fails, what still waits is done when it is next asked for something.
    """

    def __init__(self, function: Callable[[list[str]], None]):
        functools.update_wrapper(self, function)
        self.function = function
        self._asked: dict[str, None] = {}  # the keys that wait, in their order
        self._is_running = False

    def __call__(self, *keys: str) -> None:
        self._asked |= dict.fromkeys(keys)
        if self._is_running:
            return
        self._is_running = True
        try:
            while self._asked:
                some = list(self._asked)[:AT_ONCE]
                for key in some:
                    del self._asked[key]
                self.function(some)
        finally:
            self._is_running = False


class Paced:
    """Calls a function with the keys it is asked for, then lets each of them rest.

    A key that is asked for while it rests is called once more, after its rest. So the last call
    always comes after the last question, however often somebody asks.
    """

    def __init__(
        self,
        function: Callable[..., None],
        pause: Callable[[str], float],
        later: Callable[..., object] = gevent.spawn,
    ):
        functools.update_wrapper(self, function)
        self.later = later  # calls a function, which may fail, in a greenlet of its own
        self.function = function
        self.pause = pause  # seconds of rest, for a key
        self._resting: dict[str, bool] = {}  # whether the key was asked for meanwhile

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
        asked = [key for key in keys if self._resting.pop(key)]
        if asked:
            self.later(self, *asked)


class Floods:
    """Counts the events and the new sockets of each user, in this process.

    What is counted is forgotten when its time is over.
    """

    def __init__(self):
        self.limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def may_send(self, user_id: str, sid: str) -> bool:
        """Count an event of this socket. Return whether it and its user are within the limits."""
        return self.limiter.hit(EVENTS, "event", sid) and self.limiter.hit(
            EVENTS_PER_USER, "event", user_id
        )

    def retry_after(self, user_id: str, sid: str) -> int:
        """Return how many seconds this socket has to wait before the next event."""
        return max(
            (
                seconds_until_free(self.limiter, limit, "event", key)
                for limit, key in ((EVENTS, sid), (EVENTS_PER_USER, user_id))
                if not self.limiter.test(limit, "event", key)
            ),
            default=1,
        )

    def may_open(self, user_id: str) -> bool:
        """Count a socket that this user opens. Return whether it is within the limit."""
        return self.limiter.hit(OPENINGS, "opening", user_id)
