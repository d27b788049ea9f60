"""G9: sessions end, whether anybody logs out or not; and their sockets end with them."""

import time
from collections.abc import Callable

import pytest

from tests.final.guarantees.probed import running_with
from tests.steps.people import Person, Socket, eventually

# Seconds. What is asked for in here is the server's answer to time, so time is what it takes.
IDLE, LIMIT, SWEEP = 3, 6, 0.25
KEPT = 600
SLACK = 1.5  # for a busy machine

PROBES = """
sockets.sio.eio.ping_interval = 0.2  # seconds: heartbeats that are seen in a test's time
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    settings = {"SESSION_IDLE": str(IDLE), "SESSION_LIMIT": str(LIMIT), "SWEEP_EVERY": str(SWEEP)}
    settings |= {"KEPT_IDLE": str(KEPT), "KEPT_LIMIT": str(KEPT)}
    with running_with(PROBES, tmp_path_factory.mktemp("probed"), **settings) as server:
        yield server


@pytest.fixture
def at_another_browser(ada: Person):
    """Log Ada in at one more browser."""

    def log_in(**fields: str) -> Person:
        there = ada.elsewhere()
        there.log_in(**fields)
        return there

    return log_in


def lasts(holds: Callable[[], bool], at_most: float) -> float:
    """Return for how many seconds it holds, at most."""
    begun = time.monotonic()
    eventually(lambda: not holds(), at_most)
    return time.monotonic() - begun


def test_g9_a_session_that_nobody_uses_ends_with_its_sockets(at_another_browser, connect):
    there = at_another_browser()
    lasted = (
        lasts(lambda: there_tab.is_open, IDLE + SWEEP + SLACK)
        if (there_tab := connect(there))
        else 0
    )
    assert lasted
