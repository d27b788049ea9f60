"""Ways of working: beside gevent's loop, and in turn."""

import functools
from collections.abc import Callable
from typing import TypeVar

import gevent

T = TypeVar("T")


def aside(function: Callable[..., T], *args: object) -> T:
    """Call the function in a thread of its own, and wait for what it returns.

    Meanwhile others are served. To hash a password takes some 60 ms, and that is on purpose.
    """
    return gevent.get_hub().threadpool.apply(function, args)


def briefly(function: Callable[[], object], seconds: float = 1) -> None:
    """Call the function, but wait no longer than so many seconds for it."""
    with gevent.Timeout(seconds, False):
        function()


class InTurn:
    """Calls a function with a key whenever it is asked to, but never twice at once with the same.

    What is asked while it runs is done after it, and once. So what it says last is right.
    """

    def __init__(self, function: Callable[[str], None]):
        functools.update_wrapper(self, function)
        self.function = function
        self._is_asked: dict[str, bool] = {}  # of the keys it is running with: whether once more

    def __call__(self, key: str) -> None:
        is_running = key in self._is_asked
        self._is_asked[key] = True
        if is_running:
            return
        try:
            while self._is_asked[key]:
                self._is_asked[key] = False
                self.function(key)
        finally:
            del self._is_asked[key]
