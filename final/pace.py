"""How many may work at once, and how often something is done, each by a key such as a user's ID."""

import functools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import gevent
from gevent.lock import BoundedSemaphore


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
