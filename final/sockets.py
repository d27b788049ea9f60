"""The second door: a socket is opened with the same cookie, and so it has the same session."""

from __future__ import annotations

import functools
import logging
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from socketio.exceptions import ConnectionRefusedError

from .expose import fingerprint, log_session
from .friends import Friends
from .presence import GRACE, Presence
from .session import Session, current_session
from .session_store import MongoSessionStore
from .throttle import Floods
from .users import User, Users
from .wire import StrictServer

log = logging.getLogger(__name__)

NO_SUCH_EVENT = {"error": "there is no such event"}
LOG_IN_FIRST = "log in first"
LOOKED_UP_AT_ONCE = 100  # sessions


class Sockets:
    """The Socket.IO server of an app: who may connect, what is answered, who is sent what.

    A socket is in two rooms. Its user's is where it is sent things. Its session's is never sent
    anything: it says which sockets to close when that session ends.
    """

    def __init__(
        self, users: Users, friends: Friends, store: MongoSessionStore, sweep_every: float
    ):
        self.users = users
        self.friends = friends
        self.store = store
        self.sweep_every = sweep_every  # seconds
        self.sio = StrictServer()
        self.presence = Presence(self.count)
        self.floods = Floods()
        self._counting = threading.Lock()
        self._is_swept = False
        self.sio.on("connect", self.connect)
        self.sio.on("disconnect", self.disconnect)
        self.sio.on("*", lambda *_: NO_SUCH_EVENT)

    def on(self, event: str, handler: Callable[[Session, dict], dict]) -> None:
        """Let clients send this event. What the handler returns is the answer."""
        self.sio.on(event, self.answering(handler))

    # What the rest of the app asks for.

    def emit_to(self, user_ids: Iterable[str], event: str, data: dict) -> None:
        """Send an event to all sockets of these users, and to nobody else.

        It is encoded once, whatever their number.
        """
        rooms = [room_of_user(user_id) for user_id in user_ids]
        if rooms:  # to no room at all would be to everybody
            self.sio.emit(event, data, to=rooms)

    def count(self, user_id: str) -> int:
        return len(self.sids_in(room_of_user(user_id)))

    def count_of_session(self, session_id: str) -> int:
        return len(self.sids_in(room_of_session(session_id)))

    def close(self, session_ids: Iterable[str]) -> None:
        """Close the sockets of these sessions, which have ended."""
        for room in map(room_of_session, session_ids):
            for sid in self.sids_in(room):
                self.sio.leave_room(sid, room)  # one that is just connecting will look for it
                self.sio.disconnect(sid)

    # What comes in.

    def connect(self, sid: str, environ: dict, auth: object = None) -> None:
        try:
            self.admit(sid, environ)
        except ConnectionRefusedError:
            raise
        except Exception:
            # Any other exception would leave the client without an answer.
            log.exception("a socket could not be connected")
            raise ConnectionRefusedError("try again later") from None

    def admit(self, sid: str, environ: dict) -> None:
        """Let the socket in, or raise ConnectionRefusedError."""
        session_id = environ["session"].id
        if session_id is None:
            raise ConnectionRefusedError(LOG_IN_FIRST)
        own_room = room_of_session(session_id)
        self.sio.enter_room(sid, own_room)  # first: from now on, a log-out finds this socket
        session = self.session_of(sid)
        current_session.set(session)
        user = self.users.find(session.get("_user_id"))
        if user is None:
            raise ConnectionRefusedError(LOG_IN_FIRST)
        log_session("socket", session)
        self.sio.emit("profile", user.profile(), to=sid)
        if sid not in self.sids_in(own_room) or self.sio.get_environ(sid) is None:
            raise ConnectionRefusedError(LOG_IN_FIRST)  # logged out, or gone, in the meantime
        # From here on nothing may wait: one that goes now would stay in the rooms for ever.
        environ["since"] = datetime.now(UTC)
        self.sio.enter_room(sid, room_of_user(user.id))
        self.later(self.arrive, session, user, sid)
        self.sweep()

    def disconnect(self, sid: str, reason: str) -> None:
        session = self.sio.get_environ(sid)["session"]
        # Not at once: an emit that finds a socket dead calls this handler, also one of tell_count.
        self.later(self.leave, session, sid, reason)

    def session_of(self, sid: str) -> Session:
        """Return a socket's session as it is stored now; the handshake's may be hours old."""
        return self.sio.get_environ(sid)["session"].reload()

    def answering(self, handler: Callable[[Session, dict], dict]) -> Callable[..., dict]:
        """Wrap a handler: it is given the session of whoever is asking, as it is stored now.

        The client is answered with what the handler returns or, whatever happens, with an error.
        """

        @functools.wraps(handler)
        def answer(sid, data=None, *_):
            try:
                # Read once: while anything waits, the socket may go.
                session = self.sio.get_environ(sid)["session"]  # as at the handshake
                if not self.floods.may_send(session["_user_id"]):  # before the store is asked
                    return {"error": "too much at once, try again in a moment"}
                session = session.reload()
                current_session.set(session)
                if "_user_id" not in session:
                    return {"error": LOG_IN_FIRST}
                return handler(session, data if isinstance(data, dict) else {})
            except Exception:
                log.exception("the handler of %r failed", handler.__name__)
                return {"error": "something went wrong on the server"}

        return answer

    def tell_count(self, user_id: str) -> None:
        """Tell a user's sockets how many they are; one call at a time, so the last is right."""
        with self._counting:
            self.emit_to([user_id], "sockets", {"count": self.count(user_id)})

    def tell_friends(self, user_id: str, presence: dict) -> None:
        self.emit_to(self.friends.of(user_id), "presence", {"id": user_id, **presence})

    # What goes on by itself.

    def later(self, function: Callable[..., None], *args: object) -> None:
        """Call the function in a greenlet of its own. If it fails, the log says so."""

        def call() -> None:
            try:
                function(*args)
            except Exception:
                log.exception("%s failed", function.__name__)

        self.sio.start_background_task(call)

    def arrive(self, session: Session, user: User, sid: str) -> None:
        current_session.set(session)
        log.info("socket opened sid=%s", sid)
        self.tell_count(user.id)
        if self.presence.arrive(user.id):
            self.tell_friends(user.id, {"here": True, **user.profile()})

    def leave(self, session: Session, sid: str, reason: str) -> None:
        current_session.set(session)
        log.info("socket closed sid=%s reason=%r", sid, reason)
        user_id = session["_user_id"]
        self.tell_count(user_id)
        self.sio.sleep(GRACE)
        if self.presence.leave(user_id):
            self.tell_friends(user_id, {"here": False})

    def sweep(self) -> None:
        """From the first socket on, close those whose session has ended in whatever way."""
        if not self._is_swept:
            self._is_swept = True
            self.sio.start_background_task(self.sweep_for_ever)

    def sweep_for_ever(self) -> None:
        while True:
            self.sio.sleep(self.sweep_every)
            try:
                for some in batched(self.sessions()):
                    self.close(set(some) - self.store.alive(some))
            except Exception:
                log.exception("sockets whose session has ended are looked for again later")

    # The rooms.

    def sids_in(self, room: str) -> list[str]:
        return [sid for sid, _ in self.sio.manager.get_participants("/", room)]

    def sessions(self) -> list[str]:
        """Return the ids of the sessions that have sockets here."""
        rooms = self.sio.manager.rooms.get("/", {})
        return [room[len(SESSION) :] for room in rooms if room and room.startswith(SESSION)]


USER, SESSION = "user:", "session:"  # what the names of rooms begin with


def room_of_user(user_id: str) -> str:
    return USER + user_id


def room_of_session(session_id: str) -> str:
    return SESSION + session_id


def shortened(room: str) -> str:
    """Show no more of a session's id than its fingerprint."""
    return SESSION + fingerprint(room[len(SESSION) :]) if room.startswith(SESSION) else room


def batched(ids: list[str]) -> list[list[str]]:
    return [ids[i : i + LOOKED_UP_AT_ONCE] for i in range(0, len(ids), LOOKED_UP_AT_ONCE)]
