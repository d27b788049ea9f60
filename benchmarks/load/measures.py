"""The measures. Each of them returns numbers, or raises Fault.

Among these numbers, `generator` and `server` are the shares of a core that these two used. If the
generator's share is 1, the other numbers say nothing about the server.
"""

import asyncio
import contextlib
import itertools
import json
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from . import wire
from .crowd import OTHERS, Crowd, Delivery, all_of
from .process import cpu_seconds, resident
from .wire import Fault, hang_up, open_socket

Numbers = dict[str, float]


@dataclass(frozen=True)
class Extent:
    """How long and how often to measure. The defaults are those of a full run."""

    seconds: float = 1.5  # in which to count, for numbers per second
    warm_up: float = 0.5  # seconds before that
    comments: int = 50  # at least this many one by one, for at least half of `seconds`
    latency: int = 400  # comments at a steady pace
    idle: int = 1_000  # sockets
    held: int = 5_000
    ping_cycles: int = 2


QUICK = Extent(
    seconds=0.5, warm_up=0.2, comments=20, latency=100, idle=300, held=500, ping_cycles=0
)
HANDSHAKES_AT_ONCE = 32
REQUESTS_AT_ONCE = 16
AUTHORS_AT_ONCE = 4
PACE = 100  # comments a second, for latency
BREATH = 0.5  # seconds in which a server can settle before its memory is read


class Window:
    """Measures a block of code: the elapsed time, and the CPU time of both processes."""

    def __init__(self, crowd: Crowd):
        self.pid = crowd.pid

    def __enter__(self) -> "Window":
        self._begin = self._now()
        return self

    def __exit__(self, *_) -> None:
        begin, end = self._begin, self._now()
        self.seconds, self.generator, self.server = (b - a for a, b in zip(begin, end, strict=True))

    def _now(self) -> tuple[float, float, float]:
        server = cpu_seconds(self.pid) if self.pid else 0.0
        return time.perf_counter(), time.process_time(), server

    def shares(self) -> Numbers:
        shares = {"generator": self.generator / self.seconds}
        return shares | ({"server": self.server / self.seconds} if self.pid else {})


async def handshakes(crowd: Crowd, extent: Extent) -> Numbers:
    """Open sockets, and count them per second: TCP, WebSocket, Socket.IO, and the profile."""

    async def open_one() -> None:
        nonlocal opened
        sockets.append(await open_socket(crowd.host, crowd.port, next(cookies)))
        sockets[-1].close()  # the server closes it while the next sockets open
        opened += 1

    await crowd.leave()
    await crowd.log_in(OTHERS)
    cookies, sockets, opened = itertools.cycle(crowd.cookies), [], 0
    window, rate = await in_a_second(crowd, open_one, HANDSHAKES_AT_ONCE, extent, lambda: opened)
    await hang_up(sockets)
    return {"per_second": rate, **window.shares()}


async def dashboard(crowd: Crowd, extent: Extent) -> Numbers:
    """Count dashboards per second, of people without friends, while 500 people are connected."""
    return await answers(crowd, extent, "/dashboard")


async def session(crowd: Crowd, extent: Extent) -> Numbers:
    """Count exposed sessions per second. They are the same few bytes from every server."""
    return await answers(crowd, extent, "/session")


async def answers(crowd: Crowd, extent: Extent, path: str) -> Numbers:
    async def get_one() -> None:
        nonlocal answered, size
        door = doors.pop()
        answer = await door.request(door.head("GET", path, next(cookies)) + b"\r\n")
        if answer.status != 200:
            raise Fault(f"{path} is answered with {answer.status}")
        answered, size = answered + 1, len(answer.body)
        doors.append(door)

    await crowd.connect(range(OTHERS, OTHERS + extent.idle // 2))
    await crowd.log_in(OTHERS + 1)  # at least one of them
    cookies, answered, size = itertools.cycle(crowd.cookies[OTHERS:]), 0, 0
    doors = [crowd.door() for _ in range(REQUESTS_AT_ONCE)]
    window, rate = await in_a_second(crowd, get_one, REQUESTS_AT_ONCE, extent, lambda: answered)
    for door in doors:
        door.close()
    crowd.check()
    return {"per_second": rate, "bytes": size, **window.shares()}


async def last_friend(crowd: Crowd, extent: Extent, friends: int) -> Numbers:
    """Measure the milliseconds from sending a comment until it reaches the last friend."""
    delivery = await delivery_to(crowd, friends)
    window, times = await one_by_one(delivery, extent)
    return {
        "median_ms": 1000 * statistics.median(times),
        "p99_ms": 1000 * percentile(times, 99),
        "comments": len(times),
        **window.shares(),
    }


async def sustained(crowd: Crowd, extent: Extent, friends: int) -> Numbers:
    """Count the notifications that arrive per second while comments are posted without a pause."""

    async def post_one() -> None:
        door = doors.pop()
        number = await delivery.post(door)
        doors.append(door)
        # Wait until an earlier comment has reached all friends, or comments would pile up in the
        # server.
        await delivery.until_all_have(max(0, number - AUTHORS_AT_ONCE))

    delivery = await delivery_to(crowd, friends)
    doors = [crowd.door() for _ in range(AUTHORS_AT_ONCE)]
    window, rate = await in_a_second(
        crowd, post_one, AUTHORS_AT_ONCE, extent, lambda: delivery.arrived
    )
    await delivery.end()
    return {"per_second": rate, **window.shares()}


async def latency(crowd: Crowd, extent: Extent) -> Numbers:
    """Measure the milliseconds from sending a comment until it reaches each of 10 friends.

    Comments are posted at a steady pace, even if the server can't keep up, and while other people
    are connected.
    """

    async def post_one() -> None:
        number = delivery.begin()
        door = await doors.get()
        await delivery.post(door, number)
        doors.put_nowait(door)

    async def post_all() -> None:
        async with asyncio.TaskGroup() as group:
            begin = time.perf_counter()
            for number in range(warm_up + extent.latency):
                await asyncio.sleep(begin + number / PACE - time.perf_counter())
                group.create_task(post_one())

    delivery = await delivery_to(crowd, 10, extent.idle)
    warm_up = int(extent.warm_up * PACE)
    doors: asyncio.Queue[wire.Door] = asyncio.LifoQueue()
    for _ in range(2 * REQUESTS_AT_ONCE):
        doors.put_nowait(crowd.door())
    with Window(crowd) as window:
        await all_of([post_all()])
        await delivery.end()
    delays = delivery.delays[10 * warm_up :]
    return {
        "p50_ms": 1000 * statistics.median(delays),
        "p99_ms": 1000 * percentile(delays, 99),
        "comments": extent.latency,
        **window.shares(),
    }


async def memory(crowd: Crowd, extent: Extent) -> Numbers:
    """Measure the memory in kB by which the server grows for each of 1,000 idle sockets."""
    return await memory_of(crowd, range(OTHERS, OTHERS + extent.idle))


async def held(crowd: Crowd, extent: Extent) -> Numbers:
    """Hold 5,000 sockets until the server has pinged all of them twice. Count dropped sockets."""
    numbers = await memory_of(crowd, range(extent.held))
    sockets, cycles = [*crowd.sockets.values()], extent.ping_cycles
    told = json.loads(sockets[0].opened)
    # A client disconnects if the server doesn't ping it in time.
    limit = cycles * (told["pingInterval"] + told["pingTimeout"]) / 1000
    with Window(crowd) as window, contextlib.suppress(TimeoutError):
        async with asyncio.timeout(limit):
            while any(not one.is_closed.done() and one.pings < cycles for one in sockets):
                await asyncio.sleep(0.1)
    dropped = sum(one.is_closed.done() or one.pings < cycles for one in sockets)
    kb_each = (resident(crowd.pid) - numbers["before_kb"]) / len(sockets)
    await crowd.leave()
    later = {"kb_each": kb_each, "dropped": dropped, "seconds": window.seconds}
    return numbers | later | {"ping_cycles": cycles, **window.shares()}


async def strangers(crowd: Crowd, extent: Extent, others: int) -> Numbers:
    """Measure the cost of a comment to 10 friends while this many strangers are connected."""
    return await cost(await delivery_to(crowd, 10, others), extent)


async def friends(crowd: Crowd, extent: Extent, friends: int) -> Numbers:
    """Measure the cost of a comment to this many friends."""
    return await cost(await delivery_to(crowd, friends), extent)


async def cost(delivery: Delivery, extent: Extent) -> Numbers:
    window, times = await one_by_one(delivery, extent)
    numbers = {"median_ms": 1000 * statistics.median(times), "comments": len(times)}
    if delivery.crowd.pid:
        numbers["cpu_ms"] = 1000 * window.server / len(times)
    return numbers | window.shares()


# Helpers of several measures.


async def delivery_to(crowd: Crowd, friends: int, others: int = 0) -> Delivery:
    """Connect this many friends of an author, and others. Return a delivery to the friends."""
    author = await crowd.author(friends)
    sockets = await crowd.connect([*range(friends), *range(OTHERS, OTHERS + others)])
    return Delivery(crowd, author, sockets[:friends])


async def one_by_one(delivery: Delivery, extent: Extent) -> tuple[Window, list[float]]:
    """Post comments, each after the previous one has reached all. Return the seconds of each."""

    async def post(comments: int, seconds: float) -> list[float]:
        begin, times = time.perf_counter(), []
        while len(times) < comments or time.perf_counter() < begin + seconds:
            times.append(await delivery.until_all_have(await delivery.post(door)))
        return times

    door = delivery.crowd.door()
    await post(extent.comments // 5, extent.warm_up / 2)
    with Window(delivery.crowd) as window:
        times = await post(extent.comments, extent.seconds / 2)
    await delivery.end()
    door.close()
    return window, times


async def in_a_second(
    crowd: Crowd,
    work: Callable[[], Awaitable[None]],
    hands: int,
    extent: Extent,
    count: Callable[[], int],
) -> tuple[Window, float]:
    """Repeat `work` in this many tasks without a pause. Return the growth of `count` per second."""

    async def hand() -> None:
        while not is_over:
            await work()

    async def watch() -> None:
        nonlocal counted, is_over
        await asyncio.sleep(extent.warm_up)
        before = count()
        with window:
            await asyncio.sleep(extent.seconds)
            while count() == before:  # a rate of zero would be no result
                await asyncio.sleep(extent.seconds)
            counted = count() - before
        is_over = True

    window, counted, is_over = Window(crowd), 0, False
    await all_of([watch(), *(hand() for _ in range(hands))])
    return window, counted / window.seconds


async def memory_of(crowd: Crowd, people: range) -> Numbers:
    """Connect these people, and measure by how much the server's memory grows for each."""
    if crowd.pid is None:
        raise Fault("name the server's process with --pid, to measure its memory")
    await crowd.leave()
    await crowd.log_in(people.stop)
    await asyncio.sleep(BREATH)
    before = resident(crowd.pid)
    await crowd.connect(people)
    await asyncio.sleep(BREATH)
    after = resident(crowd.pid)
    return {"kb_each": (after - before) / len(people), "before_kb": before, "sockets": len(people)}


def percentile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
