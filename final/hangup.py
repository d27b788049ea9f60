"""How the connection of a socket ends, where python-engineio leaves it to the server."""

from gevent.pywsgi import WSGIHandler


class HangUp:
    """Ends the requests of sockets that have closed, without alarm.

    python-engineio raises KeyError for a long-polling request that comes after the end, and
    OSError where a WebSocket closes while something is sent. A WebSocket that began as
    long-polling it answers with 200 when it has closed, which a browser would take for a frame.
    """

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        if not environ["PATH_INFO"].startswith("/socket.io/"):
            return self.app(environ, start_response)
        has_closed = False

        def start_unless_closed(status, headers, exc_info=None):
            nonlocal has_closed
            has_closed = is_websocket(environ) and status.startswith("200")
            return None if has_closed else start_response(status, headers, exc_info)

        try:
            body = self.app(environ, start_unless_closed)
            return [] if has_closed else body
        except (KeyError, OSError):
            if is_websocket(environ):
                return []  # there is nobody to answer any more
            start_response("400 Bad Request", [("Content-Type", "text/plain")])
            return [b"this socket is closed"]


class Handler(WSGIHandler):
    """gevent's handler of a connection, told that no further request follows a WebSocket."""

    def handle_one_response(self) -> None:
        super().handle_one_response()
        if is_websocket(self.environ):
            self.close_connection = True


def is_websocket(environ: dict) -> bool:
    return environ.get("HTTP_UPGRADE", "").lower() == "websocket"
