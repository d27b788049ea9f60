"""Work for the processor, done beside gevent's loop, which it would hold up."""

from collections.abc import Callable
from typing import TypeVar

import gevent

T = TypeVar("T")


def aside(function: Callable[..., T], *args: object) -> T:
    """Call the function in a thread of its own, and wait for what it returns.

    Meanwhile others are served. To hash a password takes some 60 ms, and that is on purpose.
    """
    return gevent.get_hub().threadpool.apply(function, args)
