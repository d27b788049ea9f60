"""The handlers of `connect` and `disconnect`: they decide which sockets are accepted."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from pymongo.errors import PyMongoError
from socketio.exceptions import ConnectionRefusedError

from ..server.packets import MALFORMED
from ..sessions.exposure import log_session
from ..sessions.session import current_session
from .handlers import LOG_IN_FIRST, NO_SUCH_EVENT, TOO_OFTEN
from .rooms import room_of_session, room_of_user
from .sockets import Sockets

log = logging.getLogger(__name__)

PAGE_USER = "pageUser"  # the key in the `auth` that a socket sends: see web/page_user.py
OF_ANOTHER = "this page belongs to another account"  # static/live.js knows these words, too
CONNECTS = 10  # attempts to connect over one connection: a client makes one


class Door:
    """Accepts a socket if its session belongs to a user, and notes when it closes.

    A client can send events that are called "connect" or "disconnect", too. They have no effect.
    """

    def __init__(self, sockets: Sockets):
        self.sockets = sockets
        self.sio = sockets.sio
        self.gate = sockets.gate
        self.sio.on("connect", self.connect)
        self.sio.on("disconnect", self.disconnect)
        self.sio.on(MALFORMED, self.malformed)
        self.sio.on("*", lambda *_: NO_SUCH_EVENT)

    def connect(
        self, sid: str, environ: object = None, auth: object = None, *_: object
    ) -> dict | None:
        if environ is None or environ is not self.sio.get_environ(sid):
            return NO_SUCH_EVENT  # a client sent an event that it called "connect"
        connection = environ["connection"]
        environ["connects"] = environ.get("connects", 0) + 1
        if environ["connects"] > CONNECTS:
            self.refuse(environ, "it connects again and again")
            raise ConnectionRefusedError(TOO_OFTEN)
        try:
            self.admit(sid, environ, auth)
        except ConnectionRefusedError:
            self.gate.turn_away(connection)
            raise
        except PyMongoError as error:
            self.gate.turn_away(connection)
            log.warning("the database does not answer: %s", error)
            raise ConnectionRefusedError("the database does not answer") from None
        except Exception:
            # Any other exception would leave the client without an answer.
            self.gate.turn_away(connection)
            log.exception("a socket could not be connected")
            raise ConnectionRefusedError("try again later") from None
        self.gate.let_in(connection)

    def admit(self, sid: str, environ: dict, auth: object) -> None:
        """Accept the socket, or raise ConnectionRefusedError."""
        session_id = environ["session"].id
        if session_id is None:
            raise ConnectionRefusedError(LOG_IN_FIRST)
        own_room = room_of_session(session_id)
        self.sio.enter_room(sid, own_room)  # first, so that a logout can find this socket
        self.sockets.refuse_too_many(session_id, 0)  # before the database is asked
        session = environ["session"] = environ["session"].reload()
        current_session.set(session)
        user = self.sockets.users.find(session.get("_user_id"))
        if user is None:
            raise ConnectionRefusedError(LOG_IN_FIRST)
        refuse_socket_of_another(auth, user.id)
        self.sockets.authenticated.refuse_too_often(user.id)
        elsewhere = self.sockets.processes.elsewhere(user.id)
        log_session("socket", session)
        self.sio.emit("profile", user.as_json(), to=sid, ignore_queue=True)  # it's in this process
        if sid not in self.sockets.sids_in(own_room) or self.sio.get_environ(sid) is None:
            raise ConnectionRefusedError(LOG_IN_FIRST)  # logged out or closed meanwhile
        self.sockets.refuse_too_many(session_id, self.sockets.count_here(user.id), elsewhere)
        # Don't yield below this line: a disconnect here would leak room memberships.
        environ["since"] = datetime.now(UTC)
        self.sio.enter_room(sid, room_of_user(user.id))
        self.sockets.later(self.sockets.arrive, session, user, self.sockets.opened(sid))

    def disconnect(self, sid: str, reason: str | None = None, *_: object) -> dict | None:
        environ = self.sio.get_environ(sid)
        if environ is None or self.sockets.is_open(sid):
            return NO_SUCH_EVENT  # as above: this socket isn't going, or has gone already
        self.gate.turn_away(environ["connection"])
        if "since" in environ:  # it was let in
            opened = self.sockets.opened(sid)
            del environ["since"]
            # Not at once: an emit that finds a socket dead calls this, also one of tell_count.
            self.sockets.later(self.sockets.leave, environ["session"], opened, reason)

    def malformed(self, sid: str, *_: object) -> None:
        """Close the connection of a client that has sent a malformed packet."""
        if environ := self.sio.get_environ(sid):
            self.refuse(environ, "malformed packet")

    def refuse(self, environ: dict, why: str) -> None:
        """Close the connection of a client that breaks a rule, and say so in the log, once."""
        if not environ.get("is_refused"):
            environ["is_refused"] = True
            log.warning(
                "a socket of user %s is closed: %s", environ["session"].get("_user_id"), why
            )
            environ["connection"].drop()


def refuse_socket_of_another(auth: object, user_id: str) -> None:
    """Raise ConnectionRefusedError if a socket of this user was opened by another user's page.

    `auth` is what the client sent when it connected: {"pageUser": id}, or anything else.
    """
    if isinstance(auth, dict) and auth.get(PAGE_USER, user_id) != user_id:
        raise ConnectionRefusedError(OF_ANOTHER)
