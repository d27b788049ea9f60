"""The second door: sockets. The handshake sends the cookie, so a socket has the same session."""

import functools
import logging

import socketio

import users
from expose import exposed, print_session

log = logging.getLogger(__name__)
sio = socketio.Server(async_mode="threading")


def session_of(sid: str):
    """Return the current session of a socket. The one that the handshake loaded may be outdated."""
    return sio.get_environ(sid)["session"].reload()


def event(handler):
    """Register a handler for the event that it's named after. It gets the sender's session.

    The client receives the handler's return value, or an error if the handler fails.
    """

    @sio.on(handler.__name__)
    @functools.wraps(handler)
    def answer(sid, *_):
        try:
            session = session_of(sid)
            return handler(session) if "_user_id" in session else {"error": "log in first"}
        except Exception:
            log.exception("the handler of %r failed", handler.__name__)
            return {"error": "something went wrong on the server"}

    return answer


@sio.event
def connect(sid, environ, auth):
    session = session_of(sid)
    user = users.find(session.get("_user_id"))
    if user is None:
        raise socketio.exceptions.ConnectionRefusedError("log in first")
    print_session("socket", session)
    sio.emit("profile", {"firstName": user.first_name, "lastName": user.last_name}, to=sid)


@event
def session(session):
    return exposed(session)


@sio.on("*")
def unknown(*_):
    return {"error": "there is no such event"}
