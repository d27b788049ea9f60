"""Who is asking: each event finds that out anew, whoever the socket belonged to before."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from pymongo.errors import PyMongoError
from socketio.exceptions import ConnectionRefusedError

from ..domain.database import NO_DATABASE
from ..sessions.session import Session, current_session
from ..settings import quotas
from ..settings.quotas import try_again
from .pacing import AtOnce, Floods

if TYPE_CHECKING:
    import socketio

log = logging.getLogger(__name__)

LOG_IN_FIRST = "log in first"
TOO_MANY_EVENTS = "Too many events."
NO_SUCH_EVENT = {"error": "there is no such event"}
CLOSED = {"error": "this socket is closed"}
TOO_OFTEN = "your pages connect too often: wait a minute"
LOOK_EVERY = 0.1  # seconds, whether a slow client has taken what it was sent


class Authenticated:
    """Wraps a handler: it is given the session of whoever is asking, as it is stored now.

    The client is answered with what the handler returns or, whatever happens, with an error.

    An event waits while its socket or its user has others at work, and while its client hasn't
    taken what it was sent before. So no client gets work done faster than it reads the answers.
    """

    def __init__(self, sio: socketio.Server):
        self.sio = sio
        self.floods = Floods()
        self.of_socket = AtOnce(quotas.EVENTS_AT_ONCE)
        self.of_user = AtOnce(quotas.EVENTS_AT_ONCE_PER_USER)
        self.waiting = AtOnce(quotas.EVENTS_WAITING)  # by user; it only counts, nobody waits for it

    def refuse_too_often(self, user_id: str) -> None:
        """Raise ConnectionRefusedError if this user opens sockets without end."""
        if not self.floods.may_open(user_id):
            raise ConnectionRefusedError(TOO_OFTEN)

    def __call__(self, handler: Callable[[Session, dict], dict]) -> Callable[..., dict]:

        @functools.wraps(handler)
        def answer(sid, data=None, *_):
            try:
                environ = self.sio.get_environ(sid)
                if environ is None:  # it has gone already
                    return CLOSED
                session = environ["session"]  # as the socket was let in with
                if "_user_id" not in session:
                    return {"error": LOG_IN_FIRST}  # it is not let in yet
                user_id = session["_user_id"]
                if not self.floods.may_send(user_id, sid):  # before the store is asked
                    return too_many_events(self.floods.retry_after(user_id, sid))
                if self.waiting.asked(user_id) >= quotas.EVENTS_WAITING:
                    return too_many_events(1)
                with self.waiting.turn(user_id), self.of_socket.turn(sid):
                    if not self.is_read(sid):
                        return CLOSED
                    with self.of_user.turn(user_id):
                        session = session.reload()
                        current_session.set(session)
                        if "_user_id" not in session:
                            return {"error": LOG_IN_FIRST}
                        return handler(session, data if isinstance(data, dict) else {})
            except PyMongoError as error:
                log.warning("the database does not answer: %s", error)
                return {"error": NO_DATABASE}
            except Exception:
                log.exception("the handler of %r failed", handler.__name__)
                return {"error": "something went wrong on the server"}

        return answer

    def is_read(self, sid: str) -> bool:
        """Wait until a client takes what it's sent. Return False if it has gone meanwhile."""
        while environ := self.sio.get_environ(sid):
            if environ["connection"].keeps_up:
                return True
            self.sio.sleep(LOOK_EVERY)
        return False


def too_many_events(wait: int) -> dict:
    """Return the answer to an event too many; `wait` is in seconds."""
    return {"error": f"{TOO_MANY_EVENTS} {try_again(wait)}", "retryAfter": wait}
