"""The Engine.IO server, as python-socketio knows it."""

from __future__ import annotations

import contextlib
import logging
import secrets
from collections.abc import Callable, Iterator
from typing import Protocol

import engineio
import gevent
from gevent.event import Event

from . import routes
from .connection import Connection
from .exceptions import Malformed
from .heartbeat import Heartbeat
from .origins import Origins
from .packets import MESSAGE, normalized

log = logging.getLogger(__name__)


class Gate(Protocol):
    """An application's say in which connections may open."""

    def may_open(self, environ: dict) -> bool: ...

    def opened(self, connection: Connection, environ: dict) -> None: ...

    def closed(self, connection: Connection) -> None: ...


class Engine:
    """An Engine.IO 4 server on gevent. Times are in seconds, sizes in bytes.

    `cors_allowed_origins` works as for engineio.Server. None allows the server's own origin, and
    "*" allows all. A string or a list names the allowed origins, [] turns the check off, and a
    function gets an origin and an environ. `gate` decides whether a connection may open, and hears
    of its end. Up to `max_unsent` bytes may wait for a client that doesn't read. A client for which
    more than `backlog` bytes wait doesn't keep up. Other options are ignored.
    """

    async_mode = "gevent"
    reason = engineio.Server.reason

    def __init__(
        self,
        ping_interval: float = 25,
        ping_timeout: float = 20,
        max_http_buffer_size: int = 64 * 1024,
        cors_allowed_origins: Origins = None,
        gate: Gate | None = None,
        max_unsent: int = 1_000_000,
        backlog: int = 64 * 1024,
        **_: object,
    ):
        self.max_http_buffer_size = max_http_buffer_size
        self.max_unsent = max_unsent
        self.backlog = backlog
        self.cors_allowed_origins = cors_allowed_origins
        self.gate = gate
        self.connections: dict[str, Connection] = {}  # by their ID
        self.heartbeat = Heartbeat(ping_interval, ping_timeout, self.give_up)
        self._handlers: dict[str, Callable] = {}

    @property
    def ping_interval(self) -> float:
        """Seconds from a client's answer, or its handshake, to the next ping."""
        return self.heartbeat.interval

    @ping_interval.setter
    def ping_interval(self, seconds: float) -> None:
        self.heartbeat.interval = seconds

    @property
    def ping_timeout(self) -> float:
        """Seconds for a client to answer a ping."""
        return self.heartbeat.timeout

    @ping_timeout.setter
    def ping_timeout(self, seconds: float) -> None:
        self.heartbeat.timeout = seconds

    # What python-socketio calls.

    def on(self, event: str, handler: Callable | None = None) -> Callable:
        """Register the handler of "connect", "message" or "disconnect". Can be a decorator."""
        if event not in {"connect", "message", "disconnect"}:
            raise ValueError(f"there is no event {event!r}")
        if handler is None:
            return lambda handler: self.on(event, handler)
        self._handlers[event] = handler
        return handler

    def send(self, sid: str, data: object) -> None:
        """Send a message to a client, without waiting for it. One that has gone gets nothing."""
        if connection := self.connections.get(sid):
            connection.send(MESSAGE, normalized(data))

    def send_packet(self, sid: str, pkt: engineio.packet.Packet) -> None:
        """Send a packet of python-engineio to a client, as `send` does with a message."""
        if connection := self.connections.get(sid):
            connection.send(pkt.packet_type, normalized(pkt.data))

    def disconnect(self, sid: str | None = None) -> None:
        """Close the connection with this ID, or all of them."""
        for each in list(self.connections) if sid is None else [sid]:
            if connection := self.connections.get(each):
                connection.close(self.reason.SERVER_DISCONNECT)

    def transport(self, sid: str) -> str:
        """Return "polling" or "websocket". Raise KeyError if there is no such connection."""
        return self.connections[sid].transport

    def get_session(self, sid: str) -> dict:
        """Return a client's session, a dict for the application's own use."""
        return self.connections[sid].session

    def save_session(self, sid: str, session: dict) -> None:
        """Keep a client's session."""
        self.connections[sid].session = session

    @contextlib.contextmanager
    def session(self, sid: str) -> Iterator[dict]:
        """Lend a client's session, and save it afterwards."""
        session = self.get_session(sid)
        yield session
        self.save_session(sid, session)

    def generate_id(self) -> str:
        """Return a random ID that can't be guessed."""
        return secrets.token_urlsafe(15)

    def start_background_task(self, target: Callable, *args, **kwargs) -> gevent.Greenlet:
        """Call a function in a greenlet of its own."""
        return gevent.spawn(target, *args, **kwargs)

    def sleep(self, seconds: float = 0) -> None:
        """Wait. Meanwhile it's the others' turn."""
        gevent.sleep(seconds)

    def create_event(self, *args, **kwargs) -> Event:
        """Return an event that greenlets can wait for."""
        return Event(*args, **kwargs)

    def shutdown(self) -> None:
        """Stop the heartbeat."""
        self.heartbeat.shut_down()

    def handle_request(self, environ: dict, start_response: Callable) -> list[bytes]:
        """Answer a request of a client, as a WSGI application."""
        return routes.handle_request(self, environ, start_response)

    # What connections and requests need.

    def trigger(self, event: str, *arguments: object) -> object:
        """Call the handler of an event, and return its result.

        If the handler fails, log that. Raise only Malformed, which closes the connection.
        """
        try:
            if handler := self._handlers.get(event):
                return handler(*arguments)
        except Malformed:
            raise
        except Exception:
            log.exception("the handler of %r failed", event)
            return False
        return None

    def forget(self, connection: Connection) -> None:
        """Take note that a connection has closed."""
        self.connections.pop(connection.sid, None)
        self.heartbeat.stop(connection)
        if self.gate:
            self.gate.closed(connection)

    def give_up(self, connection: Connection) -> None:
        """Close the connection of a client that hasn't answered a ping."""
        connection.close(self.reason.PING_TIMEOUT, blocks=False)
