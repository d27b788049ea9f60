"""The sockets: each user has a room for all their tabs."""

import flask_socketio
from flask import request, session
from flask_login import current_user
from flask_socketio import ConnectionRefusedError, SocketIO, emit, join_room

from expose import exposed

socketio = SocketIO(manage_session=False, async_mode="threading")


def sockets_of(user_id: str) -> list[str]:
    """Return the IDs of a user's sockets."""
    return [sid for sid, _ in socketio.server.manager.get_participants("/", user_id)]


def tell_count(user_id: str, leaving: str | None = None) -> None:
    """Send a user's tabs the number of tabs. A socket that leaves doesn't count."""
    count = len(set(sockets_of(user_id)) - {leaving})
    socketio.emit("sockets", {"count": count}, to=user_id)


def close(user_id: str | None, session_id: str | None) -> None:
    """Close the sockets that a user has opened with this session."""
    everyone = socketio.server.manager.get_participants("/", None)  # whatever their rooms are
    for sid, _ in everyone if user_id else []:
        environ = socketio.server.get_environ(sid)  # None if the socket has just closed
        if environ and environ["session"].sid == session_id:
            flask_socketio.disconnect(sid, "/")


@socketio.on("connect")
def connect(auth=None):
    if not current_user.is_authenticated:
        raise ConnectionRefusedError("log in first")
    join_room(current_user.get_id())
    if "_user_id" not in session.reload():  # a logout came too early to find this socket
        raise ConnectionRefusedError("log in first")
    emit("profile", current_user.as_json())
    tell_count(current_user.get_id())


@socketio.on("disconnect")
def disconnect(reason=None):
    user_id = request.environ["session"]["_user_id"]  # the current session may have ended
    tell_count(user_id, leaving=request.sid)


@socketio.on("session")
def show_session(*_):
    return exposed(session) if current_user.is_authenticated else {"error": "log in first"}
