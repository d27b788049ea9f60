"""Between processes: what one emits, the others hear by Redis, and pass on to their sockets.

Redis keeps nothing. What is published while a process cannot hear, it never hears; so nothing
relies on it. What matters is in the database first, and Redis only makes the others look sooner.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator

import gevent
import redis
import socketio
from redis.backoff import NoBackoff
from redis.retry import Retry

log = logging.getLogger(__name__)

PATIENCE = 1  # seconds for an answer of Redis
PAUSE = 1  # seconds until it is tried again
SILENCE = 5  # seconds after which Redis is asked whether it is still there
# Its client would try again by itself, for seconds, while a request waits that only wants to emit.
OPTIONS = {
    "socket_timeout": PATIENCE,
    "socket_connect_timeout": PATIENCE,
    "retry": Retry(NoBackoff(), 0),
}
ERRORS = (redis.RedisError, OSError)


class Bus(socketio.RedisManager):
    """The Socket.IO manager of an app in several processes: each has its own sockets and rooms.

    `publish` and `listen` are RedisManager's own, but for what happens without Redis: nobody
    waits for it, each change is logged once, and who has missed something hears of it.
    """

    def __init__(self, url: str):
        super().__init__(url, redis_options=OPTIONS)
        self.ended_channel = f"{self.channel}:ended"
        self.on_ended: Callable[[list[str]], None] = lambda session_ids: None
        self.on_return: Callable[[], None] = lambda: None
        self._retry_at = 0.0  # time.monotonic(), after Redis has failed
        self._is_down = False

    def end_elsewhere(self, session_ids: list[str]) -> None:
        """Let the other processes close the sockets of these sessions, which have ended."""
        if session_ids:
            self._publish_on(self.ended_channel, {"from": self.host_id, "sessions": session_ids})

    def answers(self) -> bool:
        """Say whether Redis is there."""
        try:
            return self._client().ping()
        except ERRORS:
            return False

    # What python-socketio wants of its manager.

    def _publish(self, data: dict) -> None:
        self._publish_on(self.channel, data)

    def _publish_on(self, channel: str, data: dict) -> None:
        if time.monotonic() < self._retry_at:
            return
        try:
            self._client().publish(channel, json.dumps(data))
        except ERRORS as error:
            self._has_failed(error)

    def _listen(self) -> Iterator[bytes]:
        """Yield what the others emit, for ever."""
        while True:
            try:
                yield from self._hear()
            except ERRORS as error:
                self._has_failed(error)
                gevent.sleep(PAUSE)

    def _hear(self) -> Iterator[bytes]:
        with self._client().pubsub() as pubsub:
            pubsub.subscribe(self.channel, self.ended_channel)
            is_asked = False
            while True:
                message = pubsub.get_message(timeout=SILENCE)
                if message is None:
                    if is_asked:
                        raise redis.TimeoutError("it does not answer")
                    pubsub.ping()
                is_asked = message is None
                if message and message["type"] == "subscribe":
                    self._has_come()
                elif message and message["type"] == "message":
                    if message["channel"].decode() == self.channel:
                        yield message["data"]
                    else:
                        self._hear_of_ended(json.loads(message["data"]))

    def _hear_of_ended(self, ended: dict) -> None:
        if ended["from"] != self.host_id:
            try:
                self.on_ended(ended["sessions"])
            except Exception:
                log.exception("sockets of sessions that have ended are closed later")

    def _client(self) -> redis.Redis:
        if not self.connected:
            self._redis_connect()
        return self.redis

    # Whether it is there.

    def _has_failed(self, error: Exception) -> None:
        self._retry_at = time.monotonic() + PAUSE
        self.connected = False
        if not self._is_down:
            self._is_down = True
            log.warning("Redis does not answer, what happens elsewhere comes late: %s", error)

    def _has_come(self) -> None:
        """From now on this process hears the others, and no sooner."""
        self._retry_at = 0.0
        if self._is_down:
            self._is_down = False
            log.warning("Redis is back")
            self.on_return()
