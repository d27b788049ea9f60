"""Who is asking: each event finds that out anew, whoever the socket belonged to before."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from pymongo.errors import PyMongoError

from .answers import NO_DATABASE
from .session import Session, current_session
from .throttle import TOO_MANY_EVENTS, Floods, try_again

if TYPE_CHECKING:
    from .wire import StrictServer

log = logging.getLogger(__name__)

LOG_IN_FIRST = "log in first"
NO_SUCH_EVENT = {"error": "there is no such event"}


class Authenticated:
    """Wraps a handler: it is given the session of whoever is asking, as it is stored now.

    The client is answered with what the handler returns or, whatever happens, with an error.
    """

    def __init__(self, sio: StrictServer):
        self.sio = sio
        self.floods = Floods()

    def __call__(self, handler: Callable[[Session, dict], dict]) -> Callable[..., dict]:

        @functools.wraps(handler)
        def answer(sid, data=None, *_):
            try:
                # Read once: while anything waits, the socket may go.
                session = self.sio.get_environ(sid)["session"]  # as the socket was let in with
                if "_user_id" not in session:
                    return {"error": LOG_IN_FIRST}  # it is not let in yet
                user_id = session["_user_id"]
                if not self.floods.may_send(user_id):  # before the store is asked
                    wait = self.floods.retry_after(user_id)
                    return {"error": f"{TOO_MANY_EVENTS} {try_again(wait)}", "retryAfter": wait}
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
