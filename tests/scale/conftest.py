"""Fixtures for the tests of several processes: two that share a database and a Redis."""

from collections.abc import Iterator

import pytest

from tests.final.conftest import final as final
from tests.final.conftest import mongodb_uri as mongodb_uri
from tests.scale.group import Group, befriend
from tools import mongo, programs
from tools.people import Person, Socket
from tools.redis import Redis
from tools.servers import App


@pytest.fixture(scope="session")
def redis_program() -> str:
    program = programs.find("redis-server")
    if program is None:
        pytest.skip(programs.how_to_get(["redis-server"]))
    return program


@pytest.fixture(scope="module")
def redis(redis_program: str) -> Iterator[Redis]:
    redis = Redis(redis_program)
    try:
        redis.start()
        yield redis
    finally:
        redis.close()


@pytest.fixture(scope="module")
def group(final: App, mongodb_uri: str, redis: Redis) -> Iterator[Group]:
    """Run two processes of the app that share a database and a Redis."""
    with mongo.new_database(mongodb_uri) as database:
        group = Group(final, mongo.address(mongodb_uri, database), 2, REDIS_URL=redis.url)
        try:
            group.start()
            yield group
        finally:
            group.close()


@pytest.fixture
def ada(group: Group) -> Person:
    return group.person("Ada")


@pytest.fixture
def grace(group: Group, ada: Person) -> Person:
    """Return a friend of Ada's who uses the other process."""
    grace = group.person("Grace", at=1)
    befriend(ada, grace)
    return grace


@pytest.fixture
def connect() -> Iterator:
    """Yield a function that opens sockets at a person's process. Close them after the test."""
    sockets: list[Socket] = []

    def open_socket(person: Person, transport: str = "websocket") -> Socket:
        sockets.append(Socket(person, transport))
        return sockets[-1]

    yield open_socket
    for socket in sockets:
        socket.close()
