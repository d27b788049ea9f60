"""Fixtures for the tests of all twins: starting a twin, and a database for it."""

from collections.abc import Iterator

import pytest

from tests.benchmarks.twins import Twin
from tools.mongo import address, new_database, real_mongodb
from tools.mongod import why_none


@pytest.fixture
def start(command: list[str]):
    """Yield a function that starts a twin with these settings. Stop all twins after the test."""
    twins: list[Twin] = []

    def start_one(**settings: str) -> Twin:
        twins.append(Twin(command, **settings))
        twins[-1].start()
        return twins[-1]

    yield start_one
    for twin in twins:
        twin.close()


@pytest.fixture
def uri() -> Iterator[str]:
    """Yield the address of an empty database in a real MongoDB."""
    with real_mongodb() as server:
        if not server:
            pytest.skip(why_none())
        with new_database(server) as database:
            yield address(server, database)
