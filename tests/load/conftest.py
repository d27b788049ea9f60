"""What the tests under load share: the app, and a real MongoDB."""

import pytest

from tests.final.conftest import final as final
from tests.final.conftest import mongodb as mongodb
from tests.final.conftest import mongodb_uri as mongodb_uri
from tools import mongo


@pytest.fixture
def mongodb_address(mongodb_uri: str, mongodb) -> str:
    """The address of `mongodb`, the test's new database, for a server."""
    return mongo.address(mongodb_uri, mongodb)
