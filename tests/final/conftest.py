"""What the tests of final/ share."""

import pytest

from tests.steps.people import Person
from tests.steps.servers import Server, our_apps, running


@pytest.fixture(scope="session")
def final():
    """The app of final/, to be started with settings of one's own."""
    return our_apps()[-1]


@pytest.fixture(scope="session")
def server(final):
    with running(final) as server:
        yield server


@pytest.fixture
def ada(server: Server) -> Person:
    person = Person(server.url, "Ada", "Lovelace")
    person.sign_up()
    return person
