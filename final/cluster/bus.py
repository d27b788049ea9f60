"""Connects the processes of an installation through Redis: events for sockets, and news.

The app stores everything in the database first, and Redis only makes it visible sooner. Redis keeps
nothing, so a process misses whatever is published while it can't listen. Its pages then catch up.

The app trusts Redis. A program that can publish there can send any event to any user in the app's
name, so keep Redis on a private network or behind a password.
"""

import json
import logging
import uuid
from collections.abc import Callable, Iterable

import gevent
import redis

from ..settings.config import ConfigError
from .redis_manager import RETRY_EVERY, TIMEOUT, RedisManager, client_of

log = logging.getLogger(__name__)

PING_AFTER = 5  # seconds of silence, after which the listener checks that Redis is still there
MAX_MESSAGE = 4 * 1024 * 1024  # bytes of a message on the channel for news
LOSS = "loss"  # the topic that says events may have been lost
ERRORS = (redis.RedisError, OSError)

Listener = Callable[[list[str]], object]


class Bus:
    """Lets the processes of one installation hear each other.

    `manager` is for socketio.Server: with it, `sio.emit` reaches the sockets of all processes.
    `publish` and `on` use a second channel, for news between the processes.

    Both channels are named after the database in MongoDB. Redis's database numbers don't separate
    channels, so two apps that share a Redis would otherwise hear each other.
    """

    def __init__(self, url: str, database_name: str):
        """Prepare to connect to the Redis at `url`. Raise ConfigError if it isn't an address."""
        try:
            self.client = client_of(url)
        except ValueError as error:
            raise ConfigError(f"REDIS_URL is not the address of a Redis: {error}.") from error
        name = f"two-doors:{database_name}"
        self.channel = f"{name}:news"
        self.own_id = uuid.uuid4().hex
        self.manager = RedisManager(self, url, channel=f"{name}:socketio")
        self.is_up = True  # as far as we know
        self._listeners: dict[str, Listener] = {}  # by topic
        self._greenlet: gevent.Greenlet | None = None

    def on(self, topic: str, listener: Listener) -> None:
        """Call the listener with the IDs in each message on this topic from another process."""
        self._listeners[topic] = listener

    def publish(self, topic: str, ids: Iterable[str] = ()) -> None:
        """Tell the other processes that something has changed for these IDs."""
        if not self.is_up:
            return
        message = {"from": self.own_id, "what": topic, "ids": list(ids)}
        try:
            self.client.publish(self.channel, json.dumps(message))
        except ERRORS as error:
            self.mark_down(error)

    def start(self) -> None:
        """Start listening to the other processes."""
        self.manager.initialize()
        self._greenlet = gevent.spawn(self._listen)

    def stop(self) -> None:
        """Stop listening to news. python-socketio's manager can't be stopped."""
        if self._greenlet:
            self._greenlet.kill(block=False)

    def ping(self) -> bool:
        """Return whether Redis answers."""
        try:
            return self.client.ping()
        except ERRORS:
            return False

    def mark_down(self, reason: object) -> None:
        """Stop publishing until the listener hears from Redis again."""
        if self.is_up:
            self.is_up = False
            log.warning("Redis does not answer, so news of other processes is late: %s", reason)

    def _mark_up(self) -> None:
        """Publish again. During the outage, all processes may have missed something."""
        if not self.is_up:
            self.is_up = True
            log.warning("Redis is back")
            self._listeners[LOSS]([])
            self.publish(LOSS)

    def _listen(self) -> None:
        while True:
            try:
                self._listen_until_failure()
            except ERRORS as error:
                self.mark_down(error)
            except Exception:
                log.exception("listening to the other processes failed, trying again")
            gevent.sleep(RETRY_EVERY)

    def _listen_until_failure(self) -> None:
        with self.client.pubsub() as pubsub:
            pubsub.subscribe(self.channel)
            if not self.is_up:
                gevent.sleep(RETRY_EVERY + TIMEOUT)  # by then the manager has subscribed as well
            has_pinged = False
            while True:
                message = pubsub.get_message(timeout=PING_AFTER)
                if message:
                    self._mark_up()
                elif has_pinged:
                    raise redis.TimeoutError("it doesn't answer a ping")
                else:
                    pubsub.ping()
                has_pinged = message is None
                if message and message["type"] == "message":
                    self._handle(message["data"])

    def _handle(self, data: bytes) -> None:
        """Call the listener for a message, unless this process sent it."""
        try:
            sender, topic, ids = parse(data)
            if topic not in self._listeners:
                raise ValueError("its topic is unknown")
        except ValueError as error:
            size, channel = len(data), self.channel
            log.warning("ignored %d bytes on Redis's channel %s: %s", size, channel, error)
            return
        if sender == self.own_id:
            return
        try:
            self._listeners[topic](ids)
        except Exception:
            log.exception("the listener for %r failed", topic)


def parse(data: bytes) -> tuple[str, str, list[str]]:
    """Return the sender, the topic and the IDs in a message of news, or raise ValueError."""
    if len(data) > MAX_MESSAGE:
        raise ValueError(f"it is longer than {MAX_MESSAGE} bytes")
    try:
        message = json.loads(data)
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    match message:
        case {"from": str(sender), "what": str(topic), "ids": list(ids)}:
            if all(isinstance(each, str) and each.isascii() for each in ids):
                return sender, topic, ids  # ASCII, because MongoDB can't encode half a character
    raise ValueError("a field is missing or of a wrong type")
