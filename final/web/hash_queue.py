"""The queue for password hashes. A flood from one network doesn't delay the others."""

from collections.abc import Callable
from typing import TypeVar

import gevent
from flask import has_request_context, request
from gevent.lock import Semaphore

from ..settings.quotas import HASHES, HASHES_AT_ONCE, HASHES_AT_ONCE_PER_NETWORK, HASHES_PER_NETWORK
from .throttle import network_of

T = TypeVar("T")

MANY_LOG_INS = "Many people are logging in right now. Try again in a few seconds."
RETRY_AFTER = 5  # seconds


class TooManyHashes(Exception):
    """The queue is full. `status` is the HTTP status of the answer.

    It's 429 if the visitor's own network has filled its share, else 503.
    """

    def __init__(self, status: int):
        super().__init__(MANY_LOG_INS)
        self.status = status


def in_a_thread(function: Callable[..., T], *args: object) -> T:
    """Call the function in a thread, so that other clients are served meanwhile."""
    return gevent.get_hub().threadpool.apply(function, args)


class Lane:
    """The hashes of one network."""

    def __init__(self):
        self.count = 0  # waiting and running
        self.turn = Semaphore(HASHES_AT_ONCE_PER_NETWORK)


class HashQueue:
    """Calls functions that hash passwords, a few at a time, each in a thread.

    The hashes of a network wait in its own lane. Only the first ones of each lane wait for a free
    processor, so a login from another network waits for a few hashes, not for hundreds.
    """

    def __init__(self, run: Callable | None = None):
        self.run = run or in_a_thread
        self.count = 0  # waiting and running
        self.turn = Semaphore(HASHES_AT_ONCE)
        self.lanes: dict[str, Lane] = {}  # by network; only those with hashes

    def __call__(self, function: Callable[..., T], *args: object) -> T:
        """Wait for this network's turn, and return what the function returns.

        Raise TooManyHashes if the queue is full.
        """
        network = network_of(request.remote_addr or "") if has_request_context() else ""
        lane = self.lanes.get(network) or Lane()
        if lane.count >= HASHES_PER_NETWORK:
            raise TooManyHashes(429)
        if self.count >= HASHES:
            raise TooManyHashes(503)
        self.lanes[network] = lane
        lane.count += 1
        self.count += 1
        try:
            with lane.turn, self.turn:
                return self.run(function, *args)
        finally:
            lane.count -= 1
            self.count -= 1
            if not lane.count:
                del self.lanes[network]
