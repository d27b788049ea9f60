"""`python -m benchmarks.flask_socketio` serves the app, on gevent."""

from gevent import monkey

monkey.patch_all()  # before all other imports, which would keep the unpatched functions

import os  # noqa: E402
import signal  # noqa: E402
import socket  # noqa: E402
import sys  # noqa: E402

import gevent  # noqa: E402
from gevent.pywsgi import WSGIHandler, WSGIServer  # noqa: E402

if os.environ.get("WEBSOCKET") == "gevent-websocket":
    from geventwebsocket.handler import WebSocketHandler as WSGIHandler
else:
    sys.modules["geventwebsocket"] = None  # or it would be used wherever it's installed

from .app import app  # noqa: E402


class Handler(WSGIHandler):
    """gevent's handler, made faster. Everything else is as in socketio.run(app)."""

    def handle(self) -> None:
        # The head and the body of a response are sent separately. Without this option, the body
        # would wait until the client has acknowledged the head.
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().handle()


def main() -> None:
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "5000"))
    server = WSGIServer((host, port), app, handler_class=Handler, log=None)
    for signum in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(signum, server.stop)
    server.start()
    print(f"Listening on http://{host}:{port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
