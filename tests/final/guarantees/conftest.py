"""What the tests of the guarantees share."""

import pytest

from tests.steps.conftest import complaints as complaints
from tests.steps.conftest import connect as connect
from tests.steps.conftest import open_tab as open_tab
from tests.steps.conftest import someone as someone


@pytest.fixture
def its_server(server):
    """The server at which people sign up, and to which sockets connect."""
    return server
