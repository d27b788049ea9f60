"""Connections that nobody has been let in by: each has a moment to say who it is, then it ends."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator

from . import quotas
from .session import Session


class Strangers:
    """The connections of this process that have not been let in, and when they are to be closed.

    A connection is a socket of Engine.IO, by either transport. One without a session that closes
    before it is let in still counts until its time is over. Otherwise opening and closing
    connections without end would meet no limit.
    """

    def __init__(self):
        # When to close it, by time.monotonic(), and the ID of its session; by Engine.IO's ID.
        self._waiting: dict[str, tuple[float, str | None]] = {}
        self._of_session: Counter[str] = Counter()
        self._left: dict[str, float] = {}  # the same of those that were let in, and are no longer

    def may_come(self, session: Session) -> bool:
        """Return whether there is room for one more connection with this session.

        A crowd without a session doesn't keep out anybody who is logged in.
        """
        if session.id and self._of_session[session.id] >= quotas.STRANGERS_PER_SESSION:
            return False
        if len(self._waiting) < quotas.STRANGERS:
            return True
        return session.id is not None and "_user_id" in session.reload()

    def come(self, connection: str, session_id: str | None) -> None:
        """Note that a connection has opened."""
        self._waiting[connection] = time.monotonic() + quotas.LET_IN_WITHIN, session_id
        if session_id:
            self._of_session[session_id] += 1

    def let_in(self, connection: str) -> None:
        """Note that somebody has been let in by this connection: it may stay."""
        self._left.pop(connection, None)
        _, session_id = self._waiting.pop(connection, (0, None))
        if session_id:
            self._of_session[session_id] -= 1
            if not self._of_session[session_id]:
                del self._of_session[session_id]

    def turn_away(self, connection: str) -> None:
        """Note that a connection has been refused, or that its socket has been closed."""
        soon = time.monotonic() + quotas.REFUSED_STAYS
        if connection in self._waiting:
            until, session_id = self._waiting[connection]
            self._waiting[connection] = min(until, soon), session_id
        else:
            self._left.setdefault(connection, soon)

    def close(self, connection: str) -> None:
        """Note that a connection has closed."""
        self._left.pop(connection, None)
        _, session_id = self._waiting.get(connection, (0, None))
        if session_id:
            self.let_in(connection)  # as far as counting goes

    def overdue(self) -> Iterator[str]:
        """Yield the connections whose time is over, and forget them."""
        now = time.monotonic()
        ends = {connection: until for connection, (until, _) in self._waiting.items()} | self._left
        for connection, until in ends.items():
            if until <= now:
                self.let_in(connection)  # as far as counting goes
                yield connection
