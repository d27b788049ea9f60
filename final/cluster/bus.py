"""Connects the processes of an app through Redis: events for sockets, and news of what changed.

Everything is stored in the database first; Redis only makes it visible sooner. Redis keeps nothing,
so a process misses whatever is published while it can't listen. Its pages then catch up.

Redis is trusted. A program that can publish there can send any event to any user in the app's name,
so keep Redis on a private network or behind a password.
"""

from __future__ import annotations

import json
import logging
import uuid
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

import gevent
import redis
import socketio
from redis.backoff import ConstantBackoff, NoBackoff
from redis.retry import Retry
from redis.sentinel import Sentinel

from ..settings.config import ConfigError

log = logging.getLogger(__name__)

PATIENCE = 1  # seconds that anything waits for an answer from Redis
PAUSE = 1  # seconds between attempts to reach it again
SILENCE = 5  # seconds after which the listener checks that Redis is still there
MOST = 4 * 1024 * 1024  # bytes of a message on our own channel
LOSS = "loss"  # the news that events may have been lost
NEWS = {"from": str, "what": str, "ids": list}  # the fields of a message on our own channel
SENTINEL = "redis+sentinel"
TIMEOUTS = {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE}
ERRORS = (redis.RedisError, OSError)


class Meaningless(ValueError):
    """No process of this app sends such a message; the text says why."""


class Bus:
    """Lets the processes of one installation hear each other.

    `manager` is for socketio.Server: through it, `sio.emit` reaches the sockets of all processes.
    `tell` and `listeners` are a channel of our own beside it, for news between the processes.

    Both channels are named for the database in MongoDB. Redis's database numbers don't separate
    channels, so two apps that share a Redis would otherwise hear each other.
    """

    def __init__(self, url: str, database_name: str):
        """Prepare to connect to the Redis at `url`; raise ConfigError if it isn't an address."""
        try:
            self.client = client_of(url)
        except ValueError as error:
            raise ConfigError(f"REDIS_URL is not the address of a Redis: {error}.") from error
        name = f"two-doors:{database_name}"
        self.own_channel = f"{name}:news"
        self.own_id = uuid.uuid4().hex
        self.manager = Manager(self, url, channel=f"{name}:socketio")
        self.listeners: dict[str, Callable[[list[str]], None]] = {}  # by kind of news
        self.is_up = True  # as far as we know
        self._listener: gevent.Greenlet | None = None

    def start(self) -> None:
        """Listen to the other processes from now on."""
        self.manager.initialize()
        self._listener = gevent.spawn(self._listen)

    def stop(self) -> None:
        """Stop listening."""
        if self._listener:
            self._listener.kill(block=False)

    def tell(self, what: str, ids: Iterable[str] = ()) -> None:
        """Tell the other processes that something has changed for these IDs."""
        if not self.is_up:
            return
        message = {"from": self.own_id, "what": what, "ids": list(ids)}
        try:
            self.client.publish(self.own_channel, json.dumps(message))
        except ERRORS as error:
            self.has_failed(error)

    def answers(self) -> bool:
        """Return whether Redis answers."""
        try:
            return self.client.ping()
        except ERRORS:
            return False

    def has_failed(self, why: object) -> None:
        """Stop publishing until the listener has heard from Redis again."""
        if self.is_up:
            self.is_up = False
            log.warning("Redis does not answer, what happens elsewhere comes late: %s", why)

    def _listen(self) -> None:
        while True:
            try:
                self._hear()
            except ERRORS as error:
                self.has_failed(error)
            except Exception:
                log.exception("listening to the other processes failed, and is tried again")
            gevent.sleep(PAUSE)

    def _hear(self) -> None:
        """Hear what the other processes tell, until Redis fails."""
        with self.client.pubsub() as pubsub:
            pubsub.subscribe(self.own_channel)
            if not self.is_up:
                gevent.sleep(PAUSE + PATIENCE)  # by then, the manager has subscribed again, too
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
                    self._take(message["data"])

    def _has_answered(self) -> None:
        """After an outage, this process may have missed something, and so may the others."""
        if not self.is_up:
            self.is_up = True
            log.warning("Redis is back")
            self.listeners[LOSS]([])
            self.tell(LOSS)

    def _take(self, data: bytes) -> None:
        try:
            message = parsed(data)
            if message["what"] not in self.listeners:
                raise Meaningless("it tells of something unknown")
        except Meaningless as error:
            size, channel = len(data), self.own_channel
            log.warning("ignored %d bytes on Redis's channel %s: %s", size, channel, error)
            return
        if message["from"] == self.own_id:
            return
        try:
            self.listeners[message["what"]](message["ids"])
        except Exception:
            log.exception("could not act on the news of another process")


class Manager(socketio.RedisManager):
    """RedisManager, for an app that doesn't wait while Redis is gone.

    An emit reaches the sockets of this process at once. The other processes get it if Redis takes
    it within PATIENCE, and the emits after that only once Redis is back.
    """

    # RedisManager would ask the other processes about a socket that has just gone. But a socket
    # gets into rooms, and out of them, only in its own process.
    enter_room = socketio.Manager.enter_room
    leave_room = socketio.Manager.leave_room

    def __init__(self, bus: Bus, url: str, channel: str):
        # redis-py itself connects again, and subscribes again, for as long as it takes.
        # RedisManager would try only once a minute after some time.
        options = TIMEOUTS | {"retry": Retry(ConstantBackoff(PAUSE), -1)}
        super().__init__(url, channel=channel, redis_options=options)
        self.bus = bus
        self.is_listening = False

    def initialize(self) -> None:
        """Start listening, once: the server calls this, too, for its first socket."""
        if not self.is_listening:
            self.is_listening = True
            super().initialize()

    def emit(self, *args, ignore_queue: bool = False, **options) -> None:
        """Send an event here and, unless `ignore_queue`, in the other processes."""
        if ignore_queue or not self.bus.is_up:
            super().emit(*args, ignore_queue=True, **options)
            return
        patience = gevent.Timeout(PATIENCE)
        try:
            with patience:
                super().emit(*args, **options)  # here first, then through Redis
        except gevent.Timeout as error:
            if error is not patience:
                raise
            self.bus.has_failed(f"it took longer than {PATIENCE} s")


def client_of(url: str) -> redis.Redis:
    """Return a client of the Redis at this address, not connected yet, or raise ValueError.

    Addresses with Sentinels are as RedisManager takes them:
    redis+sentinel://user:password@host:port,host:port/0/service.
    """
    options = TIMEOUTS | {"retry": Retry(NoBackoff(), 0)}
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


def parsed(data: bytes) -> dict:
    """Return the news in a message on our own channel, or raise Meaningless."""
    if len(data) > MOST:
        raise Meaningless(f"it is longer than {MOST} bytes")
    try:
        message = json.loads(data)
    except (ValueError, RecursionError):
        raise Meaningless("it is not JSON") from None
    if not isinstance(message, dict):
        raise Meaningless("it is not an object")
    for name, kind in NEWS.items():
        if not isinstance(message.get(name), kind):
            raise Meaningless(f"{name} is missing or of a wrong type")
    if not all(isinstance(each, str) and each.isascii() for each in message["ids"]):
        raise Meaningless("its IDs are none")  # MongoDB can't be asked for half a character
    return message
