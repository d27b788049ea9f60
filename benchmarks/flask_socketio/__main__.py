"""`python -m benchmarks.flask_socketio` serves the app, on gevent."""

from gevent import monkey

monkey.patch_all()  # before anything else is imported, or it would keep the unpatched parts

import os  # noqa: E402
import signal  # noqa: E402
import socket  # noqa: E402
import sys  # noqa: E402

import gevent  # noqa: E402
from gevent.pywsgi import WSGIHandler, WSGIServer  # noqa: E402

if os.environ.get("WEBSOCKET") == "gevent-websocket":
    from geventwebsocket.handler import WebSocketHandler as WSGIHandler
else:
    sys.modules["geventwebsocket"] = None  # else it would be taken wherever it is installed

from .app import app  # noqa: E402


class Handler(WSGIHandler):
    """gevent's, which is quicker so. All else is as socketio.run(app) does it."""

    def handle(self) -> None:
        # An answer's head and body are sent apart: the second would wait for word of the first.
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
