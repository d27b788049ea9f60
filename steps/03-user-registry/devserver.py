"""What Flask's development server has to be told about WebSockets."""

import contextlib
import socket


class EndWebSockets:
    """Hangs up when a WebSocket has closed, instead of going on with the connection as HTTP.

    simple-websocket then raises ConnectionError. Flask's debugger would show that as a failure,
    and without the debugger the server would read the last frames as one more request.
    """

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        try:
            return self.app(environ, start_response)
        except ConnectionError:
            with contextlib.suppress(OSError):  # it may be closed already
                environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise SystemExit from None  # ends this connection's thread, not the server
