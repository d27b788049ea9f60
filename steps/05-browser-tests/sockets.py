"""The second door: sockets. The handshake sends the cookie, so a socket has the same session."""

import functools
import logging
import threading

import socketio

import users
from expose import exposed, print_session
from user_sockets import user_sockets

log = logging.getLogger(__name__)
sio = socketio.Server(async_mode="threading")
counting = threading.Lock()


def emit_to(user_id: str, event: str, data: dict) -> int:
    """Send an event to all sockets of a user and to no others. Return the number of sockets."""
    sids = user_sockets.of(user_id)
    for sid in sids:
        sio.emit(event, data, to=sid)
    return len(sids)


def tell_count(user_id: str) -> None:
    """Tell a user's sockets how many there are. One call at a time, so the last count is right."""
    with counting:
        emit_to(user_id, "sockets", {"count": len(user_sockets.of(user_id))})


def close(user_id: str | None, session_id: str | None) -> None:
    """Close the sockets that a user has opened with this session."""
    for sid in user_sockets.of(user_id):
        environ = sio.get_environ(sid)  # None if the socket has just closed
        if environ and environ["session"].sid == session_id:
            sio.disconnect(sid)


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
def connect(sid, environ=None, auth=None):
    if environ is not sio.get_environ(sid):
        return unknown()  # a client has sent an event named "connect"
    session = session_of(sid)
    user = users.find(session.get("_user_id"))
    if user is None:
        raise socketio.exceptions.ConnectionRefusedError("log in first")
    print_session("socket", session)
    profile = {"id": user.id, "firstName": user.first_name, "lastName": user.last_name}
    sio.emit("profile", profile, to=sid)
    user_sockets.add(user.id, sid)
    # By now, the client may have left, or a logout may have missed this socket.
    if sio.get_environ(sid) is None or "_user_id" not in session.reload():
        user_sockets.remove(user.id, sid)
        raise socketio.exceptions.ConnectionRefusedError("log in first")
    tell_count(user.id)


@sio.event
def disconnect(sid, reason=None):
    if sio.manager.is_connected(sid, "/"):
        return unknown()  # a client has sent an event named "disconnect"
    user_id = sio.get_environ(sid)["session"]["_user_id"]
    user_sockets.remove(user_id, sid)
    # In the background, because an emit of tell_count can find a dead socket and call this handler.
    sio.start_background_task(tell_count, user_id)


@event
def session(session):
    return exposed(session)


@sio.on("*")
def unknown(*_):
    return {"error": "there is no such event"}
