"""`python -m benchmarks.growth` shows how costs grow with the data, in a minute and a half.

It starts final/ with an empty database on a real MongoDB, adds more and more data, and measures at
several sizes how long a user waits. Then it does the same with two processes of final/, which share
the database and a Redis. It writes the times to growth.json, and draws plots/growth.svg.
"""

import asyncio
import contextlib
import itertools
import json
import math
import re
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from bson import ObjectId
from pymongo.database import Database
from werkzeug.security import generate_password_hash

from tools import people, programs
from tools.mongo import address, new_database, real_mongodb
from tools.mongod import why_none
from tools.open_files import allow_open_files
from tools.redis import Redis
from tools.servers import FINAL, ROOT, App, Server, running

from . import plots
from .load.wire import Door, Fault, Socket, hang_up, open_socket

RESULTS = Path(__file__).with_name("growth.json")
PLOT = RESULTS.parent / "plots" / "growth.svg"
TRIES = 5  # measurements of a time, of which we take the median
PER_SESSION = 25  # sockets, far fewer than a session may have
PASSWORD = "correct horse battery"
HASHED = generate_password_hash(PASSWORD, method="pbkdf2:sha256:1")  # cheap to check
LINEAR = 1.15  # the steepest growth that still counts as linear, because times vary


class Place:
    """The processes of the app and their database. People are identified by their IDs.

    Requests go to the first process, and sockets are opened at all of them in turn.
    """

    def __init__(self, server: Server, database: Database, *others: Server):
        self.url = server.url
        self.ports = [server.port, *(other.port for other in others)]
        self.database = database
        self.door = Door("127.0.0.1", server.port)
        self.people = 0

    def add_people(self, how_many: int) -> list[str]:
        """Add people with accounts, and return their IDs."""
        numbers = range(self.people, self.people + how_many)
        self.people += how_many
        documents = [
            {
                "_id": ObjectId(),
                "first_name": "Person",
                "last_name": str(number),
                "names": ["person", str(number), f"person {number}"],
                "email": f"person-{number}@example.org",
                "password": HASHED,
            }
            for number in numbers
        ]
        self.database.users.insert_many(documents)
        return [str(each["_id"]) for each in documents]

    def relate(self, one: str, others: list[str], accepted: bool = True) -> None:
        """Make all others friends of one person, or let them send friend requests."""
        now = datetime.now(UTC)
        documents = [
            {
                "_id": ":".join(sorted([one, other])),
                "members": sorted([one, other]),
                "asked_by": other,
                "accepted": accepted,
                "since": now,
            }
            for other in others
        ]
        self.database.friendships.insert_many(documents)

    def add_posts(self, author: str, to: str, how_many: int) -> None:
        """Add posts of this author, of which `to` is notified."""
        posts = [self._post(number, author, author, to) for number in range(how_many)]
        self.database.posts.insert_many(posts)

    def add_replies(self, post_id: str, owner: str, author: str, how_many: int) -> None:
        """Add replies of this author to a post of `owner`."""
        thread = ObjectId(post_id)
        posts = [self._post(number, author, owner, owner, thread) for number in range(how_many)]
        self.database.posts.insert_many(posts)

    def _post(
        self, number: int, author: str, owner: str, to: str, thread: ObjectId | None = None
    ) -> dict:
        return {
            "_id": ObjectId(),
            "author_id": author,
            "text": f"Comment {number}, about as long as people write them.",
            "created_at": datetime.now(UTC),
            "thread": thread,
            "owner": owner,
            "to": [to],
        }

    async def log_in(self, user_id: str) -> str:
        """Log a user in, and return the cookie of the new session."""
        user = self.database.users.find_one({"_id": ObjectId(user_id)})
        answer = await self.door.post("/login", email=user["email"], password=PASSWORD)
        found = re.search(rb"(?i)\r\nset-cookie: *sid=([^;\r]+)", answer.head)
        if answer.status != 302 or not found:
            raise Fault(f"a login was answered with {answer.status}")
        return found[1].decode()

    async def post(self, cookie: str, text: str, **more: str) -> str:
        """Post a comment and return its ID."""
        answer = await self.door.post("/comments", cookie, text=text, **more)
        if answer.status != 201:
            raise Fault(f"a comment is answered with {answer.status}")
        return re.search(rb'"id": ?"(\w{24})"', answer.body)[1].decode()

    async def get(self, path: str, cookie: str) -> None:
        """Get a page."""
        answer = await self.door.get(path, cookie)
        if answer.status != 200:
            raise Fault(f"{path} is answered with {answer.status}")

    async def took(self, work: Callable[[], Awaitable]) -> float:
        """Do the work several times, and return the median duration in milliseconds."""
        tries = []
        for _ in range(TRIES):
            begin = time.perf_counter()
            await work()
            tries.append(1000 * (time.perf_counter() - begin))
            await self.door.get("/session", "")  # lets the server do other work first
        return statistics.median(tries)

    async def open(self, user_id: str, how_many: int) -> list[Socket]:
        """Open sockets of one user, one after the other."""
        sockets = []
        for number in range(how_many):
            if number % PER_SESSION == 0:
                cookie = await self.log_in(user_id)
            port = self.ports[number % len(self.ports)]
            sockets.append(await open_socket("127.0.0.1", port, cookie))
        return sockets

    def catch_up(self, cookie: str) -> int:
        """Fetch all notifications as a page does, portion by portion. Return how many there are."""
        person = people.Person(self.url, "Person", "")
        person.http.cookies.set("sid", cookie)
        socket = people.Socket(person)
        last, fetched = None, set()
        while True:
            portion = socket.call("notifications", {"after": last})["notifications"]
            new = [each["id"] for each in portion if each["id"] not in fetched]
            if not new:
                break
            fetched |= set(new)
            last = new[-1]
        socket.close()
        return len(fetched)


# Each measure takes a size, and returns milliseconds by what a user waits for.


async def comments(place: Place, how_many: int) -> dict[str, float]:
    """Store comments of strangers until there are this many comments."""
    missing = how_many - place.database.posts.estimated_document_count()
    [owner, friend, *strangers] = place.add_people(4)
    place.relate(owner, [friend])
    if missing > 0:
        place.add_posts(strangers[0], strangers[1], missing)
    cookie = await place.log_in(owner)
    return {
        "posting a comment": await place.took(lambda: place.post(cookie, "Hello.")),
        "the dashboard": await place.took(lambda: place.get("/dashboard", cookie)),
    }


async def posts(place: Place, how_many: int) -> dict[str, float]:
    """Let one person's friend write this many posts."""
    [owner, friend] = place.add_people(2)
    place.relate(owner, [friend])
    place.add_posts(friend, owner, how_many)
    cookie = await place.log_in(owner)
    return {"the dashboard": await place.took(lambda: place.get("/dashboard", cookie))}


async def missed(place: Place, how_many: int) -> dict[str, float]:
    """Let one person miss this many comments."""
    [owner, friend] = place.add_people(2)
    place.relate(owner, [friend])
    place.add_posts(friend, owner, how_many)
    cookie = await place.log_in(owner)
    if (fetched := await asyncio.to_thread(place.catch_up, cookie)) != how_many:
        raise Fault(f"{fetched} of {how_many} missed comments are fetched")
    return {"catching up": await place.took(lambda: asyncio.to_thread(place.catch_up, cookie))}


async def replies(place: Place, how_many: int) -> dict[str, float]:
    """Give one post this many replies."""
    [owner, friend] = place.add_people(2)
    place.relate(owner, [friend])
    cookie = await place.log_in(owner)
    post_id = await place.post(cookie, "A post.")
    place.add_replies(post_id, owner, friend, how_many)
    return {
        "the dashboard": await place.took(lambda: place.get("/dashboard", cookie)),
        "the post's page": await place.took(lambda: place.get(f"/posts/{post_id}", cookie)),
        "posting a reply": await place.took(lambda: place.post(cookie, "Mine.", post=post_id)),
    }


async def friends(place: Place, how_many: int) -> dict[str, float]:
    """Give one person this many friends."""
    [owner, *others] = place.add_people(1 + how_many)
    place.relate(owner, others)
    cookie = await place.log_in(owner)
    return {
        "posting a comment": await place.took(lambda: place.post(cookie, "Hello.")),
        "the friends page": await place.took(lambda: place.get("/friends", cookie)),
    }


async def requests(place: Place, how_many: int) -> dict[str, float]:
    """Give one person this many friend requests."""
    [owner, *asking] = place.add_people(1 + how_many)
    place.relate(owner, asking, accepted=False)
    cookie = await place.log_in(owner)
    return {
        "the dashboard": await place.took(lambda: place.get("/dashboard", cookie)),
        "the friends page": await place.took(lambda: place.get("/friends", cookie)),
    }


async def sockets(place: Place, how_many: int) -> dict[str, float]:
    """Let one person open this many sockets one by one, and then let a friend post a comment."""
    [owner, friend] = place.add_people(2)
    place.relate(owner, [friend])
    cookie = await place.log_in(friend)
    begin = time.perf_counter()
    opened = await place.open(owner, how_many)
    opening = 1000 * (time.perf_counter() - begin)
    comment = await place.took(lambda: place.post(cookie, "Hello."))
    await hang_up(opened)
    return {"opening the sockets": opening, "posting a comment": comment}


async def connected(place: Place, how_many: int) -> dict[str, float]:
    """Let this many friends of one person be connected, and wait until the last one is notified."""
    [owner, *others] = place.add_people(1 + how_many)
    place.relate(owner, others)
    cookie = await place.log_in(owner)
    opened = [
        await open_socket("127.0.0.1", port, await place.log_in(other))
        for other, port in zip(others, itertools.cycle(place.ports), strict=False)
    ]

    async def notify() -> None:
        waiting, done = set(opened), asyncio.Event()

        def remember(socket: Socket, packet: bytes) -> None:
            waiting.discard(socket)
            if not waiting:
                done.set()

        for socket in opened:
            socket.on_comment = remember
        await place.post(cookie, "Hello.")
        async with asyncio.timeout(people.patience):
            await done.wait()

    took = await place.took(notify)
    await hang_up(opened)
    both = ", with two processes" if len(place.ports) == 2 else ""
    return {f"notifying all of them{both}": took}


async def leaving(place: Place, how_many: int) -> dict[str, float]:
    """Let this many people leave at the same moment, and another one ask for a page just then."""
    [stays, *leave] = place.add_people(1 + how_many)
    cookie = await place.log_in(stays)
    opened = [
        await open_socket("127.0.0.1", place.ports[0], await place.log_in(user_id))
        for user_id in leave
    ]
    begin = time.perf_counter()
    await hang_up(opened)
    await place.get("/dashboard", cookie)
    return {"the dashboard while others leave": 1000 * (time.perf_counter() - begin)}


@dataclass(frozen=True)
class Measure:
    """A measurement that is repeated at several sizes."""

    by: str  # the data that grows
    times: Callable[[Place, int], Awaitable[dict[str, float]]]
    sizes: tuple[int, ...]
    processes: int = 1


MEASURES = [
    Measure("stored comments of strangers", comments, (1_000, 10_000, 100_000)),
    Measure("friends", friends, (10, 100, 500)),
    Measure("open sockets of a friend", sockets, (10, 30, 100)),
    Measure("friend requests", requests, (10, 100, 1_000)),
    Measure("posts of friends", posts, (10, 100, 1_000)),
    Measure("replies to a post", replies, (10, 100, 1_000)),
    Measure("missed comments", missed, (10, 100, 1_000)),
    Measure("users who leave", leaving, (10, 100, 1_000)),
    Measure("connected friends", connected, (10, 100, 500)),
    Measure("connected friends", connected, (10, 100, 500), processes=2),
]


async def measured(place: Place) -> list[dict]:
    """Take all measurements for this number of processes.

    Returns curves: {what, by, ms: {size: milliseconds}}.
    """
    curves = []
    for measure in (each for each in MEASURES if each.processes == len(place.ports)):
        await measure.times(place, measure.sizes[0])  # the first requests are slower
        at = {size: await measure.times(place, size) for size in measure.sizes}
        for what in at[measure.sizes[0]]:
            times = {str(size): round(at[size][what], 2) for size in measure.sizes}
            curves.append({"what": what, "by": measure.by, "ms": times})
            print(f"{what}, by {measure.by}: {times}", flush=True)
    return curves


def steepness(curve: dict) -> float:
    """Return the largest exponent between two sizes: 0 for a constant time, 1 for linear growth."""
    points = [(int(size), ms) for size, ms in curve["ms"].items()]
    return max(
        math.log(after / before) / math.log(larger / size)
        for (size, before), (larger, after) in itertools.pairwise(points)
    )


@contextlib.contextmanager
def running_place(processes: int, mongodb: str, redis: str) -> Iterator[Place]:
    """Start processes of final/ with an empty database. Several are joined by Redis."""
    with new_database(mongodb) as database, contextlib.ExitStack() as stack:
        settings = {"MONGODB_URI": address(mongodb, database), "DEMO": "0", "PANEL": "0"}
        settings["COMMENTS_PER_HOUR"] = "1000000"
        if processes > 1:
            settings["REDIS_URL"] = redis
        app = App("final", FINAL, ROOT / "final")
        servers = [stack.enter_context(running(app, **settings)) for _ in range(processes)]
        yield Place(servers[0], database, *servers[1:])


def main() -> None:
    if not (redis_server := programs.find("redis-server")):
        sys.exit(programs.how_to_get(["redis-server"]))
    allow_open_files(max(size for measure in MEASURES for size in measure.sizes))
    curves = []
    with real_mongodb() as uri, contextlib.closing(Redis(redis_server)) as redis:
        if uri is None:
            sys.exit(why_none())
        redis.start()
        for processes in (1, 2):
            with running_place(processes, uri, redis.url) as place:
                curves += asyncio.run(measured(place))
    results = {"date": date.today().isoformat(), "curves": curves}
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    plots.growth(curves, PLOT)


if __name__ == "__main__":
    main()
