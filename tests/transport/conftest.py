"""The tiny app as a process of its own, and clients of it."""

from __future__ import annotations

import contextlib
import http.client
import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import requests

from .frames import RawWebSocket

MAX_SIZE, MAX_UNSENT = 20_000, 200_000  # bytes, small ones, so that tests meet them soon


class Server:
    """A process with the tiny app."""

    def __init__(self, **options: object):
        command = [sys.executable, "-m", "tests.transport.app", json.dumps(options)]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.port = int(self.process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}"
        self.log: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stderr:
            self.log.append(line.rstrip())

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()

    def show(self, *words: object) -> object:
        """Return what a page of the app shows."""
        return requests.get("/".join(map(str, [self.url, *words])), timeout=10).json()

    def ends(self, sid: str) -> list[str]:
        """Return the reasons that the app was given for the end of a connection."""
        return [each[2] for each in self.show("happened", sid) if each[0] == "disconnect"]

    def websocket(self, query: str = "", **options) -> RawWebSocket:
        return RawWebSocket(self.port, query, **options)


class Polling:
    """A client that polls, one request after the other over a connection that is kept."""

    def __init__(self, server: Server, query: str = ""):
        self.http = requests.Session()
        self.server = server
        self.address = f"{server.url}/engine.io/?EIO=4&transport=polling{query}"
        self.handshake = self.http.get(self.address, timeout=10)
        self.opened = json.loads(self.handshake.text.split("\x1e")[0][1:])
        self.sid = self.opened["sid"]
        self.address += f"&sid={self.sid}"

    def post(self, body: str | bytes) -> requests.Response:
        return self.http.post(self.address, body, timeout=10)

    def poll(self) -> requests.Response:
        return self.http.get(self.address, timeout=10)

    def hold_poll(self) -> Held:
        """Begin to poll, over a connection of its own, and wait until the server waits, too."""
        held = Held(self)
        assert eventually(lambda: self.server.show("waits", self.sid))
        return held


class Held:
    """A request that polls and isn't answered yet."""

    def __init__(self, polling: Polling):
        self.connection = http.client.HTTPConnection("127.0.0.1", polling.server.port, timeout=10)
        self.connection.request("GET", polling.address.removeprefix(polling.server.url))

    def answer(self) -> tuple[int, str]:
        """Wait for the answer; return its status and text."""
        with contextlib.closing(self.connection):
            response = self.connection.getresponse()
            return response.status, response.read().decode()


def eventually(condition: Callable[[], object], seconds: float = 10) -> bool:
    """Wait until the condition is true; return False if it isn't in time."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


@contextlib.contextmanager
def running(**options: object) -> Iterator[Server]:
    server = Server(**options)
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="package")
def server() -> Iterator[Server]:
    """A server that meets its limits soon. It pings at its usual pace, so no test sees a ping."""
    with running(max_http_buffer_size=MAX_SIZE, max_unsent=MAX_UNSENT) as server:
        yield server
    tracebacks = server.log.count("Traceback (most recent call last):")
    assert tracebacks == server.log.count("RuntimeError: on purpose"), "\n".join(server.log)


@pytest.fixture
def polling(server: Server) -> Polling:
    return Polling(server)


@pytest.fixture
def ws(server: Server) -> Iterator[RawWebSocket]:
    ws = server.websocket()
    yield ws
    ws.close()
