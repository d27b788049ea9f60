"""An instance under gunicorn stops cleanly, with or without its database."""

import time
from collections.abc import Iterator

import pytest

from final.server.wsgi import GRACEFUL_TIMEOUT
from tools.cluster import Cluster, running_cluster, what_is_missing
from tools.cluster.instance import Instance
from tools.people import BOTH_TRANSPORTS, Person, Socket
from tools.servers import TERMINATE, signal_group


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    if problem := what_is_missing():
        pytest.skip(problem)
    with running_cluster(instances=1) as cluster:
        yield cluster


@pytest.fixture
def instance(cluster: Cluster) -> Instance:
    """Return an instance that has hashed passwords and has two open sockets."""
    [instance] = cluster.instances
    ada = Person(instance.url, "Ada", "Lovelace")
    ada.sign_up()
    ada.elsewhere().log_in(password="not the password")
    for transport in BOTH_TRANSPORTS:
        Socket(ada, transport).wait_for("sockets")
    return instance


def end(instance: Instance) -> int:
    """Signal the instance to stop, and return its exit code."""
    signal_group(instance.process, TERMINATE)
    return instance.process.wait(2 * GRACEFUL_TIMEOUT)


def test_it_ends_without_complaint(instance: Instance):
    begun = time.monotonic()
    assert end(instance) == 0
    assert time.monotonic() - begun < GRACEFUL_TIMEOUT / 2
    assert "socket closed" in instance.printed
    for complaint in "Traceback", "ERROR", "WARNING":
        assert complaint not in instance.printed


def test_without_its_database_it_ends_too(cluster: Cluster, instance: Instance):
    cluster.mongod.kill()
    assert end(instance) == 0
    assert "Traceback" not in instance.printed
