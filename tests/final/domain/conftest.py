"""Fixtures for the tests of the domain: posts, and calls at the same moment."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from final.domain.posts import Posts


@pytest.fixture
def posts(database) -> Posts:
    return Posts(database.posts)


@pytest.fixture
def at_once():
    """Return a function that makes several calls at the same moment, and returns their results.

    Each call is (function, argument, ...), and runs in a thread of its own.
    """

    def call_all(*calls: tuple) -> list:
        barrier = threading.Barrier(len(calls))

        def make(call: tuple):
            function, *arguments = call
            barrier.wait(timeout=30)
            return function(*arguments)

        with ThreadPoolExecutor(len(calls)) as threads:
            return list(threads.map(make, calls))

    return call_all
