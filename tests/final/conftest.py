"""What the tests of final/ share: a server, and the databases."""

import mongomock
import pytest

from tools import mongo, mongod
from tools.servers import our_apps, running


@pytest.fixture(scope="session")
def final():
    """The app of final/, to be started with settings of one's own."""
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
