"""The WebSocket, which repeats each message with the user's name."""

from contextlib import suppress

from flask import session
from flask_login import current_user
from flask_sock import ConnectionClosed, Sock

from user_sockets import user_sockets

sock = Sock()


def close(user_id: str | None, session_id: str | None) -> None:
    """Close the WebSockets that a user has opened with this session."""
    for ws in user_sockets.of(user_id):
        if ws.environ["session"].sid == session_id:
            with suppress(ConnectionClosed):
                ws.close(1008, "log in first")


def is_logged_in() -> bool:
    """Return whether the session still exists. flask.session is from when the socket opened."""
    return "_user_id" in session.reload()


@sock.route("/echo")
def echo(ws):
    if not current_user.is_authenticated:
        return ws.close(1008, "log in first")
    user_id = session["_user_id"]
    user_sockets.add(user_id, ws)
    try:
        while is_logged_in():
            text = ws.receive()
            if is_logged_in():
                ws.send(f"{current_user.full_name}: {text}")
    finally:
        user_sockets.remove(user_id, ws)
