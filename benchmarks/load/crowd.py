"""The people of a server: their logins, their friendships with an author, and their sockets.

An author with F friends has the persons 0 to F-1 as friends. The authors are the persons 500 to
504, and all others are strangers to them.
"""

import asyncio
import re
import time
import urllib.parse
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence

from . import wire
from .wire import Door, Fault, Socket, hang_up, open_socket

PASSWORD = "correct horse battery"
AT_ONCE = 16  # concurrent requests, when nothing is measured
FRIENDS = 500  # the most that an author has
AUTHORS = {friends: FRIENDS + place for place, friends in enumerate((10, 50, 100, 250, 500))}
OTHERS = FRIENDS + len(AUTHORS)  # the number of the first person without friends
MARK = b"this is comment "


class Crowd:
    """The people of a server. A person is identified by the number in their email."""

    def __init__(self, url: str, pid: int | None = None):
        address = urllib.parse.urlsplit(url)
        self.host, self.port = address.hostname, address.port or 80
        self.pid = pid  # of the server, if it runs on this machine
        self.cookies: list[str] = []
        self.sockets: dict[int, Socket] = {}  # open sockets, by person
        self._friendly: set[int] = set()  # authors whose friends have been added

    def door(self) -> Door:
        return Door(self.host, self.port)

    async def log_in(self, how_many: int) -> None:
        """Log people in until at least this many are logged in."""

        async def log_in_one(door: Door, person: int) -> None:
            form = {"email": f"person-{person}@example.org", "password": PASSWORD}
            answer = await door.post("/login", **form)
            given = re.search(rb"(?i)\r\nset-cookie: *sid=([^;\r]+)", answer.head)
            if answer.status != 302 or not given:
                raise Fault(f"person {person} cannot log in: {answer.status}")
            cookies[person] = given[1].decode()

        cookies: dict[int, str] = {}
        await self.each(range(len(self.cookies), how_many), log_in_one)
        self.cookies += [cookies[person] for person in sorted(cookies)]

    async def author(self, friends: int) -> int:
        """Return the author with this many friends, and make persons 0 and up their friends."""
        if friends not in AUTHORS:
            raise Fault(f"no author has {friends} friends, only {', '.join(map(str, AUTHORS))}")
        author = AUTHORS[friends]

        async def befriend(door: Door, friend: int) -> None:
            for one, other in (author, friend), (friend, author):
                email = f"person-{other}@example.org"
                answer = await door.post("/friends", self.cookies[one], email=email)
                if answer.status != 200:
                    raise Fault(f"POST /friends is answered with {answer.status}")

        await self.log_in(OTHERS)
        if author not in self._friendly:
            self._friendly.add(author)
            await self.each(range(friends), befriend)
        return author

    async def connect(self, people: Iterable[int]) -> list[Socket]:
        """Connect these people once each, disconnect all others, and return the sockets."""

        async def connect_one(door: Door, person: int) -> None:
            self.sockets[person] = await open_socket(self.host, self.port, self.cookies[person])

        people = [*people]
        await self.log_in(max(people, default=-1) + 1)
        surplus = self.sockets.keys() - {*people}
        await hang_up([self.sockets.pop(person) for person in surplus])
        await self.each([person for person in people if person not in self.sockets], connect_one)
        self.check()
        return [self.sockets[person] for person in people]

    async def each(
        self, people: Iterable[int], work: Callable[[Door, int], Awaitable[None]]
    ) -> None:
        """Do the work for each of these people in concurrent tasks, each with a connection."""

        async def hand() -> None:
            door = self.door()
            for person in waiting:
                await work(door, person)
            door.close()

        waiting = iter(people)
        await all_of(hand() for _ in range(AT_ONCE))

    async def leave(self) -> None:
        """Close all sockets."""
        sockets, self.sockets = self.sockets, {}
        await hang_up([*sockets.values()])

    def lost(self) -> int:
        """Return the number of sockets that have closed although we didn't close them."""
        return sum(socket.is_closed.done() for socket in self.sockets.values())

    def check(self) -> None:
        if self.lost():
            raise Fault(f"{self.lost()} of {len(self.sockets)} sockets are lost")


class Delivery:
    """Keeps track of one author's comments: when each was sent, and when it reached each friend."""

    def __init__(self, crowd: Crowd, author: int, friends: Sequence[Socket]):
        self.crowd, self.cookie = crowd, crowd.cookies[author]
        self.friends = len(friends)
        self.sent: list[float] = []  # times, by a comment's number
        self.last: list[float] = []  # times when the last friend received it
        self.delays: list[float] = []  # of every notification
        self.arrived = 0
        self._left: list[int] = []  # by a comment's number: the friends without it
        self._had: dict[Socket, list[int]] = {socket: [] for socket in friends}
        self._strange = 0  # comments that reached someone else, or were never sent
        self._waiting: dict[int, asyncio.Event] = {}
        for socket in crowd.sockets.values():
            socket.on_comment = self._has_come

    def begin(self) -> int:
        """Record that a comment is being sent now, and return its number."""
        self._left.append(self.friends)
        self.last.append(0.0)
        self.sent.append(time.perf_counter())
        return len(self.sent) - 1

    async def post(self, door: Door, number: int | None = None) -> int:
        """Post a comment and return its number. Friends may receive it before or after that."""
        number = self.begin() if number is None else number
        text = f"{MARK.decode()}{number:06d}, about as long as people write them here"
        answer = await door.post("/comments", self.cookie, text=text)
        if answer.status != 201:
            raise Fault(f"a comment is answered with {answer.status}")
        return number

    def _has_come(self, socket: Socket, packet: bytes) -> None:
        now = time.perf_counter()
        begin = packet.find(MARK) + len(MARK)
        try:
            number = int(packet[begin : begin + 6])
            self.delays.append(now - self.sent[number])
            self._had[socket].append(number)
        except (LookupError, ValueError):
            self._strange += 1
            return
        self.arrived += 1
        self._left[number] -= 1
        if not self._left[number]:
            self.last[number] = now
            if number in self._waiting:
                self._waiting.pop(number).set()

    async def until_all_have(self, number: int) -> float:
        """Wait until a comment has reached all friends, and return how many seconds that took."""
        if self._left[number] > 0:
            has_come = self._waiting.setdefault(number, asyncio.Event())
            try:
                async with asyncio.timeout(wire.patience):
                    await has_come.wait()
            except TimeoutError:
                self.crowd.check()
                missing = f"{self._left[number]} of {self.friends} friends"
                raise Fault(
                    f"comment {number} is not with {missing} after {wire.patience} seconds"
                ) from None
        return self.last[number] - self.sent[number]

    async def end(self) -> None:
        """Wait until all comments have arrived, and check that each friend got each one once."""
        for number in range(len(self.sent)):
            await self.until_all_have(number)
        self.crowd.check()
        if self._strange:
            raise Fault(f"{self._strange} comments have come that were for somebody else")
        wrong = [
            number
            for numbers in self._had.values()
            for number, times in Counter(numbers).items()
            if times != 1
        ]
        if wrong:
            raise Fault(f"{len(wrong)} comments have come twice to a friend")


async def all_of(works: Iterable[Awaitable[None]]) -> None:
    """Run these awaitables concurrently. If one fails, cancel the rest and raise its exception."""
    try:
        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(work)
    except BaseExceptionGroup as group:
        raise first(group) from None


def first(error: BaseException) -> BaseException:
    return first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error
