"""final/ as the benchmarks run it keeps the contract of step 04, in memory and on MongoDB."""

import sys

import pytest

from tests.benchmarks.twins import (
    NOT_IN_A_BROWSER,
    expect_4_people_of_whom_2_are_friends_of_the_first,
    run_checks,
)
from tools.people import Person


@pytest.fixture
def command() -> list[str]:
    return [sys.executable, "-m", "benchmarks.ours"]


@pytest.fixture(params=["memory", "mongodb"])
def settings(request) -> dict[str, str]:
    if request.param == "memory":
        return {}
    return {"MONGODB_URI": request.getfixturevalue("uri")}


def test_it_keeps_the_contract(settings, start):
    """Leave out the checks in a browser, because the pages are those of final/."""
    ours = start(PANEL="1", **settings)  # the panel has the buttons that the checks press
    checks = run_checks(ours, *NOT_IN_A_BROWSER)
    if checks.failed:
        pytest.fail(checks.message, pytrace=False)


def test_people_who_are_made_up_can_log_in_and_are_friends(settings, start):
    ours = start(SEED_PEOPLE="4", SEED_FRIENDS="2", **settings)
    expect_4_people_of_whom_2_are_friends_of_the_first(ours)


def test_people_who_were_made_up_before_are_not_made_up_again(uri, start):
    for _ in range(2):
        ours = start(MONGODB_URI=uri, SEED_PEOPLE="2", SEED_FRIENDS="1")
        person = Person(ours.url, "Person", "0")
        person.email = "person-0@example.org"
        assert person.log_in().status_code == 302
        ours.stop()


def test_a_crowd_can_log_in_from_one_address(settings, start):
    ours = start(SEED_PEOPLE="300", **settings)
    for number in range(300):
        person = Person(ours.url, "Person", str(number))
        person.email = f"person-{number}@example.org"
        assert person.log_in().status_code == 302


def test_it_runs_as_in_production(start):
    ours = start(SEED_PEOPLE="1")
    page = Person(ours.url, "Person", "0").get("/").text
    assert "look-around" not in page, "the demo is off"
    assert "DEBUG" not in ours.printed
