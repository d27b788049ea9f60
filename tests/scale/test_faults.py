"""Short runs of the fault experiments: nothing is lost or shown twice (G21, G26, G27)."""

import pytest
from playwright.sync_api import Browser

from final.domain.database import NO_DATABASE
from tools.cluster import what_is_missing
from tools.faults import experiment
from tools.faults.experiment import FAULTS
from tools.open_files import allow_open_files

PEOPLE = 40
SHORT = {"BEFORE": 2, "AWAY": 4, "AFTER": 2}  # seconds
# The longest delay in seconds: clients first reconnect, or ask again from time to time.
AT_MOST = {"one of two app processes is killed": 5, "Redis is killed": 35}


@pytest.fixture(autouse=True)
def in_short(monkeypatch):
    if problem := what_is_missing():
        pytest.skip(problem)
    allow_open_files(4 * PEOPLE)
    for name, seconds in SHORT.items():
        monkeypatch.setattr(experiment, name, seconds)


@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_is_lost_and_nothing_shown_twice(fault: str, browser: Browser):
    result = experiment.run(fault, seed=1, people=PEOPLE, per_second=10, browser=browser)
    assert result.sent > 10
    assert (result.lost, result.twice, result.strangers) == (0, 0, 0), result
    assert not result.disturbed
    assert result.longest < AT_MOST.get(fault, 60)
    if "MongoDB" in fault:
        assert f"connected: {NO_DATABASE}" in result.said
    assert result.said[-1] == "connected", "all is well again"
