"""The second door: a socket is opened with the same cookie, and so it has the same session."""

import functools
import logging
import threading
from collections.abc import Callable

import socketio

from .expose import exposed, log_session
from .session import Session
from .user_sockets import UserSockets
from .users import User, Users
from .wire import StrictServer

log = logging.getLogger(__name__)

NO_SUCH_EVENT = {"error": "there is no such event"}
LOG_IN_FIRST = "log in first"


class Sockets:
    """The Socket.IO server of an app: who may connect, what is answered, who is sent what."""

    def __init__(self, users: Users):
        self.users = users
        self.user_sockets = UserSockets()
        self.sio = StrictServer()
        self._counting = threading.Lock()
        self.sio.on("connect", self.connect)
        self.sio.on("disconnect", self.disconnect)
        self.sio.on("*", lambda *_: NO_SUCH_EVENT)
        for handler in (self.session,):
            self.sio.on(handler.__name__, self.answering(handler))

    # What the rest of the app asks for.

    def emit_to(self, user_id: str, event: str, data: dict) -> int:
        """Send an event to all sockets of a user, and to nobody else; return how many there are."""
        sids = self.user_sockets.of(user_id)
        for sid in sids:
            self.sio.emit(event, data, to=sid)
        return len(sids)

    def close(self, user_id: str | None, session_id: str | None) -> None:
        """Close the sockets that were opened with this session of this user."""
        for sid in self.user_sockets.of(user_id):
            environ = self.sio.get_environ(sid)  # None: it has just gone by itself
            if environ and environ["session"].sid == session_id:
                self.sio.disconnect(sid)

    # What comes in.

    def connect(self, sid: str, environ: dict | None = None, auth: object = None):
        if environ is not self.sio.get_environ(sid):
            return NO_SUCH_EVENT  # a client sent an event that it called "connect"
        session, user = self.admitted(sid)
        log_session("socket", session)
        profile = {"firstName": user.first_name, "lastName": user.last_name}
        self.sio.emit("profile", profile, to=sid)
        self.user_sockets.add(user.id, sid)
        try:
            self.admitted(sid)  # still: a log-out may have come too early to find this socket
        except socketio.exceptions.ConnectionRefusedError:
            self.user_sockets.remove(user.id, sid)
            raise
        self.tell_count(user.id)

    def disconnect(self, sid: str, reason: str | None = None):
        if self.sio.manager.is_connected(sid, "/"):
            return NO_SUCH_EVENT  # as above: this socket is not going
        user_id = self.sio.get_environ(sid)["session"]["_user_id"]
        self.user_sockets.remove(user_id, sid)
        # Not at once: an emit that finds a socket dead calls this handler, also one of tell_count.
        self.sio.start_background_task(self.tell_count, user_id)

    def admitted(self, sid: str) -> tuple[Session, User]:
        """Return who may connect with their session, or raise ConnectionRefusedError."""
        try:
            session = self.session_of(sid)
            user = self.users.find(session.get("_user_id"))
        except Exception:
            # Any other exception would leave the client without an answer.
            log.exception("a socket could not be connected")
            raise socketio.exceptions.ConnectionRefusedError("try again later") from None
        if user is None:
            raise socketio.exceptions.ConnectionRefusedError(LOG_IN_FIRST)
        return session, user

    def session(self, session: Session) -> dict:
        return exposed(session)

    def session_of(self, sid: str) -> Session:
        """Return a socket's session as it is stored now; the handshake's may be hours old."""
        return self.sio.get_environ(sid)["session"].reload()

    def answering(self, handler: Callable[[Session], dict]) -> Callable[..., dict]:
        """Wrap a handler: it is given the session of whoever is asking, as it is stored now.

        The client is answered with what the handler returns or, whatever happens, with an error.
        """

        @functools.wraps(handler)
        def answer(sid, *_):
            try:
                session = self.session_of(sid)
                return handler(session) if "_user_id" in session else {"error": LOG_IN_FIRST}
            except Exception:
                log.exception("the handler of %r failed", handler.__name__)
                return {"error": "something went wrong on the server"}

        return answer

    def tell_count(self, user_id: str) -> None:
        """Tell a user's sockets how many they are; one call at a time, so the last is right."""
        with self._counting:
            count = len(self.user_sockets.of(user_id))
            self.emit_to(user_id, "sockets", {"count": count})
