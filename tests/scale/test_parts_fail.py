"""A process (G25) or Redis (G26) fails and comes back."""

import signal
import time
from collections.abc import Iterator

import pytest
import requests
from redis import StrictRedis

from final.cluster.processes import HEARTBEAT_EVERY, LEASE
from tests.scale.group import Group, befriend, is_heard
from tools import mongo
from tools.people import PASSWORD, Person, Socket, eventually
from tools.redis import Redis
from tools.servers import KILL, App, running

DELAY = LEASE + 2 * HEARTBEAT_EVERY + 2  # seconds to remove a dead process on a busy machine
LONG_OUTAGE = 8  # seconds; RedisManager alone would then hear nothing for another 7


@pytest.fixture(autouse=True)
def whole_again(group: Group, redis: Redis) -> Iterator[None]:
    """Restart Redis and the processes after a test that has stopped them."""
    yield
    if redis.process is None:
        redis.start()
    for server in group.servers:
        if server.process is None:
            server.start()


def texts(socket: Socket) -> list[str]:
    return [comment["text"] for comment in socket.all("comment")]


def presence(socket: Socket) -> list[bool]:
    """Return the `here` values of the presence events that a socket got, oldest first."""
    return [told["here"] for told in socket.all("presence")]


# A process.


def test_g25_users_of_a_killed_process_go_offline(group: Group, ada, grace, connect):
    to_ada, phone = connect(ada), connect(group.at(1, ada))
    to_ada.wait_for("sockets", lambda told: told["count"] == 2)
    to_grace = connect(grace)
    assert eventually(lambda: presence(to_ada) == [True])
    group.servers[1].stop(KILL)
    assert phone.wait_until_closed(5)
    assert to_grace.wait_until_closed(5)
    assert eventually(lambda: presence(to_ada) == [True, False], DELAY)
    assert eventually(lambda: to_ada.all("sockets")[-1] == {"count": 1}, DELAY)
    assert to_ada.call("state", {"shown": []})["here"] == []
    assert ada.post("/wave").json() == {"sockets": 1}


def test_g25_a_user_who_returns_at_the_other_process_was_never_offline(
    group: Group, ada, grace, connect
):
    to_ada = connect(ada)
    to_grace = connect(grace)
    assert eventually(lambda: presence(to_ada) == [True])
    group.servers[1].stop(KILL)
    assert to_grace.wait_until_closed(5)
    connect(group.at(0, grace))
    group.servers[1].start()
    others = group.person("Hedy", at=1)  # her event comes after the dead process is removed
    assert eventually(lambda: buried(group), DELAY)
    befriend(others, ada)
    connect(others)
    assert eventually(lambda: len({told["id"] for told in to_ada.all("presence")}) == 2)
    assert False not in presence(to_ada)


def buried(group: Group) -> bool:
    """Return whether the database lists only the two living processes."""
    with mongo.database_at(group.mongodb_uri) as database:
        return database.processes.count_documents({}) == 2


def test_g25_a_reload_at_another_process_does_not_make_a_friend_flicker(
    group: Group, ada, grace, connect
):
    to_ada = connect(ada)
    for number in (0, 1, 0, 1):
        page = connect(group.at(number, grace))
        page.wait_for("sockets")
        page.close()
    alan = group.person("Alan", at=1)
    befriend(alan, ada)
    connect(alan)  # this event comes later
    assert eventually(lambda: len({told["id"] for told in to_ada.all("presence")}) == 2)
    assert False not in presence(to_ada)
    assert eventually(lambda: presence(to_ada)[-1] is False, 10), (
        "once she has left, she is offline"
    )


# Redis.


def test_g26_without_redis_users_of_one_process_hear_each_other_and_others_catch_up(
    group: Group, redis: Redis, ada, grace, connect
):
    here = group.person("Hedy")
    befriend(ada, here)
    to_here, to_there = connect(here), connect(grace)
    printed_before = [len(server.printed) for server in group.servers]
    redis.stop()
    begun = time.monotonic()
    ada.post("/comments", {"text": "While Redis is gone."})
    to_here.wait_for("comment")
    assert time.monotonic() - begun < 3, "nobody waits for Redis"
    caught_up = to_there.call("notifications", {"after": None})["notifications"]
    assert [comment["text"] for comment in caught_up] == ["While Redis is gone."]
    assert texts(to_there) == []
    health = requests.get(f"{group.servers[0].url}/healthz", timeout=30)
    assert (health.status_code, health.json()["redis"]) == (200, "does not answer")

    redis.start()
    to_there.wait_for("look")  # clients that may have missed events get this event
    to_here.wait_for("look")
    ada.post("/comments", {"text": "When it is back."})
    assert eventually(lambda: texts(to_there) == ["When it is back."])
    for server, before in zip(group.servers, printed_before, strict=True):
        printed = server.printed[before:]
        assert printed.count("Redis does not answer") == 1, "it is logged once"
        assert printed.count("Redis is back") == 1
        assert "Traceback" not in printed


def test_g25_a_process_hears_the_others_before_it_has_a_socket(
    final: App, mongodb_uri: str, redis: Redis
):
    client = StrictRedis.from_url(redis.url)
    with mongo.new_database(mongodb_uri) as database:
        address = mongo.address(mongodb_uri, database)
        with running(final, DEMO="0", MONGODB_URI=address, REDIS_URL=redis.url):
            assert eventually(lambda: len(client.pubsub_channels(f"*{database.name}*")) == 2)


def test_g25_the_first_socket_of_a_process_does_not_make_it_listen_again(
    final: App, mongodb_uri: str, redis: Redis, connect
):
    """python-socketio would do so, and its two listeners would keep disconnecting each other."""
    client = StrictRedis.from_url(redis.url)
    with mongo.new_database(mongodb_uri) as database:
        address = mongo.address(mongodb_uri, database)
        with running(final, DEMO="0", MONGODB_URI=address, REDIS_URL=redis.url) as server:
            assert eventually(lambda: len(client.pubsub_channels(f"*{database.name}*")) == 2)
            before = listeners(client)
            ada = Person(server.url, "Ada", "Lovelace")
            ada.sign_up()
            connect(ada).wait_for("sockets")
            assert listeners(client) == before


def listeners(client: StrictRedis) -> set[str]:
    """Return the IDs of the connections that listen to Redis."""
    return {each["id"] for each in client.client_list(_type="pubsub")}


def test_g26_the_sweeper_finds_a_logout_that_redis_did_not_carry(
    group: Group, redis: Redis, ada, connect
):
    there = connect(group.at(1, ada))
    redis.stop()
    ada.log_out()
    assert there.call("session") in ({"error": "log in first"}, None)
    assert there.wait_until_closed(15)  # SWEEP_EVERY is 10 seconds


def test_g26_after_a_long_outage_of_redis_everything_is_soon_live_again(
    group: Group, redis: Redis, ada, grace, connect
):
    to_there = connect(grace)
    redis.stop()
    begun = time.monotonic()
    while time.monotonic() - begun < LONG_OUTAGE:
        health = requests.get(f"{group.servers[0].url}/healthz", timeout=30)
        assert (health.status_code, health.json()["redis"]) == (200, "does not answer")
    redis.start()
    begun = time.monotonic()
    assert eventually(lambda: is_heard(ada, to_there))
    assert time.monotonic() - begun < 4


def test_g26_a_process_that_starts_without_redis_joins_the_others_when_it_is_there(
    group: Group, redis: Redis, connect
):
    redis.stop()
    for server in group.servers:
        server.stop()
        server.start()
    ada, grace = group.person("Ada"), group.person("Grace", at=1)
    befriend(ada, grace)
    to_grace = connect(grace)
    redis.start()
    to_grace.wait_for("look")
    assert eventually(lambda: is_heard(ada, to_grace))


def test_g26_closing_a_socket_that_has_just_gone_does_not_wait_for_redis(
    group: Group, redis: Redis, ada, connect
):
    gone, tab = connect(ada), connect(ada)
    redis.stop()
    fields = {"password": PASSWORD, "new_password": "another one of hers"}
    assert ada.post("/account/password", fields).ok
    gone.close()  # the server closes both a second later, in the order in which they opened
    assert tab.wait_until_closed(3)


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="Windows cannot hold a process")
def test_g26_a_hanging_redis_delays_no_one(group: Group, redis: Redis, ada, grace, connect):
    here = group.person("Hedy")
    befriend(ada, here)
    to_here, to_there = connect(here), connect(grace)
    redis.process.send_signal(signal.SIGSTOP)
    try:
        begun = time.monotonic()
        for number in range(5):
            assert ada.post("/comments", {"text": f"Comment {number}"}).status_code == 201
        assert time.monotonic() - begun < 5
        assert eventually(lambda: len(texts(to_here)) == 5)
        to_there.call("state", {"shown": []})
    finally:
        redis.process.send_signal(signal.SIGCONT)
    to_there.wait_for("look")
    assert eventually(lambda: is_heard(ada, to_there), 20)


@pytest.fixture
def group_without_redis(final: App, mongodb_uri: str) -> Iterator[Group]:
    with mongo.new_database(mongodb_uri) as database:
        group = Group(final, mongo.address(mongodb_uri, database), 2)
        try:
            group.start()
            yield group
        finally:
            group.close()


def test_without_redis_url_pages_catch_up_and_the_log_says_so_once(
    group_without_redis: Group, connect
):
    group = group_without_redis
    ada, grace = group.person("Ada"), group.person("Grace", at=1)
    befriend(ada, grace)
    to_grace = connect(grace)
    ada.post("/comments", {"text": "By way of the database."})
    caught_up = to_grace.call("notifications", {"after": None})["notifications"]
    assert [comment["text"] for comment in caught_up] == ["By way of the database."]
    assert texts(to_grace) == []
    warning = "another process serves the same database, and there is no REDIS_URL"
    for server in group.servers:
        assert eventually(lambda server=server: warning in server.printed)
    connect(ada).call("session")  # some time for a second warning
    for server in group.servers:
        assert server.printed.count(warning) == 1
