"""Limits connections that have no accepted socket yet, and closes all when the app ends."""

import time
from typing import Protocol

from ..settings import quotas


class Connection(Protocol):
    """An Engine.IO connection, by either transport. A socket finds it as environ["connection"]."""

    @property
    def keeps_up(self) -> bool:
        """Whether the client reads its messages. If it doesn't, its events have to wait."""

    def drop(self) -> None:
        """Close the connection as if the network had failed, so that its client tries again."""


class Gate:
    """Knows the connections of this process, and closes those that don't get an accepted socket.

    A *stranger* is a connection that hasn't had an accepted socket yet. If a stranger without a
    session closes early, it still counts until its time is over. Otherwise a client could open and
    close connections without end.
    """

    def __init__(self):
        self._open: set[Connection] = set()
        # {stranger: (when to close it, by time.monotonic(), and the ID of its session)}
        self._strangers: dict[Connection, tuple[float, str | None]] = {}
        # {connection whose accepted socket has closed: when to close the connection as well}
        self._left: dict[Connection, float] = {}
        self.is_closed = False

    def may_open(self, environ: dict) -> bool:
        """Return whether a client with this session may open one more connection."""
        session = environ["session"]
        if self.is_closed:
            return False
        of_session = [session_id for _, session_id in self._strangers.values()].count(session.id)
        if session.id and of_session >= quotas.STRANGERS_PER_SESSION:
            return False
        if len(self._strangers) < quotas.STRANGERS:
            return True
        # However many strangers there are, a user who is logged in gets in.
        return session.id is not None and "_user_id" in session.reload()

    def opened(self, connection: Connection, environ: dict) -> None:
        """Note that a connection has opened."""
        self._open.add(connection)
        until = time.monotonic() + quotas.LET_IN_WITHIN
        self._strangers[connection] = until, environ["session"].id

    def keep(self, connection: Connection) -> None:
        """Let this connection stay, because it has an accepted socket."""
        self._left.pop(connection, None)
        self._strangers.pop(connection, None)

    def close_soon(self, connection: Connection) -> None:
        """Close this connection in a moment, because its socket was refused or has closed."""
        soon = time.monotonic() + quotas.REFUSED_STAYS
        if connection in self._strangers:
            until, session_id = self._strangers[connection]
            self._strangers[connection] = min(until, soon), session_id
        elif connection in self._open:
            self._left.setdefault(connection, soon)

    def closed(self, connection: Connection) -> None:
        """Note that a connection has closed."""
        self._open.discard(connection)
        self._left.pop(connection, None)
        _, session_id = self._strangers.get(connection, (0, None))
        if session_id:
            del self._strangers[connection]

    def close_overdue(self) -> None:
        """Close the connections whose time is over."""
        now = time.monotonic()
        ends = {each: until for each, (until, _) in self._strangers.items()} | self._left
        for connection in [each for each, until in ends.items() if until <= now]:
            self._strangers.pop(connection, None)
            self._left.pop(connection, None)
            connection.drop()

    def close(self) -> None:
        """Close all connections and refuse new ones, because this process is ending."""
        self.is_closed = True
        for connection in list(self._open):
            connection.drop()
