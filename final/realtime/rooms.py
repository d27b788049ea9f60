"""The rooms of this process: each socket is in one of its user and one of its session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from socketio.exceptions import ConnectionRefusedError

from ..cluster.processes import Alone, Opened, Processes
from ..sessions.exposure import fingerprint
from ..settings import quotas

if TYPE_CHECKING:
    import socketio

USER, SESSION = "user:", "session:"
TOO_MANY_TABS = "too many tabs are open: close some"  # static/live.js knows these words, too


class Members:
    """The open sockets, by user and by session."""

    def __init__(
        self, sio: socketio.Server, manager: socketio.Manager, processes: Processes | Alone
    ):
        self.sio = sio
        self.manager = manager
        self.processes = processes

    def opened(self, sid: str) -> Opened:
        """Return what is known of an open socket."""
        environ = self.sio.get_environ(sid)
        session = environ["session"]
        return Opened(sid, session["_user_id"], session.id, environ["since"], self.processes.name)

    def is_open(self, sid: str) -> bool:
        return self.manager.is_connected(sid, "/")

    def count_here(self, user_id: str) -> int:
        """Return how many sockets a user has in this process."""
        return len(self.sids_in(room_of_user(user_id)))

    def sids_in(self, room: str | None) -> list[str]:
        """Return the sockets of this process in a room; those in None are all."""
        return [sid for sid, _ in self.manager.get_participants("/", room)]

    def all_opened(self) -> list[Opened]:
        """Return all sockets that are open here."""
        return [self.opened(sid) for sid in self.sids_in(None) if self.is_let_in(sid)]

    def is_let_in(self, sid: str) -> bool:
        environ = self.sio.get_environ(sid)
        return environ is not None and "since" in environ

    def users_here(self) -> list[str]:
        """Return the IDs of the users who have sockets here."""
        return list({each.user_id for each in self.all_opened()})

    def sessions_here(self) -> list[str]:
        """Return the IDs of the sessions that have sockets here."""
        return list({each.session_id for each in self.all_opened()})

    # Not too many of one user, or of one session.

    def refuse_too_many(self, session_id: str, here: int, elsewhere: Iterable[Opened] = ()) -> None:
        """Raise ConnectionRefusedError if one more socket would be too many.

        `here` is how many sockets the user has in this process. `elsewhere` are those in others.
        """
        per_session = Counter(each.session_id for each in elsewhere)
        of_session = len(self.sids_in(room_of_session(session_id)))
        if (
            here + per_session.total() >= quotas.SOCKETS_PER_USER
            or of_session + per_session[session_id] > quotas.SOCKETS_PER_SESSION
        ):
            raise ConnectionRefusedError(TOO_MANY_TABS)

    def drop_newest(self, user_id: str, elsewhere: Iterable[Opened]) -> None:
        """Close the sockets of this process that are too many, the newest ones of the user.

        Sockets that opened at the same moment in several processes were counted by none of them.
        All processes put them into the same order, so each closes its own.
        """
        here = [self.opened(sid) for sid in self.sids_in(room_of_user(user_id))]
        others = [each for each in elsewhere if each.user_id == user_id]
        for each in sorted([*here, *others], key=age)[quotas.SOCKETS_PER_USER :]:
            if each in here:
                self.sio.get_environ(each.sid)["connection"].drop()


def age(opened: Opened) -> tuple[int, str]:
    """Return what to sort sockets by: the database keeps milliseconds only."""
    return int(opened.since.timestamp() * 1000), opened.sid


def room_of_user(user_id: str) -> str:
    return USER + user_id


def room_of_session(session_id: str) -> str:
    return SESSION + session_id


def shortened(room: str) -> str:
    """Show no more of a session's id than its fingerprint."""
    return SESSION + fingerprint(room[len(SESSION) :]) if room.startswith(SESSION) else room
