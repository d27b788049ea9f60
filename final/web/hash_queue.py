"""The queue for password hashes. A flood from one network doesn't delay the others."""

from collections.abc import Callable
from typing import TypeVar

import gevent
from flask import has_request_context, request
from gevent.lock import Semaphore
from werkzeug.exceptions import ServiceUnavailable, TooManyRequests

from ..realtime.pacing import ConcurrencyLimit
from ..settings.quotas import HASHES, HASHES_AT_ONCE, HASHES_AT_ONCE_PER_NETWORK, HASHES_PER_NETWORK
from .throttle import network_of

T = TypeVar("T")

MANY_LOG_INS = "Many people are logging in right now. Try again in a few seconds."
RETRY_AFTER = 5  # seconds


def in_a_thread(function: Callable[..., T], *args: object) -> T:
    """Call the function in a thread, so that other clients are served meanwhile."""
    return gevent.get_hub().threadpool.apply(function, args)


class HashQueue:
    """Calls functions that hash passwords, a few at a time, each in a thread.

    The hashes of a network wait in its own lane. Only the first ones of each lane wait for a free
    processor, so a login from another network waits for a few hashes, not for hundreds.
    """

    def __init__(self, run: Callable | None = None):
        self.run = run or in_a_thread
        self.lanes = ConcurrencyLimit(HASHES_AT_ONCE_PER_NETWORK)  # by network
        self.turn = Semaphore(HASHES_AT_ONCE)

    def __call__(self, function: Callable[..., T], *args: object) -> T:
        """Call the function at this network's turn.

        If the queue is full, raise TooManyRequests, or ServiceUnavailable if others have filled it.
        """
        network = network_of(request.remote_addr or "") if has_request_context() else ""
        if self.lanes.count(network) >= HASHES_PER_NETWORK:
            raise TooManyRequests(MANY_LOG_INS, retry_after=RETRY_AFTER)
        if self.lanes.total() >= HASHES:
            raise ServiceUnavailable(MANY_LOG_INS, retry_after=RETRY_AFTER)
        with self.lanes.slot(network), self.turn:
            return self.run(function, *args)
