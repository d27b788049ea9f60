"""How an event reaches its handler: the sender's session, the sender's limits, and an answer."""

import functools
import logging
from collections.abc import Callable

import socketio
from pymongo.errors import PyMongoError

from ..domain.database import NO_DATABASE
from ..sessions.session import Session, current_session
from ..settings import quotas
from ..settings.quotas import try_again
from .pacing import ConcurrencyLimit, RateLimits

log = logging.getLogger(__name__)

LOG_IN_FIRST = "log in first"  # static/live.js compares this text
TOO_MANY_EVENTS = "Too many events."
NO_SUCH_EVENT = {"error": "there is no such event"}
CLOSED = {"error": "this socket is closed"}
CHECK_EVERY = 0.1  # seconds, whether a slow client has read its messages


class Dispatcher:
    """Wraps the handlers of events. A handler gets the sender's session as it's stored now.

    The client always gets an answer: what the handler returns, or an error.

    An event waits while too many events of its socket or its user are being handled, and while its
    client doesn't read its messages. So a client that reads no answers gets no more work done.
    """

    def __init__(self, sio: socketio.Server):
        self.sio = sio
        self.rates = RateLimits()
        self.per_socket = ConcurrencyLimit(quotas.EVENTS_AT_ONCE)
        self.per_user = ConcurrencyLimit(quotas.EVENTS_AT_ONCE_PER_USER)
        self.waiting = ConcurrencyLimit(quotas.EVENTS_WAITING)  # per user; more are refused

    def wrap(self, handler: Callable[[Session, dict], dict]) -> Callable[..., dict]:
        """Return the handler in the form that `sio.on` takes."""

        @functools.wraps(handler)
        def answer(sid, data=None, *_):
            try:
                return self._answer(handler, sid, data if isinstance(data, dict) else {})
            except PyMongoError as error:
                log.warning("the database does not answer: %s", error)
                return {"error": NO_DATABASE}
            except Exception:
                log.exception("the handler of %r failed", handler.__name__)
                return {"error": "something went wrong on the server"}

        return answer

    def _answer(self, handler: Callable[[Session, dict], dict], sid: str, data: dict) -> dict:
        environ = self.sio.get_environ(sid)
        if environ is None:
            return CLOSED
        session = environ["session"]
        if "_user_id" not in session:
            return {"error": LOG_IN_FIRST}  # the socket isn't accepted yet
        user_id = session["_user_id"]
        if not self.rates.may_send(user_id, sid):  # before the store is asked
            return too_many_events(self.rates.retry_after(user_id, sid))
        if self.waiting.count(user_id) >= quotas.EVENTS_WAITING:
            return too_many_events(1)
        with self.waiting.slot(user_id), self.per_socket.slot(sid):
            if not self._wait_for_reader(sid):
                return CLOSED
            with self.per_user.slot(user_id):
                session = session.reload()
                current_session.set(session)
                if "_user_id" not in session:
                    return {"error": LOG_IN_FIRST}
                return handler(session, data)

    def _wait_for_reader(self, sid: str) -> bool:
        """Wait until the client reads its messages. Return False if its socket closes instead."""
        while environ := self.sio.get_environ(sid):
            if environ["connection"].keeps_up:
                return True
            self.sio.sleep(CHECK_EVERY)
        return False


def too_many_events(wait: int) -> dict:
    """Return the answer to an event that exceeds a limit. `wait` is in seconds."""
    return {"error": f"{TOO_MANY_EVENTS} {try_again(wait)}", "retryAfter": wait}
