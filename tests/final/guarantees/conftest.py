"""What the tests of the guarantees share."""

import time

import pytest

from tests.steps.conftest import complaints as complaints
from tests.steps.conftest import connect as connect
from tests.steps.conftest import open_tab as open_tab
from tests.steps.conftest import someone as someone
from tools.people import eventually

WINDOW, ROOM = 15 * 60, 30  # seconds


@pytest.fixture
def its_server(server):
    """The server at which people sign up, and to which sockets connect."""
    return server


@pytest.fixture
def one_window():
    """Wait if a new quarter of an hour is about to begin.

    `limits` counts in windows of the wall clock. At the start of a window it allows one try more,
    because the tries in the window before count a little less with every second.
    """
    assert eventually(lambda: WINDOW - time.time() % WINDOW > ROOM, 2 * ROOM)
