"""What the tests of final/ share."""

import pytest

from tests.steps.servers import our_apps, running


@pytest.fixture(scope="session")
def final():
    """The app of final/, to be started with settings of one's own."""
    return our_apps()[-1]


@pytest.fixture(scope="session")
def server(final):
    with running(final) as server:
        yield server
