"""Redis for an app that doesn't wait for it: the client, and the manager for python-socketio."""

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import gevent
import redis
import socketio
from redis.backoff import ConstantBackoff, NoBackoff
from redis.retry import Retry
from redis.sentinel import Sentinel

if TYPE_CHECKING:
    from .bus import Bus

TIMEOUT = 1  # seconds to wait for an answer of Redis
RETRY_EVERY = 1  # seconds between attempts to reach Redis again
TIMEOUTS = {"socket_timeout": TIMEOUT, "socket_connect_timeout": TIMEOUT}
SENTINEL = "redis+sentinel"  # scheme of a URL


class RedisManager(socketio.RedisManager):
    """python-socketio's manager, for an app that doesn't wait while Redis is down.

    An emit reaches the sockets of this process immediately. It reaches those of other processes
    if Redis takes it within TIMEOUT. After a failure, emits stay local until Redis is back.
    """

    # python-socketio would ask the other processes about a socket that has just closed. But a
    # socket enters and leaves rooms only in its own process.
    enter_room = socketio.Manager.enter_room
    leave_room = socketio.Manager.leave_room

    def __init__(self, bus: "Bus", url: str, channel: str):
        # Let redis-py reconnect and subscribe again, however often it takes. After a few attempts
        # of its own, python-socketio would try only once a minute.
        options = TIMEOUTS | {"retry": Retry(ConstantBackoff(RETRY_EVERY), -1)}
        super().__init__(url, channel=channel, redis_options=options)
        self.bus = bus
        self.is_listening = False

    def initialize(self) -> None:
        """Start listening. Do nothing if the server calls this again, for its first socket."""
        if not self.is_listening:
            self.is_listening = True
            super().initialize()

    def emit(self, *args, ignore_queue: bool = False, **options) -> None:
        """Send an event in this process and, unless `ignore_queue`, in the other processes."""
        if ignore_queue or not self.bus.is_up:
            super().emit(*args, ignore_queue=True, **options)
            return
        with gevent.Timeout(TIMEOUT, False):
            super().emit(*args, **options)  # first here, then through Redis
            return
        self.bus.mark_down(f"it took longer than {TIMEOUT} s")


def client_of(url: str) -> redis.Redis:
    """Return a client of the Redis at this URL, not connected yet. Raise ValueError for other URLs.

    A URL with Sentinels looks as for socketio.RedisManager:
    redis+sentinel://user:password@host:port,host:port/0/service.
    """
    options: dict[str, Any] = TIMEOUTS | {"retry": Retry(NoBackoff(), 0)}
    parts = urlsplit(url)
    if parts.scheme != SENTINEL:
        return redis.Redis.from_url(url, **options)
    hosts = [each.rpartition(":") for each in parts.netloc.rpartition("@")[2].split(",")]
    number, _, service = parts.path.removeprefix("/").partition("/")
    if not service:
        raise ValueError("it names no service")
    options |= {"db": int(number or 0), "username": parts.username, "password": parts.password}
    sentinels = [(host, int(port)) for host, _, port in hosts]
    return Sentinel(sentinels, **options).master_for(service)
