"""A server of each kind, started when a test needs it."""

import contextlib
import functools
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.protocol import clients
from tests.protocol.clients import Door
from tools.folders import ROOT

CALM = ["--ping-interval=25", "--ping-timeout=20"]  # seconds, so that no ping disturbs a test


class Servers:
    """The running servers of one engine, by their options."""

    def __init__(self, engine: str, until_the_end: contextlib.ExitStack):
        self.engine = engine
        self.until_the_end = until_the_end
        self.url = functools.cache(self.start)

    def start(self, *options: str) -> str:
        command = [sys.executable, "-m", "tests.protocol.app", "--engine", self.engine, "--port=0"]
        process = subprocess.Popen(
            [*command, *options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.until_the_end.enter_context(process)
        self.until_the_end.callback(process.kill)
        return process.stdout.readline().strip()


@pytest.fixture(scope="session", params=["stock", "transport"])
def servers(request) -> Iterator[Servers]:
    with contextlib.ExitStack() as until_the_end:
        yield Servers(request.param, until_the_end)


@pytest.fixture(autouse=True)
def expect_what_differs(request, servers: Servers, monkeypatch):
    """Expect a test to fail on the engines that its mark names, or on stock if it names none.

    If the test passes there, that is an error. A test whose mark says `hangs` fails by a timeout,
    so shorten the timeout.
    """
    for mark in request.node.iter_markers("differs"):
        if servers.engine in mark.kwargs.get("on", ["stock"]):
            request.applymarker(pytest.mark.xfail(reason=mark.args[0], strict=True))
            if mark.kwargs.get("hangs"):
                monkeypatch.setattr(clients, "patience", 0.5)


@pytest.fixture
def engine_io(servers: Servers) -> Door:
    """Return the door that sends each message back."""
    return Door(servers.url(*CALM), "engine.io")


@pytest.fixture
def quick(servers: Servers) -> Door:
    """Return the same door with a ping every 300 ms, which must be answered within 200 ms."""
    return Door(servers.url(), "engine.io")


@pytest.fixture
def socket_io(servers: Servers) -> Door:
    return Door(servers.url(*CALM), "socket.io")


@pytest.fixture
def accepting_first(servers: Servers) -> Door:
    """Return the door for Socket.IO of a server with `always_connect`."""
    return Door(servers.url(*CALM, "--always-connect"), "socket.io")
