"""The effects of sticky routing and of Redis: two processes with either, both or neither.

tools/cluster/routing.py has the expected results as a table.
"""

from collections.abc import Iterator

import pytest

from tests.scale.group import befriend
from tools.cluster import Cluster, running_cluster, what_is_missing
from tools.cluster.routing import IMMEDIATELY, NO, SETTINGS, YES, Setting
from tools.people import Person, Socket, polling_address


@pytest.fixture(params=SETTINGS, ids=lambda each: f"sticky={each.sticky} redis={each.redis}")
def setting(request) -> Setting:
    return request.param


@pytest.fixture
def cluster(setting: Setting) -> Iterator[Cluster]:
    if problem := what_is_missing():
        pytest.skip(problem)
    with running_cluster(redis=setting.redis, sticky=setting.sticky, PANEL="1") as cluster:
        yield cluster


def test_what_becomes_of_sockets(cluster: Cluster, setting: Setting):
    ada, grace = (Person(cluster.url, name, "Someone") for name in ("Ada", "Grace"))
    for person in ada, grace:
        assert person.sign_up().status_code == 302
    befriend(ada, grace)
    socket = Socket(grace)
    assert socket.is_open, "a WebSocket is one request: it needs no routing"
    assert polling(grace) == setting.polling

    process = socket.call("panel", {})["process"]
    [other] = [each for each in cluster.instances if not process.endswith(f":{each.port}")]
    there = ada.with_old_cookie()
    there.url = other.url
    there.post("/comments", {"text": "From the other process."})
    if setting.news == IMMEDIATELY:
        socket.wait_for("comment")
    else:
        here = grace.with_old_cookie()
        [here.url] = {each.url for each in cluster.instances} - {other.url}
        here.post("/wave")  # this event comes later
        socket.wait_for("wave")
        assert socket.all("comment") == []
    missed = socket.call("notifications", {"after": None})["notifications"]
    assert [comment["text"] for comment in missed] == ["From the other process."]
    socket.close()


def polling(person: Person) -> str:
    """Return YES if the second request of each long-polling socket succeeds, and NO otherwise."""
    seconds = [person.http.post(polling_address(person), data="40", timeout=30) for _ in range(4)]
    return YES if {answer.status_code for answer in seconds} == {200} else NO
