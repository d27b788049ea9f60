"""The WebSocket, which repeats each message with the user's name."""

from flask_login import current_user
from flask_sock import Sock

sock = Sock()


@sock.route("/echo")
def echo(ws):
    if not current_user.is_authenticated:
        return ws.close(1008, "log in first")
    while True:
        text = ws.receive()
        ws.send(f"{current_user.full_name}: {text}")
