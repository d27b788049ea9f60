"""`python -m final` serves the app, on gevent."""

from gevent import monkey

monkey.patch_all()  # before anything else is imported, or it would keep the unpatched parts

import signal  # noqa: E402
import sys  # noqa: E402

import gevent  # noqa: E402
from flask import Flask  # noqa: E402
from pymongo.errors import PyMongoError  # noqa: E402

from . import create_app, log  # noqa: E402
from .config import Config, ConfigError  # noqa: E402
from .server import Server  # noqa: E402


def main() -> None:
    try:
        config = Config.from_environment()
    except ConfigError as error:
        sys.exit(str(error))
    log.set_up(config.production)
    try:
        app = create_app(config)
    except PyMongoError as error:
        sys.exit(f"MONGODB_URI names no MongoDB that can be used: {error}")
    serve(app, config)


def serve(app: Flask, config: Config) -> None:
    """Serve the app, until a signal says that it is enough."""
    server = Server((config.host, config.port), app)
    for name in {"SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"} & set(dir(signal)):
        gevent.signal_handler(getattr(signal, name), server.stop)
    try:
        server.start()
    except OSError as error:
        sys.exit(f"{config.host}:{config.port} cannot be listened on: {error.strerror}. Try PORT=…")
    print(f"Two Doors is open at http://{config.host}:{config.port} (Ctrl-C closes it)", flush=True)
    if not config.production:
        print("This is for development: see PROFILE, SECRET_KEY and MONGODB_URI in README.md.")
    server.serve_forever()


if __name__ == "__main__":
    main()
