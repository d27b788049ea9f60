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

import pytest

from tests.fuzz import raw
from tests.fuzz.inputs import HANDSHAKE
from tests.fuzz.shapes import SHAPES, Shape
from tools.people import Person
from tools.servers import Server, our_apps, running

MOST = 2.5  # times the cost of an input of half the size
UNSEEN = 0.5  # times the cost of an empty request: less is lost in the noise, and harmless
# Parts of the limit, and how often an input of this size is sent in a round. The small part quickly
# finds a cost that would take minutes at the full size. It's sent more often because it's noisier.
SIZES = {1 / 16: 4, 1: 1}
ROUNDS = range(4, 25)  # a noisy machine needs more of them
PATIENCE = 20  # seconds for the rounds

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

    def cost(self, data: bytes, framed: bool) -> float:
        """Return the milliseconds of processor time that the server takes for this input."""
        data = data.replace(b"{cookie}", self.cookie.encode())
        data = data.replace(b"{number}", b"%8d" % next(self.numbers))
        if b"{sid}" in data:
            data = data.replace(b"{sid}", self.polling_sid().encode())
        connection = raw.Connection(self.server.port)
        if framed:
            connection.send(self.opening("websocket", HANDSHAKE))
            assert raw.codes(connection.head()) == [101]
            data = raw.websocket_frame(b"40") + data
        before = time.clock_gettime(self.clock)
        connection.send(data)
        connection.rest()
        return 1000 * (time.clock_gettime(self.clock) - before)

    def polling_sid(self) -> str:
        """Open a socket by long-polling, and return its session ID."""
        answer = raw.exchange(self.server.port, [self.opening("polling")])
        return json.loads(answer[answer.index(b'{"sid"') :])["sid"]

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

    def __init__(self, target: Target, shape: Shape, size: int, times: int):
        self.target = target
        self.times = times
        self.inputs = [shape.of(0), shape.of(size // 2), shape.of(size)]
        self.framed = shape.framed
        self.rounds: list[list[float]] = []

    def measure(self) -> None:
        self.rounds.append([self.cost(each) for each in self.inputs])

    def cost(self, data: bytes) -> float:
        return sum(self.target.cost(data, self.framed) for _ in range(self.times)) / self.times

    @property
    def middle(self) -> list[float]:
        """The medians, because on a virtual machine a process sometimes seems to take no time."""
        return [statistics.median(costs) for costs in zip(*self.rounds, strict=True)]

    @property
    def are_linear(self) -> bool:
        empty, half, whole = self.middle
        return whole - empty <= MOST * max(0, half - empty) + UNSEEN * empty

    def __str__(self) -> str:
        return ", ".join(f"{cost:.2f} ms" for cost in self.middle)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_g16_twice_the_input_costs_no_more_than_twice_the_time(target: Target, shape: Shape):
    for part, times in SIZES.items():
        costs = Costs(target, shape, int(part * shape.limit), times)
        deadline = time.monotonic() + PATIENCE
        for number in ROUNDS:
            costs.measure()
            if number > ROUNDS.start and (costs.are_linear or time.monotonic() > deadline):
                break
        if os.environ.get("SHOW"):
            print(costs)
        assert costs.are_linear, f"costs of none, half and all of {part:.2f} of the limit: {costs}"
