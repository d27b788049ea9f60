"""Fixtures that the guarantee tests share."""

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
    """Return the server where people sign up and sockets connect."""
    return server


@pytest.fixture
def one_window():
    """Wait if a new 15-minute window is about to begin.

    `limits` aligns its windows with the wall clock. At the start of a window, it allows one more
    attempt, because attempts in the previous window count a little less every second.
    """
    assert eventually(lambda: WINDOW - time.time() % WINDOW > ROOM, 2 * ROOM)
