"""Serves the small apps of these tests, each in a thread of its own."""

import threading
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server

from tools.people import Person, Socket


@pytest.fixture
def serve() -> Iterator[Callable[[Flask], str]]:
    """Return a function that serves an app on Flask's development server and returns its URL."""
    servers: list[BaseWSGIServer] = []

    def serve_one(app: Flask) -> str:
        server = make_server("127.0.0.1", 0, app, threaded=True)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        return f"http://127.0.0.1:{server.port}"

    yield serve_one
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def visit(serve) -> Callable[[Flask], Person]:
    """Return a function that serves an app and returns a person who visits it."""
    return lambda app: Person(serve(app), "Ada", "Lovelace")


@pytest.fixture
def connect() -> Iterator[Callable[..., Socket]]:
    """Return a function that opens a socket with a person's cookies.

    It uses long-polling because the Python client needs three seconds to close a WebSocket.
    """
    sockets: list[Socket] = []

    def connect_one(person: Person, **options) -> Socket:
        sockets.append(Socket(person, "polling", **options))
        return sockets[-1]

    yield connect_one
    for socket in sockets:
        socket.close()
