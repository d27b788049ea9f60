"""Ends the connections of closed sockets without a traceback in the terminal."""

import contextlib
import socket


class HangUp:
    """Ends the requests of closed sockets quietly.

    python-engineio and simple-websocket raise exceptions when a socket closes. Without this wrapper
    Flask's development server would print a traceback, or read the last bytes as an HTTP request.
    """

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        if not environ["PATH_INFO"].startswith("/socket.io/"):
            return self.app(environ, start_response)
        try:
            return self.app(environ, start_response)
        except KeyError:  # a long-polling request after the socket has closed
            start_response("400 Bad Request", [("Content-Type", "text/plain")])
            return [b"this socket is closed"]
        except OSError:  # a WebSocket that has closed
            with contextlib.suppress(OSError):
                environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise SystemExit from None  # ends the thread of this connection, not the server
