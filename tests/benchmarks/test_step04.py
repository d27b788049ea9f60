"""Step 04 as the benchmarks run it begins with people. Other tests cover its contract."""

import sys

import pytest

from tests.benchmarks.twins import expect_4_people_of_whom_2_are_friends_of_the_first


@pytest.fixture
def command() -> list[str]:
    return [sys.executable, "-m", "benchmarks.step04"]


def test_people_who_are_made_up_can_log_in_and_are_friends(start):
    expect_4_people_of_whom_2_are_friends_of_the_first(start(SEED_PEOPLE="4", SEED_FRIENDS="2"))


def test_they_are_there_on_mongodb_too(start, uri: str):
    twin = start(SEED_PEOPLE="4", SEED_FRIENDS="2", MONGODB_URI=uri)
    expect_4_people_of_whom_2_are_friends_of_the_first(twin)
