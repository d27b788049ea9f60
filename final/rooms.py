"""The rooms: a socket is in that of its user, and in that of its session."""

import socketio

from .expose import fingerprint

USER, SESSION = "user:", "session:"


def room_of_user(user_id: str) -> str:
    return USER + user_id


def room_of_session(session_id: str) -> str:
    return SESSION + session_id


def shortened(room: str) -> str:
    """Show no more of a session's id than its fingerprint."""
    return SESSION + fingerprint(room[len(SESSION) :]) if room.startswith(SESSION) else room


class KnowsRooms:
    """For a manager of python-socketio: it knows the rooms of each socket.

    Without that it looks through all rooms there are when a socket goes, in the base class: with
    5,000 sockets, some 15,000 rooms.
    """

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self._rooms_of: dict[tuple[str, str], set[str | None]] = {}  # by namespace and sid

    def basic_enter_room(self, sid, namespace, room, eio_sid=None):
        super().basic_enter_room(sid, namespace, room, eio_sid)
        self._rooms_of.setdefault((namespace, sid), set()).add(room)

    def basic_leave_room(self, sid, namespace, room):
        super().basic_leave_room(sid, namespace, room)
        if rooms := self._rooms_of.get((namespace, sid)):
            rooms.discard(room)

    def basic_disconnect(self, sid, namespace, **options):
        rooms = self._rooms_of.pop((namespace, sid), set())
        for room in rooms:
            self.basic_leave_room(sid, namespace, room)
        self.callbacks.pop(sid, None)
        for waiting in self.pending_connect, self.pending_disconnect:
            if sid in waiting.get(namespace, ()):
                waiting[namespace].remove(sid)

    def count_in(self, room: str) -> int:
        """Return how many sockets of this process are in a room, without listing them."""
        return len(self.rooms.get("/", {}).get(room, ()))

    def is_in(self, sid: str, room: str) -> bool:
        return sid in self.rooms.get("/", {}).get(room, ())

    def get_rooms(self, sid, namespace):
        return [room for room in self._rooms_of.get((namespace, sid), ()) if room is not None]


class Manager(KnowsRooms, socketio.Manager):
    """The manager of an app in one process."""
