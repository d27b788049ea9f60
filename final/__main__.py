"""`python -m final` serves the app, on gevent."""

from gevent import monkey

monkey.patch_all()  # before anything else is imported, or it would keep the unpatched parts

import logging  # noqa: E402
import signal  # noqa: E402

import gevent  # noqa: E402
from gevent.pywsgi import WSGIHandler, WSGIServer  # noqa: E402

from . import create_app  # noqa: E402
from .config import Config  # noqa: E402


class Handler(WSGIHandler):
    """gevent's handler of a connection, told that no further request follows a WebSocket."""

    def handle_one_response(self) -> None:
        super().handle_one_response()
        if self.environ.get("HTTP_UPGRADE", "").lower() == "websocket":
            self.close_connection = True


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    config = Config.from_environment()
    address, app = (config.host, config.port), create_app(config)
    server = WSGIServer(address, app, log=None, handler_class=Handler)
    for stop in signal.SIGINT, signal.SIGTERM:
        gevent.signal_handler(stop, server.stop, timeout=1)
    server.start()
    print(f"Two Doors is open at http://{config.host}:{config.port} (Ctrl-C closes it)", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
