"""The second door. Each socket joins two rooms, so that routes can reach it.

One room is named after the user's ID, the other one after the session's ID.
"""

import logging

import flask_socketio
from flask import request, session
from flask_login import current_user
from flask_socketio import SocketIO, emit, join_room

from .sessions import exposed

log = logging.getLogger(__name__)
socketio = SocketIO(async_mode="gevent", manage_session=False)


def members(room: str) -> list[str]:
    """Return the sids of the sockets in a room."""
    return [sid for sid, _ in socketio.server.manager.get_participants("/", room)]


def tell_count(user_id: str) -> None:
    """Send the number of a user's sockets to each of these sockets."""
    socketio.emit("sockets", {"count": len(members(user_id))}, to=user_id)


def close(session_id: str) -> None:
    """Close the sockets that were opened with this session."""
    for sid in members(session_id):
        flask_socketio.disconnect(sid, "/")


def is_sent_by_a_client() -> bool:
    """Return whether this is only an event that a client has named connect or disconnect."""
    return socketio.server.manager.is_connected(request.sid, "/")


@socketio.on("connect")
def connect(*_):
    if is_sent_by_a_client():
        return unknown()
    if not current_user.is_authenticated:
        raise flask_socketio.ConnectionRefusedError("log in first")
    request.environ["user_id"] = current_user.id  # disconnect needs it after the session's end
    join_room(current_user.id)
    join_room(session.sid)
    names = {"firstName": current_user.first_name, "lastName": current_user.last_name}
    emit("profile", {"id": current_user.id, **names})
    tell_count(current_user.id)


@socketio.on("disconnect")
def disconnect(*_):
    if is_sent_by_a_client():
        return unknown()
    # Count them later, because this socket is still in its rooms.
    socketio.start_background_task(tell_count, request.environ["user_id"])


@socketio.on("session")
def socket_session(*_):
    return exposed() if current_user.is_authenticated else {"error": "log in first"}


@socketio.on("*")
def unknown(*_):
    return {"error": "there is no such event"}


@socketio.on_error_default
def failed(error: Exception):
    log.error("the handler of %r failed", request.event["message"], exc_info=error)
    said = "something went wrong on the server"
    if request.event["message"] == "connect":
        raise flask_socketio.ConnectionRefusedError(said)  # returning would accept it
    return {"error": said}
