"""Fixtures for the tests of final/: the app, a running server and the databases."""

import mongomock
import pytest

from tools import mongo, mongod
from tools.servers import our_apps, running


@pytest.fixture(scope="session")
def final():
    """Return the app of final/, for tests that start it with their own settings."""
    return our_apps()[-1]


@pytest.fixture(scope="session")
def server(final):
    with running(final) as server:
        yield server


@pytest.fixture(scope="session")
def mongodb_uri():
    with mongo.real_mongodb() as uri:
        if uri is None:
            pytest.skip(mongod.why_none())
        yield uri


@pytest.fixture
def mongodb(mongodb_uri):
    """Yield a new database on a real MongoDB.

    Only this database is used to test concurrent operations. mongomock isn't atomic under
    threads, and it needn't be, because final/ never lets two threads use it at the same time.
    """
    with mongo.new_database(mongodb_uri) as database:
        yield database


@pytest.fixture(params=["embedded", "mongodb"])
def database(request):
    """Return a new database. Each test runs twice: on mongomock and on a real MongoDB."""
    if request.param == "mongodb":
        return request.getfixturevalue("mongodb")
    return mongomock.MongoClient(tz_aware=True).test
