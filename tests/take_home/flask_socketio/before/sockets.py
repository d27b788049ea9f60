"""The sockets: each user has a room for all their tabs."""

from flask import request
from flask_login import current_user
from flask_socketio import ConnectionRefusedError, SocketIO, emit, join_room

socketio = SocketIO()


def sockets_of(user_id: str) -> list[str]:
    """Return the IDs of a user's sockets."""
    return [sid for sid, _ in socketio.server.manager.get_participants("/", user_id)]


def tell_count(user_id: str, leaving: str | None = None) -> None:
    """Send a user's tabs the number of tabs. A socket that leaves doesn't count."""
    count = len(set(sockets_of(user_id)) - {leaving})
    socketio.emit("sockets", {"count": count}, to=user_id)


@socketio.on("connect")
def connect(auth=None):
    if not current_user.is_authenticated:
        raise ConnectionRefusedError("log in first")
    join_room(current_user.get_id())
    emit("profile", current_user.as_json())
    tell_count(current_user.get_id())


@socketio.on("disconnect")
def disconnect(reason=None):
    tell_count(current_user.get_id(), leaving=request.sid)
