"""The databases on which the domain is tested: the embedded one, and a real MongoDB."""

import threading
from concurrent.futures import ThreadPoolExecutor

import mongomock
import pytest

from tests import mongo


@pytest.fixture(scope="session")
def mongodb_uri():
    with mongo.real_mongodb() as uri:
        if uri is None:
            pytest.skip(mongo.HOW_TO_GET_ONE)
        yield uri


@pytest.fixture
def mongodb(mongodb_uri):
    """A new database on a real MongoDB.

    What happens at the same moment is tested on this one alone: mongomock is not atomic under
    threads, and need not be, as final/ never lets two of them into it.
    """
    with mongo.new_database(mongodb_uri) as database:
        yield database


@pytest.fixture(params=["embedded", "mongodb"])
def database(request):
    """A new database of either kind."""
    if request.param == "mongodb":
        return request.getfixturevalue("mongodb")
    return mongomock.MongoClient(tz_aware=True).test


@pytest.fixture
def at_once():
    """Call functions at the same moment, each in a thread, and return what they return.

    Each call is (function, argument, ...).
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
