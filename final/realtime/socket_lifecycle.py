"""The life of a socket: the handlers of `connect` and `disconnect`, and their announcements."""

import logging

from pymongo.errors import PyMongoError
from socketio.exceptions import ConnectionRefusedError

from ..cluster.socket_records import OpenSocket
from ..domain.database import now
from ..domain.users import User
from ..server.packets import MALFORMED
from ..sessions.exposure import log_session
from ..sessions.session import Session, current_session
from ..settings.quotas import OFFLINE_AFTER
from .dispatch import LOG_IN_FIRST, NO_SUCH_EVENT
from .local_sockets import room_of_session, room_of_user
from .sockets import Sockets

log = logging.getLogger(__name__)

PAGE_USER = "pageUser"  # the key in the `auth` that a page sends: see web/page_user.py
TOO_OFTEN = "your pages connect too often: wait a minute"
OF_ANOTHER = "this page belongs to another account"  # static/live.js compares this text
CONNECTS = 10  # attempts to connect over one connection; an honest client makes one


class SocketLifecycle:
    """Accepts a socket if its session belongs to a user, and announces sockets that come and go.

    `environ` of an accepted socket has `connection`, `session`, `connects` (a number) and `since`.
    """

    def __init__(self, sockets: Sockets):
        self.sockets = sockets
        self.sio = sockets.sio
        self.gate = sockets.gate
        self.sio.on("connect", self.connect)
        self.sio.on("disconnect", self.disconnect)
        self.sio.on(MALFORMED, self.drop_malformed)
        self.sio.on("*", lambda *_: NO_SUCH_EVENT)

    def connect(
        self, sid: str, environ: dict | None = None, auth: object = None, *_: object
    ) -> dict | None:
        """Accept a socket, or raise ConnectionRefusedError, whose text the client gets."""
        if environ is None or environ is not self.sio.get_environ(sid):
            return NO_SUCH_EVENT  # a client sent an event that it called "connect"
        connection = environ["connection"]
        environ["connects"] = environ.get("connects", 0) + 1
        if environ["connects"] > CONNECTS:
            self.drop(environ, "it connects again and again")
            raise ConnectionRefusedError(TOO_OFTEN)
        try:
            self._accept(sid, environ, auth)
        except ConnectionRefusedError:
            self.gate.close_soon(connection)
            raise
        except PyMongoError as error:
            self.gate.close_soon(connection)
            log.warning("the database does not answer: %s", error)
            raise ConnectionRefusedError("the database does not answer") from None
        except Exception:
            # Any other exception would leave the client without an answer.
            self.gate.close_soon(connection)
            log.exception("a socket could not connect")
            raise ConnectionRefusedError("try again later") from None
        self.gate.keep(connection)
        return None

    def disconnect(self, sid: str, reason: str = "", *_: object) -> dict | None:
        """Announce that a socket has closed."""
        environ = self.sio.get_environ(sid)
        if environ is None or self.sockets.local.is_connected(sid):
            return NO_SUCH_EVENT  # a client sent an event that it called "disconnect"
        self.gate.close_soon(environ["connection"])
        if "since" in environ:  # it was accepted
            socket = self.sockets.local.get(sid)
            del environ["since"]
            # Announce it in another greenlet: an emit that finds a closed socket calls this
            # handler, and that emit may be an announcement itself.
            self.sockets.spawn(self._announce_closed, environ["session"], socket, reason)
        return None

    def drop_malformed(self, sid: str, *_: object) -> None:
        """Close the connection of a client that has sent a malformed packet."""
        if environ := self.sio.get_environ(sid):
            self.drop(environ, "malformed packet")

    def drop(self, environ: dict, why: str) -> None:
        """Close the connection of a client that breaks a rule, and log that once."""
        if not environ.get("is_dropped"):
            environ["is_dropped"] = True
            user_id = environ["session"].get("_user_id")
            log.warning("a socket of user %s is closed: %s", user_id, why)
            environ["connection"].drop()

    def _accept(self, sid: str, environ: dict, auth: object) -> None:
        local, session_id = self.sockets.local, environ["session"].id
        if session_id is None:
            raise ConnectionRefusedError(LOG_IN_FIRST)
        own_room = room_of_session(session_id)
        self.sio.enter_room(sid, own_room)  # first, so that a concurrent logout finds this socket
        local.refuse_too_many(session_id, 0)  # before the database is asked
        session = environ["session"] = environ["session"].reload()
        current_session.set(session)
        user = self.sockets.users.find(session.get("_user_id"))
        if user is None:
            raise ConnectionRefusedError(LOG_IN_FIRST)
        if isinstance(auth, dict) and auth.get(PAGE_USER, user.id) != user.id:
            raise ConnectionRefusedError(OF_ANOTHER)
        if not self.sockets.dispatcher.rates.may_open(user.id):
            raise ConnectionRefusedError(TOO_OFTEN)
        elsewhere = self.sockets.processes.elsewhere(user.id)
        log_session("socket", session)
        self.sio.emit("profile", user.as_json(), to=sid, ignore_queue=True)  # it's in this process
        if sid not in local.sids_in(own_room) or self.sio.get_environ(sid) is None:
            raise ConnectionRefusedError(LOG_IN_FIRST)  # logged out or closed meanwhile
        local.refuse_too_many(session_id, local.count(user.id), elsewhere)
        # Don't yield below this line: a disconnect here would leak room memberships.
        environ["since"] = now()
        self.sio.enter_room(sid, room_of_user(user.id))
        self.sockets.spawn(self._announce_opened, session, user, local.get(sid))

    def _announce_opened(self, session: Session, user: User, socket: OpenSocket) -> None:
        current_session.set(session)
        log.info("socket opened sid=%s", socket.sid)
        self.sockets.processes.add(socket)
        if not self.sockets.local.is_connected(socket.sid):  # it closed while it was recorded
            self.sockets.processes.remove(socket)
            return
        is_new = self.sockets.presence.arrive(user.id)
        self.sockets.announcements.announce_count(user.id)
        if is_new:
            self.sockets.announcements.announce_presence(user.id)

    def _announce_closed(self, session: Session, socket: OpenSocket, reason: str) -> None:
        current_session.set(session)
        log.info("socket closed sid=%s reason=%r", socket.sid, reason)
        user_id, announcements = socket.user_id, self.sockets.announcements
        self.sockets.presence.lose(user_id)
        self.sockets.processes.close(socket)
        self.sockets.spawn(announcements.announce_count, user_id)
        self.sio.sleep(OFFLINE_AFTER)
        self.sockets.processes.remove(socket)
        if self.sockets.presence.leave(user_id):
            announcements.announce_presence(user_id)
