"""`python -m final` serves the app on gevent."""

import os

from gevent import monkey

monkey.patch_all()  # before modules are imported that would keep the unpatched functions
# By default, gevent records who spawned each greenlet, which takes 2 kB per greenlet.
os.environ.setdefault("GEVENT_TRACK_GREENLET_TREE", "0")

import contextlib  # noqa: E402
import dataclasses  # noqa: E402
import signal  # noqa: E402
import socket  # noqa: E402
import sys  # noqa: E402

import gevent  # noqa: E402
from flask import Flask  # noqa: E402
from pymongo.errors import PyMongoError  # noqa: E402

from .app import create_app  # noqa: E402
from .domain.database import NO_MONGODB  # noqa: E402
from .domain.snapshot import reason  # noqa: E402
from .server import log  # noqa: E402
from .server.address import ALL_ADDRESSES, browser_url, listen  # noqa: E402
from .server.wsgi import Server  # noqa: E402
from .settings.config import Config, ConfigError  # noqa: E402


def main() -> None:
    try:
        config = Config.from_environment()
        log.set_up(config.production)
        # Take the port first: if another process has it, this one must not touch the database.
        listener = listen(config.host, config.port)
        config = dataclasses.replace(config, port=listener.getsockname()[1])
        app = create_app(config)
    except ConfigError as error:
        sys.exit(str(error))
    except PyMongoError as error:
        sys.exit(f"{NO_MONGODB}: {reason(error)}.")
    serve(app, config, listener)


def serve(app: Flask, config: Config, listener: socket.socket) -> None:
    """Serve the app until a signal asks for the end."""
    server = Server(listener, app)
    for name in {"SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"} & set(dir(signal)):
        gevent.signal_handler(getattr(signal, name), server.stop)
    server.start()
    is_everywhere = listener.getsockname()[0] in ALL_ADDRESSES
    everywhere = ", and at all other addresses of this machine" if is_everywhere else ""
    say(f"Two Doors is open at {browser_url(config.host, listener)}{everywhere} (Ctrl-C closes it)")
    if not config.production:
        say("This is for development: see PROFILE, SECRET_KEY and MONGODB_URI in docs/settings.md.")
    server.serve_forever()


def say(text: str) -> None:
    """Print a line, unless the terminal is gone."""
    with contextlib.suppress(OSError):
        print(text, flush=True)


if __name__ == "__main__":
    main()
