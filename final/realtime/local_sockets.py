"""The open sockets of this process, found by their rooms, and how many there may be."""

from collections import Counter
from collections.abc import Iterable

import socketio
from socketio.exceptions import ConnectionRefusedError

from ..cluster.socket_records import OpenSocket
from ..sessions.exposure import fingerprint
from ..settings import quotas

SESSION = "session:"  # the prefix of a room
TOO_MANY_TABS = "too many tabs are open: close some"  # static/live.js compares this text


class LocalSockets:
    """The open sockets of this process.

    Each socket is in two rooms. The room of its user gets events. The room of its session gets
    none: it only tells which sockets to close when that session ends.
    """

    def __init__(self, sio: socketio.Server, manager: socketio.Manager, process: str):
        self.sio = sio
        self.manager = manager
        self.process = process  # its name

    def get(self, sid: str) -> OpenSocket:
        """Return an accepted socket."""
        environ = self.sio.get_environ(sid)
        session = environ["session"]
        return OpenSocket(sid, session["_user_id"], session.id, environ["since"], self.process)

    def sids_in(self, room: str | None) -> list[str]:
        """Return the IDs of the sockets in a room. None is the room of all sockets."""
        return [sid for sid, _ in self.manager.get_participants("/", room)]

    def of_user(self, user_id: str) -> list[OpenSocket]:
        """Return the sockets of a user."""
        return [self.get(sid) for sid in self.sids_in(room_of_user(user_id))]

    def count(self, user_id: str) -> int:
        """Return how many sockets a user has."""
        return len(self.sids_in(room_of_user(user_id)))

    def all(self) -> list[OpenSocket]:
        """Return all accepted sockets."""
        sids = self.sids_in(None)
        return [self.get(sid) for sid in sids if "since" in (self.sio.get_environ(sid) or {})]

    def is_connected(self, sid: str) -> bool:
        return self.manager.is_connected(sid, "/")

    def close(self, session_ids: Iterable[str]) -> None:
        """Close the sockets of these sessions."""
        for room in map(room_of_session, session_ids):
            for sid in self.sids_in(room):
                self.sio.leave_room(sid, room)  # so that a socket that's connecting finds out
                self.sio.disconnect(sid, ignore_queue=True)  # it's in this process

    def refuse_too_many(
        self, session_id: str, user_count: int, elsewhere: Iterable[OpenSocket] = ()
    ) -> None:
        """Raise ConnectionRefusedError if one more socket is too many for its user or session.

        `user_count` is the number of the user's sockets here. `elsewhere` are those in other
        processes. The new socket is already in the room of its session.
        """
        per_session = Counter(each.session_id for each in elsewhere)
        of_session = len(self.sids_in(room_of_session(session_id)))
        if (
            user_count + per_session.total() >= quotas.SOCKETS_PER_USER
            or of_session + per_session[session_id] > quotas.SOCKETS_PER_SESSION
        ):
            raise ConnectionRefusedError(TOO_MANY_TABS)

    def drop_newest(self, user_id: str, elsewhere: Iterable[OpenSocket]) -> None:
        """Close the newest sockets of a user who has too many, as far as they're here.

        Sockets that open at the same moment in several processes pass the check of each process.
        All processes sort them in the same order, so each of them closes its own.
        """
        here = self.of_user(user_id)
        others = [each for each in elsewhere if each.user_id == user_id]
        in_order = sorted([*here, *others], key=lambda each: (each.since, each.sid))
        for each in in_order[quotas.SOCKETS_PER_USER :]:
            if each in here:
                self.sio.get_environ(each.sid)["connection"].drop()


def room_of_user(user_id: str) -> str:
    return f"user:{user_id}"


def room_of_session(session_id: str) -> str:
    return f"{SESSION}{session_id}"


def shortened(room: str) -> str:
    """Return the name of a room with only the fingerprint of a session's ID."""
    if not room.startswith(SESSION):
        return room
    return f"{SESSION}{fingerprint(room.removeprefix(SESSION))}"
