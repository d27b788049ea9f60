"""`python -m benchmarks.flask_socketio` serves the app, on gevent."""

from gevent import monkey

monkey.patch_all()  # before anything else is imported, or it would keep the unpatched parts

import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402

import gevent  # noqa: E402

if os.environ.get("WEBSOCKET") == "gevent-websocket":
    import geventwebsocket  # noqa: F401
else:
    sys.modules["geventwebsocket"] = None  # else it would be taken wherever it is installed

from .app import app  # noqa: E402
from .sockets import socketio  # noqa: E402


def main() -> None:
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "5000"))
    for signum in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(signum, socketio.stop)
    print(f"Listening on http://{host}:{port}", flush=True)
    socketio.run(app, host, port)


if __name__ == "__main__":
    main()
