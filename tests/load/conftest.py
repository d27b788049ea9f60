"""Fixtures for the load tests: the app and a real MongoDB."""

import pytest

from tests.final.conftest import final as final
from tests.final.conftest import mongodb as mongodb
from tests.final.conftest import mongodb_uri as mongodb_uri
from tools import mongo


@pytest.fixture
def mongodb_address(mongodb_uri: str, mongodb) -> str:
    """Return the address of `mongodb`, the test's new database, for a server's settings."""
    return mongo.address(mongodb_uri, mongodb)
