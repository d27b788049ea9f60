"""G25: lists of people online, when two processes do something at the same moment."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
import requests

from tests.final.guarantees.probed import running_with
from tests.scale.group import Group, befriend
from tools import mongo
from tools.people import Person, Socket, eventually
from tools.redis import Redis
from tools.servers import KILL, App

GRACE_AND_MORE = 10  # seconds


class HeldGroup(Group):
    """Two processes that can be held at the moment when they learn that a user comes or leaves."""

    def hold(self, what: str, *numbers: int) -> Callable[[], bool]:
        """Hold these processes at that moment. Return a function that says whether all are held."""
        servers = [self.servers[number] for number in numbers]
        line = f"{what} is held"
        before = [server.printed.count(line) for server in servers]
        for server in servers:
            requests.post(f"{server.url}/probe/hold/{what}", timeout=30).raise_for_status()
        return lambda: all(
            server.printed.count(line) > times
            for server, times in zip(servers, before, strict=True)
        )

    def let_go(self) -> None:
        for server in self.servers:
            requests.post(f"{server.url}/probe/let-go", timeout=30).raise_for_status()


@pytest.fixture(scope="module")
def group(final: App, mongodb_uri: str, redis: Redis) -> Iterator[HeldGroup]:
    with mongo.new_database(mongodb_uri) as database, ExitStack() as stack:
        address = mongo.address(mongodb_uri, database)
        settings = {"DEMO": "0", "MONGODB_URI": address, "REDIS_URL": redis.url}
        group = HeldGroup(final, address, 0)
        for _ in range(2):
            server = running_with("presence", **settings)
            group.servers.append(stack.enter_context(server))
        yield group


@pytest.fixture
def grace(group: HeldGroup) -> Person:
    return group.person("Grace")


@pytest.fixture
def ears(group: HeldGroup, grace: Person, connect) -> list[Socket]:
    """Return the tabs of Grace's friend, one per process. Both processes know of both tabs."""
    ada = group.person("Ada")
    befriend(ada, grace)
    tabs = [connect(ada), connect(group.at(1, ada))]
    for tab in tabs:
        tab.wait_for("sockets", lambda told: told["count"] == 2)
    return tabs


def presence(socket: Socket) -> list[bool]:
    """Return the presence events that a socket got about its only friend, oldest first."""
    return [told["here"] for told in socket.all("presence")]


def test_g25_a_user_who_opens_tabs_in_two_processes_at_once_is_online_at_once(
    group: HeldGroup, grace: Person, ears: list[Socket], connect
):
    are_held = group.hold("arrive", 0, 1)
    for number in (0, 1):
        connect(group.at(number, grace))
    try:
        assert eventually(are_held)
        assert [presence(ear) for ear in ears] == [[], []]
    finally:
        group.let_go()
    for ear in ears:
        assert eventually(lambda ear=ear: presence(ear)[-1:] == [True], 5)
        assert False not in presence(ear)
        [listed] = ear.call("state", {"shown": []})["here"]
        assert listed["firstName"] == "Grace"


def test_g25_a_user_who_closes_tabs_in_two_processes_at_once_is_offline(
    group: HeldGroup, grace: Person, ears: list[Socket], connect
):
    tabs = [connect(group.at(number, grace)) for number in (0, 1)]
    for ear in ears:
        assert eventually(lambda ear=ear: presence(ear)[-1:] == [True])
    are_held = group.hold("leave", 0, 1)
    for tab in tabs:
        tab.close()
    try:
        assert eventually(are_held, GRACE_AND_MORE)
    finally:
        group.let_go()
    for ear in ears:
        assert eventually(lambda ear=ear: presence(ear)[-1] is False, 5)
        assert ear.call("state", {"shown": []})["here"] == []


def test_g25_a_user_who_goes_to_another_process_does_not_flicker(
    group: HeldGroup, grace: Person, ears: list[Socket], connect
):
    tab = connect(grace)
    for ear in ears:
        assert eventually(lambda ear=ear: presence(ear)[-1:] == [True])
    has_left, has_come = group.hold("leave", 0), group.hold("arrive", 1)
    tab.close()
    try:
        assert eventually(has_left, GRACE_AND_MORE)
        new = connect(group.at(1, grace))
        assert eventually(has_come)
    finally:
        group.let_go()
    new.wait_for("sockets")  # sent after the presence has been recorded
    for ear in ears:
        [listed] = ear.call("state", {"shown": []})["here"]
        assert listed["firstName"] == "Grace"
    new.close()  # this is announced later
    for ear in ears:
        assert eventually(lambda ear=ear: presence(ear)[-1] is False, GRACE_AND_MORE)
        assert presence(ear).count(False) == 1


def test_g25_a_user_with_a_tab_elsewhere_stays_online_when_a_process_is_killed(
    group: HeldGroup, grace: Person, ears: list[Socket], connect
):
    here, _ = ears
    tabs = [connect(group.at(number, grace)) for number in (0, 1)]
    assert eventually(lambda: presence(here)[-1:] == [True])
    tabs[0].wait_for("sockets", lambda told: told["count"] == 2)
    group.servers[1].stop(KILL)
    try:
        # The dead process is removed: the number of tabs falls, and presence is announced again.
        tabs[0].wait_for("sockets")
        assert eventually(lambda: tabs[0].all("sockets")[-1] == {"count": 1}, 15)
        [listed] = here.call("state", {"shown": []})["here"]
        assert listed["firstName"] == "Grace"
        assert False not in presence(here)
    finally:
        group.servers[1].start()
