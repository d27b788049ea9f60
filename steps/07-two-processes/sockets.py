"""The second door: sockets. The handshake sends the cookie, so a socket has the same session."""

import functools
import logging
import threading

import socketio

import config
import notifications as stored
import socket_records
import users
from expose import exposed, print_session
from ids import object_id

log = logging.getLogger(__name__)
manager = socketio.RedisManager(config.REDIS_URL) if config.REDIS_URL else None
sio = socketio.Server(async_mode="threading", client_manager=manager)
counting = threading.Lock()
last_counts: dict[str, int] = {}  # user ID → the socket count that we last sent


def room_of_user(user_id: str) -> str:
    return f"user:{user_id}"


def emit_to(user_id: str, event: str, data: dict) -> int:
    """Send an event to all sockets of a user, in every process; return how many there are."""
    sio.emit(event, data, to=room_of_user(user_id))
    return socket_records.count(user_id)


def tell_count(user_id: str) -> None:
    """Send the count to the user's sockets in this process. The heartbeat does so in others."""
    with counting:
        last_counts[user_id] = count = socket_records.count(user_id)
        sio.emit("sockets", {"count": count}, to=room_of_user(user_id), ignore_queue=True)


def close(session_id: str) -> None:
    """Close the sockets that were opened with this session, in every process."""
    for sid in socket_records.of_session(session_id):
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
    def answer(sid, data=None, *_):
        try:
            session = session_of(sid)
            data = data if isinstance(data, dict) else {}
            return handler(session, data) if "_user_id" in session else {"error": "log in first"}
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
    sio.enter_room(sid, room_of_user(user.id))
    socket_records.add(sid, user.id, session.sid)
    # By now, the client may have left, or a logout may have missed this socket.
    if sio.get_environ(sid) is None or "_user_id" not in session.reload():
        socket_records.remove(sid)
        raise socketio.exceptions.ConnectionRefusedError("log in first")
    tell_count(user.id)


@sio.event
def disconnect(sid, reason=None):
    if sio.manager.is_connected(sid, "/"):
        return unknown()  # a client has sent an event named "disconnect"
    user_id = sio.get_environ(sid)["session"]["_user_id"]
    socket_records.remove(sid)
    # In the background, because an emit of tell_count can find a dead socket and call this handler.
    sio.start_background_task(tell_count, user_id)


@event
def session(session, data):
    return exposed(session)


@event
def notifications(session, data):
    """Answer with what the user has missed since the notification with the ID `after`."""
    after = object_id(data.get("after"))
    if after is None and data.get("after") is not None:
        return {"error": "`after` must be the ID of a comment, or null"}
    user_id = session["_user_id"]
    return {"notifications": stored.missed(user_id, after), "unread": stored.unread(user_id)}


@sio.on("*")
def unknown(*_):
    return {"error": "there is no such event"}
