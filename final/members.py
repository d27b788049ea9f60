"""The sockets and rooms of this process: who they belong to, and how many there are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from socketio.exceptions import ConnectionRefusedError

from . import quotas
from .processes import Alone, Opened, Processes
from .rooms import USER, room_of_session, room_of_user

if TYPE_CHECKING:
    from .wire import StrictServer

TOO_MANY_TABS = "too many tabs are open: close some"  # static/live.js knows these words, too


class Members:
    """The open sockets, by user and by session."""

    def __init__(self, sio: StrictServer, processes: Processes | Alone):
        self.sio = sio
        self.processes = processes

    def opened(self, sid: str) -> Opened:
        """Return what is known of an open socket."""
        environ = self.sio.get_environ(sid)
        session = environ["session"]
        return Opened(sid, session["_user_id"], session.id, environ["since"], self.processes.name)

    def is_open(self, sid: str) -> bool:
        return self.sio.manager.is_connected(sid, "/")

    def count_here(self, user_id: str) -> int:
        """Return how many sockets a user has in this process."""
        return self.sio.manager.count_in(room_of_user(user_id))

    def sids_in(self, room: str) -> list[str]:
        return [sid for sid, _ in self.sio.manager.get_participants("/", room)]

    def all_opened(self) -> list[Opened]:
        """Return all sockets that are open here."""
        rooms = map(room_of_user, self.rooms_of(USER))
        return [self.opened(sid) for room in rooms for sid in self.sids_in(room)]

    def rooms_of(self, kind: str) -> list[str]:
        """Return the ids of the users, or of the sessions, that have sockets here."""
        rooms = self.sio.manager.rooms.get("/", {})
        return [room[len(kind) :] for room in rooms if room and room.startswith(kind)]

    # Not too many of one user, or of one session.

    def refuse_too_many(self, session_id: str, here: int, elsewhere: Iterable[Opened] = ()) -> None:
        """Raise ConnectionRefusedError if one more socket would be too many.

        `here` is how many sockets the user has in this process. `elsewhere` are those in others.
        """
        per_session = Counter(each.session_id for each in elsewhere)
        of_session = self.sio.manager.count_in(room_of_session(session_id))
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
                self.sio.drop(each.sid)


def age(opened: Opened) -> tuple[int, str]:
    """Return what to sort sockets by: the database keeps milliseconds only."""
    return int(opened.since.timestamp() * 1000), opened.sid
