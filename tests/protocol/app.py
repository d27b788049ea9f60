"""An echo server that the official protocol suites can run against.

`/engine.io/` sends each message back. `/socket.io/` sends each event `message` back, under the name
`message-back`.

    python -m tests.protocol.app --engine transport --port 3000
"""

from gevent import monkey

monkey.patch_all()

import argparse  # noqa: E402
import logging  # noqa: E402
from collections.abc import Callable  # noqa: E402

import engineio  # noqa: E402
import socketio  # noqa: E402
from gevent.pywsgi import WSGIHandler, WSGIServer  # noqa: E402

LARGEST = 1_000_000  # bytes of a message


class Handler(WSGIHandler):
    """Puts the client's socket into the environ for the transport, as Werkzeug's server does."""

    def get_environ(self) -> dict:
        return super().get_environ() | {"werkzeug.socket": self.socket}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--engine", choices=["stock", "transport"], default="stock")
    parser.add_argument("--port", type=int, default=3000, help="0: any free one")
    parser.add_argument("--always-connect", action="store_true", help="accept before `connect`")
    parser.add_argument("--ping-interval", type=float, default=0.3, metavar="SECONDS")
    parser.add_argument("--ping-timeout", type=float, default=0.2, metavar="SECONDS")
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    handler = {"stock": WSGIHandler, "transport": Handler}[options.engine]
    server = WSGIServer(
        ("localhost", options.port), make_app(options), handler_class=handler, log=None
    )
    server.start()
    print(f"http://localhost:{server.server_port}", flush=True)
    server.serve_forever()


def make_app(options: argparse.Namespace) -> Callable:
    """Return the WSGI app with both doors."""
    messages = make_server(options).eio  # the handlers below replace python-socketio's
    messages.on("connect", lambda eio_sid, environ: None)
    messages.on("message", messages.send)
    messages.on("disconnect", lambda eio_sid, reason: None)

    sio = make_server(options)

    def connect(namespace: str) -> Callable:
        return lambda sid, environ, auth: sio.emit("auth", auth or {}, to=sid, namespace=namespace)

    def refuse(sid, environ, auth):
        raise socketio.exceptions.ConnectionRefusedError("not you")

    def ask(sid, question):
        sio.emit("question", question, to=sid, callback=lambda *data: answered(sid, data))

    def answered(sid, data):
        sio.emit("answered", data, to=sid)

    for namespace in "/", "/custom":
        sio.on("connect", connect(namespace), namespace=namespace)
    sio.on("connect", refuse, namespace="/closed")
    sio.on("message", lambda sid, *data: sio.emit("message-back", data, to=sid))
    sio.on("message-with-ack", lambda sid, *data: data)
    sio.on("ask", ask)
    return engineio.WSGIApp(messages, socketio.WSGIApp(sio))


def make_server(options: argparse.Namespace) -> socketio.Server:
    settings = {
        "always_connect": options.always_connect,
        "cors_allowed_origins": "*",
        "max_http_buffer_size": LARGEST,
        "ping_interval": options.ping_interval,
        "ping_timeout": options.ping_timeout,
    }
    if options.engine == "stock":
        return socketio.Server(async_mode="gevent", **settings)
    from final.transport import FastServer

    return FastServer(**settings)


if __name__ == "__main__":
    main()
