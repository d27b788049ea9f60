"""Between processes: what one emits, the others hear by Redis, and pass on to their sockets.

Redis keeps nothing. What is published while a process cannot hear, it never hears; so nothing
relies on it. What matters is in the database first, and Redis only makes it seen sooner.

Redis is trusted. A program that can publish there can send any event to any user in the app's name,
so keep Redis on a private network or behind a password. A message that the app can't have sent is
dropped with a line in the log: that protects against accidents, not against attackers.
"""

from __future__ import annotations

import json
import logging
import math
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
MOST = 4 * 1024 * 1024  # bytes of a message
LEVELS = 20  # of lists and objects in one another
EMIT = {"namespace": str, "event": str, "data": list, "room": str | list}
MEMBER = {"namespace": str, "sid": str, "room": str}
# What python-socketio publishes for this app: the fields of a message, by its method.
METHODS = {
    "emit": EMIT,
    "disconnect": {"namespace": str, "sid": str},
    "enter_room": MEMBER,
    "leave_room": MEMBER,
}
# Names that the client keeps for itself: it closes the connection that brings such an event.
RESERVED = {
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
}
NEWS = {"from": str, "what": str, "ids": list}  # and what the app itself publishes
# Its client would try again by itself, for seconds, while a request waits that only wants to emit.
OPTIONS = {
    "socket_timeout": PATIENCE,
    "socket_connect_timeout": PATIENCE,
    "retry": Retry(NoBackoff(), 0),
}
ERRORS = (redis.RedisError, OSError)


class Meaningless(ValueError):
    """No process of this app sends such a message; the text says why."""


class Bus(KnowsRooms, socketio.RedisManager):
    """The Socket.IO manager of an app in several processes: each has its own sockets and rooms.

    It publishes and listens as RedisManager does, but for what happens without Redis: nobody
    waits for it, each change is logged once, and who has missed something hears of it.

    Its channels are named for the database in MongoDB. Redis's database numbers don't separate
    channels, so two apps that share a Redis would otherwise hear each other.
    """

    def __init__(self, url: str, database_name: str):
        try:
            if "sentinel" not in url.partition(":")[0]:
                redis.ConnectionPool.from_url(url)  # only parses the address
        except ValueError as error:
            raise ConfigError(f"REDIS_URL is not the address of a Redis: {error}.") from error
        name = f"two-doors:{database_name}"
        super().__init__(url, channel=f"{name}:socketio", redis_options=OPTIONS)
        self.own_channel = f"{name}:news"
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

    def _listen(self) -> Iterator[dict]:
        """Yield what the others emit, forever."""
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

    def _hear(self) -> Iterator[dict]:
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
                    yield from self._sound(message["channel"].decode(), message["data"])

    def _sound(self, channel: str, data: bytes) -> Iterator[dict]:
        """Yield a message for python-socketio; handle our own news, drop nonsense."""
        try:
            message = parsed(data)
            if channel == self.channel:
                check_emit(message)
            else:
                check(message, NEWS)
                if message["what"] not in self.listeners or not are_ids(message["ids"]):
                    raise Meaningless("it tells of something unknown")
        except Meaningless as error:
            log.warning("ignored %d bytes on Redis's channel %s: %s", len(data), channel, error)
            return
        if channel == self.channel:
            yield message
        elif message["from"] != self.host_id:
            self._hear_of(message)

    def _hear_of(self, message: dict) -> None:
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


def parsed(data: bytes) -> object:
    """Return the JSON in a message, or raise Meaningless."""
    if len(data) > MOST:
        raise Meaningless(f"it is longer than {MOST} bytes")
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise Meaningless("it is not JSON") from None


def check_emit(message: object) -> None:
    """Raise Meaningless if python-socketio could not act on this message."""
    method = message.get("method") if isinstance(message, dict) else None
    if not isinstance(method, str) or method not in METHODS:
        raise Meaningless("its method is missing or unknown")
    check(message, METHODS[method])
    if method == "emit":
        if message["event"] in RESERVED:
            raise Meaningless("a browser would take its event for an error")
        rooms = [message["room"]] if isinstance(message["room"], str) else message["room"]
        if not rooms or "" in rooms or not are_texts(rooms):
            raise Meaningless("it names no room")  # an emit without a room is a broadcast
        if message.get("binary") or message.get("callback") is not None:
            raise Meaningless("it has attachments or wants an answer")
        if not is_plain(message["data"]):
            raise Meaningless("its data nests too deep, or has a number that JSON can't hold")


def check(message: object, fields: dict[str, type]) -> None:
    """Raise Meaningless unless the message has these fields, each of its type."""
    if not isinstance(message, dict):
        raise Meaningless("it is not an object")
    for name, kind in fields.items():
        if not isinstance(message.get(name), kind):
            raise Meaningless(f"{name} is missing or of a wrong type")


def are_texts(values: list) -> bool:
    return all(isinstance(each, str) for each in values)


def are_ids(values: list) -> bool:
    """Return whether these may be IDs. The database can't be asked for half a character."""
    return are_texts(values) and "".join(values).isascii()


def is_plain(value: object, levels: int = LEVELS) -> bool:
    """Return whether a browser can read this: numbers are finite, and it doesn't nest too deep."""
    if isinstance(value, float):
        return math.isfinite(value)
    if not isinstance(value, dict | list):
        return True
    inner = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(is_plain(each, levels - 1) for each in inner)
