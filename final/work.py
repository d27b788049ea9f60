"""Ways of working: beside gevent's loop, and in turn."""

import functools
from collections.abc import Callable
from typing import TypeVar

import gevent

T = TypeVar("T")

AT_ONCE = 100  # keys


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
