"""Between processes: what one emits, the others hear by Redis, and pass on to their sockets.

Redis keeps nothing. What is published while a process cannot hear, it never hears; so nothing
relies on it. What matters is in the database first, and Redis only makes it seen sooner.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator

import gevent
import redis
import socketio
from redis.backoff import NoBackoff
from redis.retry import Retry

from .config import ConfigError
from .rooms import KnowsRooms

log = logging.getLogger(__name__)

PATIENCE = 1  # seconds for an answer of Redis
PAUSE = 1  # seconds until it is tried again
SILENCE = 5  # seconds after which Redis is asked whether it is still there
LOSS = "loss"  # is told when something may not have been
# Its client would try again by itself, for seconds, while a request waits that only wants to emit.
OPTIONS = {
    "socket_timeout": PATIENCE,
    "socket_connect_timeout": PATIENCE,
    "retry": Retry(NoBackoff(), 0),
}
ERRORS = (redis.RedisError, OSError)


class Bus(KnowsRooms, socketio.RedisManager):
    """The Socket.IO manager of an app in several processes: each has its own sockets and rooms.

    It publishes and listens as RedisManager does, but for what happens without Redis: nobody
    waits for it, each change is logged once, and who has missed something hears of it.
    """

    def __init__(self, url: str):
        try:
            if "sentinel" not in url.partition(":")[0]:
                redis.ConnectionPool.from_url(url)  # only parses the address
        except ValueError as error:
            raise ConfigError(f"REDIS_URL is not the address of a Redis: {error}.") from error
        super().__init__(url, redis_options=OPTIONS)
        self.own_channel = f"{self.channel}:two-doors"
        self.listeners: dict[str, Callable[[list[str]], None]] = {}  # by what is told
        self._retry_at = 0.0  # time.monotonic(), after Redis has failed
        self._is_down = False

    def tell(self, what: str, ids: Iterable[str] = ()) -> None:
        """Let the other processes know that something has changed, and of which ids it has."""
        message = {"from": self.host_id, "what": what, "ids": list(ids)}
        self._publish_on(self.own_channel, message)

    def answers(self) -> bool:
        """Say whether Redis is there."""
        try:
            return self._client().ping()
        except ERRORS:
            return False

    # What python-socketio wants of its manager.

    def _publish(self, data: dict) -> None:
        self._publish_on(self.channel, data)

    def _listen(self) -> Iterator[bytes]:
        """Yield what the others emit, for ever."""
        while True:
            try:
                yield from self._hear()
            except ERRORS as error:
                self._has_failed(error)
                gevent.sleep(PAUSE)

    # What is our own.

    def _publish_on(self, channel: str, data: dict) -> None:
        if time.monotonic() < self._retry_at:
            return
        try:
            self._client().publish(channel, json.dumps(data))
        except ERRORS as error:
            self._has_failed(error)
        else:
            self._has_answered()

    def _hear(self) -> Iterator[bytes]:
        client = self._client()  # kept so long: when it goes, it closes its connections
        with client.pubsub() as pubsub:
            pubsub.subscribe(self.channel, self.own_channel)
            is_asked = False
            while True:
                message = pubsub.get_message(timeout=SILENCE)
                if message:
                    self._has_answered()
                elif is_asked:
                    raise redis.TimeoutError("it is silent")
                else:
                    pubsub.ping()
                is_asked = message is None
                if message and message["type"] == "message":
                    if message["channel"].decode() == self.channel:
                        yield message["data"]
                    else:
                        self._hear_of(json.loads(message["data"]))

    def _hear_of(self, message: dict) -> None:
        if message["from"] == self.host_id:
            return
        try:
            self.listeners[message["what"]](message["ids"])
        except Exception:
            log.exception("what another process has told is not done")

    def _client(self) -> redis.Redis:
        if not self.connected:
            self._redis_connect()
        return self.redis

    def _has_failed(self, error: Exception) -> None:
        self._retry_at = time.monotonic() + PAUSE
        self.connected = False
        if not self._is_down:
            self._is_down = True
            log.warning("Redis does not answer, what happens elsewhere comes late: %s", error)

    def _has_answered(self) -> None:
        """If it had not before: this process may have missed something, and the others, too."""
        if self._is_down:
            self._is_down = False
            self._retry_at = 0.0
            log.warning("Redis is back")
            self.listeners[LOSS]([])
            self.tell(LOSS)
