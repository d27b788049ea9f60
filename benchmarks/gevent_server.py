"""Serves a Flask app on gevent, at the address in PORT and HOST (127.0.0.1:5000)."""

import os
import signal
import socket

import gevent
from gevent.pywsgi import WSGIHandler, WSGIServer


def serve(app, handler: type[WSGIHandler] = WSGIHandler) -> None:
    """Serve the app with this class of handlers and TCP_NODELAY, until SIGTERM or SIGINT."""

    class Handler(handler):
        def handle(self) -> None:
            # The head and the body of a response are sent separately. Without this option, the body
            # would wait until the client has acknowledged the head.
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            super().handle()

    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "5000"))
    server = WSGIServer((host, port), app, handler_class=Handler, log=None)
    for signum in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(signum, server.stop)
    server.start()
    print(f"Listening on http://{host}:{port}", flush=True)
    server.serve_forever()
