"""No input costs more than linear time (G16): twice the input takes about twice the time.

Each test sends a shape of input to a running server, and measures the processor time of the
server's process. So other programs on this machine hardly matter.
"""

import ctypes
import itertools
import json
import os
import statistics
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.fuzz import raw
from tests.fuzz.inputs import HANDSHAKE
from tests.fuzz.shapes import SHAPES, Shape
from tools.people import Person, eventually
from tools.servers import Server, our_apps, running

MOST = 2.5  # times the cost of an input of half the size
UNSEEN = 0.5  # times the cost of an empty request: less is lost in the noise, and harmless
ENOUGH = 20  # milliseconds of processor time for a measurement: some systems count in ticks of 4 ms
MANY = 100  # inputs are enough, even if they took no time
PARTS = [1 / 16, 1]  # of the limit: the small one finds a cost that would take minutes at the limit
ROUNDS = range(4, 25)  # a noisy machine needs more of them
PATIENCE = 20  # seconds for the rounds
CLOSE = b"1"  # a packet of Engine.IO

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="how long another process has worked is asked in Linux's way"
)


class Target:
    """A server, a user who is logged in there, and a clock for the server's processor time."""

    def __init__(self, server: Server):
        self.server = server
        person = Person(server.url, "Ada", "Lovelace")
        person.sign_up()
        self.numbers = itertools.count()  # for new emails, as guesses at one would be throttled
        self.cookie = f"sid={person.cookie}"
        clock = ctypes.c_int()
        assert ctypes.CDLL(None).clock_getcpuclockid(server.process.pid, ctypes.byref(clock)) == 0
        self.clock = clock.value
        self.polled: list[str] = []  # session IDs

    def cost(self, data: bytes, framed: bool, times: int) -> float:
        """Return the milliseconds of processor time that the server takes for these inputs."""
        inputs = [self.prepared(data, framed) for _ in range(times)]
        before = self.processor_time()
        for connection, filled_in in inputs:
            connection.send(filled_in)
            connection.rest()
        cost = self.processor_time() - before
        self.close_polled_sockets()
        return cost

    def processor_time(self) -> float:
        """Return the milliseconds that the server has worked, once it rests.

        Before, Linux may leave out what it has done since the last tick.
        """
        assert eventually(lambda: self.state() == "S")
        return 1000 * time.clock_gettime(self.clock)

    def state(self) -> str:
        """Return the letter for what the process does: `R` for running, `S` for waiting, …

        See proc_pid_stat(5).
        """
        return Path(f"/proc/{self.server.process.pid}/stat").read_text().rpartition(") ")[2][0]

    def prepared(self, data: bytes, framed: bool) -> tuple[raw.Connection, bytes]:
        """Return a connection, and the input to send on it."""
        data = data.replace(b"{cookie}", self.cookie.encode())
        data = data.replace(b"{number}", b"%8d" % next(self.numbers))
        if b"{sid}" in data:
            self.polled.append(self.polling_sid())
            data = data.replace(b"{sid}", self.polled[-1].encode())
        connection = raw.Connection(self.server.port)
        if framed:
            connection.send(self.opening("websocket", HANDSHAKE))
            assert raw.codes(connection.head()) == [101]
            data = raw.websocket_frame(b"40") + data
        return connection, data

    def polling_sid(self) -> str:
        """Open a socket by long-polling, and return its session ID."""
        answer = raw.exchange(self.server.port, [self.opening("polling")])
        return json.loads(answer[answer.index(b'{"sid"') :])["sid"]

    def close_polled_sockets(self) -> None:
        """Close the sockets that are open by long-polling: a browser may have only so many."""
        for sid in self.polled:
            target = f"/socket.io/?EIO=4&transport=polling&sid={sid}"
            request = raw.request("POST", target, [f"Cookie: {self.cookie}"], CLOSE)
            raw.exchange(self.server.port, [request])
        self.polled.clear()

    def opening(self, transport: str, headers: Iterable[str] = ()) -> bytes:
        target = f"/socket.io/?EIO=4&transport={transport}"
        return raw.request("GET", target, [*headers, f"Cookie: {self.cookie}"])


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    unlimited = {"POSTS_PER_SECOND": "100000", "COMMENTS_PER_HOUR": "1000000"}  # for one user
    with running(our_apps()[-1], PROXIES="1", DEMO="0", **unlimited) as server:
        yield Target(server)


class Costs:
    """The costs of a shape's inputs: without repetition, of half the size and of the full size."""

    def __init__(self, target: Target, shape: Shape, size: int):
        self.target = target
        self.inputs = [shape.of(0), shape.of(size // 2), shape.of(size)]
        self.framed = shape.framed
        self.times = self.often_enough()
        self.rounds: list[list[float]] = []

    def often_enough(self) -> int:
        """Return how often the full input has to be sent to cost `ENOUGH`."""
        times = 1
        while times < MANY and self.target.cost(self.inputs[-1], self.framed, times) < ENOUGH:
            times *= 2
        return times

    def measure(self) -> None:
        costs = [self.target.cost(each, self.framed, self.times) for each in self.inputs]
        self.rounds.append([cost / self.times for cost in costs])

    @property
    def middle(self) -> list[float]:
        """The medians, because the server now and then does something else as well."""
        return [statistics.median(costs) for costs in zip(*self.rounds, strict=True)]

    @property
    def are_linear(self) -> bool:
        empty, half, whole = self.middle
        return whole - empty <= MOST * max(0, half - empty) + UNSEEN * empty

    def __str__(self) -> str:
        return ", ".join(f"{cost:.2f} ms" for cost in self.middle)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_g16_twice_the_input_costs_no_more_than_twice_the_time(target: Target, shape: Shape):
    for part in PARTS:
        costs = Costs(target, shape, int(part * shape.limit))
        deadline = time.monotonic() + PATIENCE
        for number in ROUNDS:
            costs.measure()
            if number > ROUNDS.start and (costs.are_linear or time.monotonic() > deadline):
                break
        if os.environ.get("SHOW"):
            print(costs)
        assert costs.are_linear, f"costs of none, half and all of {part:.2f} of the limit: {costs}"
