"""Redis behind Sentinels, which know its address (G26)."""

from collections.abc import Iterator

import pytest

from final.cluster.bus import Bus
from final.settings.config import ConfigError
from tests.scale.group import Group, befriend, is_heard
from tools import mongo
from tools.people import eventually
from tools.redis import Redis, Sentinel
from tools.servers import App


@pytest.fixture
def sentinel(redis: Redis) -> Iterator[Sentinel]:
    sentinel = Sentinel(redis)
    try:
        sentinel.start()
        yield sentinel
    finally:
        sentinel.close()


def test_g26_processes_find_redis_through_a_sentinel_and_again_after_an_outage(
    final: App, mongodb_uri: str, redis: Redis, sentinel: Sentinel, connect
):
    with mongo.new_database(mongodb_uri) as database:
        group = Group(final, mongo.address(mongodb_uri, database), 2, REDIS_URL=sentinel.url)
        try:
            group.start()
            ada, grace = group.person("Ada"), group.person("Grace", at=1)
            befriend(ada, grace)
            to_grace = connect(grace)
            assert is_heard(ada, to_grace)
            redis.stop()
            redis.start()
            to_grace.wait_for("look")
            assert eventually(lambda: is_heard(ada, to_grace))
        finally:
            group.close()


@pytest.mark.parametrize(
    "address", ["", "/0/main", "127.0.0.1/0/main", "127.0.0.1:1/0", "h:1,h:port/0/main"]
)
def test_g33_a_malformed_address_of_a_sentinel_is_refused(address: str):
    with pytest.raises(ConfigError, match=r"^REDIS_URL is not the address of a Redis: "):
        Bus(f"redis+sentinel://{address}", "two_doors")


def test_the_address_of_a_sentinel_may_have_a_password_and_several_hosts():
    bus = Bus("redis+sentinel://ada:secret@one:1,[::1]:2/3/main", "two_doors")
    options = bus.client.get_connection_kwargs()
    assert (options["username"], options["password"], options["db"]) == ("ada", "secret", 3)
