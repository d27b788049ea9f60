"""Two processes of an app, with the MongoDB and the Redis that join them, for step 07's scene."""

import contextlib
import sys
from collections.abc import Iterator

import redis

from tools import programs
from tools.mongo import Mongod
from tools.mongod import find_program, why_none
from tools.people import eventually
from tools.redis import Redis
from tools.servers import App, Server

CHANNEL = "socketio"  # on which python-socketio's RedisManager listens


class Pair:
    """Two processes of an app that share MongoDB and Redis. A pair acts like its first one."""

    def __init__(self, first: Server, second: Server, redis: Redis):
        self.first, self.second, self.redis = first, second, redis
        self.url = first.url

    @property
    def printed(self) -> str:
        return self.first.printed

    def wait_until_joined(self) -> None:
        """Wait until both processes listen to Redis."""

        def is_joined() -> bool:
            with redis.Redis.from_url(self.redis.url) as client:
                return client.pubsub_numsub(CHANNEL)[0][1] == 2

        if not eventually(is_joined, 30):
            raise RuntimeError("the processes don't listen to Redis")


@contextlib.contextmanager
def running_pair(app: App) -> Iterator[Pair]:
    """Start MongoDB, Redis and two processes of an app, and stop everything at the end."""
    program, redis_program = find_program(), programs.find("redis-server")
    if not program:
        sys.exit(f"Two processes need a MongoDB: {why_none()}.")
    if not redis_program:
        sys.exit(f"Two processes need Redis: {programs.how_to_get(['redis-server'])}.")
    with contextlib.ExitStack() as parts:

        def started(part):
            parts.callback(part.close)
            part.start()
            return part

        mongod, joining = started(Mongod(program)), started(Redis(redis_program))
        settings = {"MONGODB_URI": mongod.uri, "REDIS_URL": joining.url}
        first, second = (started(Server(app, **settings)) for _ in range(2))
        yield Pair(first, second, joining)
