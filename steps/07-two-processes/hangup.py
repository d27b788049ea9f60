"""How the connection of a socket ends: without alarm in the terminal."""

import contextlib
import socket


class HangUp:
    """Ends the requests of sockets that have closed, without alarm.

    What python-engineio and simple-websocket raise there is theirs to tell the server. Flask's
    development server would show a traceback, or read the WebSocket's last bytes as HTTP.
    """

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        if not environ["PATH_INFO"].startswith("/socket.io/"):
            return self.app(environ, start_response)
        try:
            return self.app(environ, start_response)
        except KeyError:  # a long-polling request that comes after the end
            start_response("400 Bad Request", [("Content-Type", "text/plain")])
            return [b"this socket is closed"]
        except OSError:  # a WebSocket that has closed
            with contextlib.suppress(OSError):
                environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise SystemExit from None  # ends this connection's thread, not the server
