"""`python -m benchmarks.growth` shows how costs grow with the data, in half a minute.

It starts final/ on an empty MongoDB database, adds more and more data, and measures each cost at
1x, 2x and 4x: the server's CPU time or, where that can't be read, the elapsed time. A cost that
grows linearly has ratios of at most 2 and 4, and lower ones if a part of it doesn't depend on the
size. Where a limit is reached, the cost stops growing.
"""

import asyncio
import re
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from bson import ObjectId
from pymongo.database import Database
from werkzeug.security import generate_password_hash

from tools.mongo import address, new_database, real_mongodb
from tools.mongod import why_none
from tools.servers import FINAL, ROOT, App, Server, running

from .load.process import cpu_seconds
from .load.wire import Door, Fault, Socket, hang_up, open_socket

TIMES = 1, 2, 4
SOCKETS, REPLIES, REQUESTS, FRIENDS = 25, 500, 1000, 100  # at 1x
TRIES = 5  # measurements of a cost, of which we take the median
PER_SESSION = 25  # sockets, far fewer than a session may have
PASSWORD = "correct horse battery"
HASHED = generate_password_hash(PASSWORD, method="pbkdf2:sha256:1")  # cheap to check


class Place:
    """The server, its database, and the people in it, who are identified by their IDs."""

    def __init__(self, server: Server, database: Database):
        self.port = server.port
        self.pid = server.process.pid
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

    def relate(self, one: str, others: list[str], accepted: bool) -> None:
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

    def add_replies(self, post_id: str, owner: str, author: str, how_many: int) -> None:
        now = datetime.now(UTC)
        documents = [
            {
                "_id": ObjectId(),
                "author_id": author,
                "text": f"Reply {number}, about as long as people write them.",
                "created_at": now,
                "thread": ObjectId(post_id),
                "owner": owner,
                "to": [owner],
            }
            for number in range(how_many)
        ]
        self.database.posts.insert_many(documents)

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

    def now(self) -> float:
        """Return the server's CPU time in milliseconds on Linux, and the clock's time elsewhere."""
        return 1000 * (cpu_seconds(self.pid) if sys.platform == "linux" else time.perf_counter())

    async def took(self, work: Callable[[], Awaitable]) -> float:
        """Do the work several times, and return the median duration in milliseconds."""
        tries = []
        for _ in range(TRIES):
            begin = self.now()
            await work()
            await self.door.get("/session", "")  # answered once all earlier work is done
            tries.append(self.now() - begin)
        return statistics.median(tries)

    async def open(self, user_id: str, how_many: int) -> list[Socket]:
        sockets = []
        for number in range(how_many):
            if number % PER_SESSION == 0:
                cookie = await self.log_in(user_id)
            sockets.append(await open_socket("127.0.0.1", self.port, cookie))
        return sockets


def page(place: Place, path: str, cookie: str) -> Callable[[], Awaitable]:
    async def load() -> None:
        answer = await place.door.get(path, cookie)
        if answer.status != 200:
            raise Fault(f"{path} is answered with {answer.status}")

    return load


# Each measure takes a size, and returns milliseconds by the name of the cost.


async def sockets(place: Place, how_many: int) -> dict[str, float]:
    """Let one person open this many sockets one by one, and then let a friend post a comment."""
    [owner, friend] = place.add_people(2)
    place.relate(owner, [friend], accepted=True)
    cookie = await place.log_in(friend)
    begin = place.now()
    opened = await place.open(owner, how_many)
    await place.door.get("/session", "")
    opening = place.now() - begin
    comment = await place.took(lambda: place.post(cookie, "Hello."))
    await hang_up(opened)
    return {"open all of the sockets": opening, "a comment to a friend with sockets": comment}


async def replies(place: Place, how_many: int) -> dict[str, float]:
    """Give one post this many replies."""
    [owner, friend] = place.add_people(2)
    place.relate(owner, [friend], accepted=True)
    cookie = await place.log_in(owner)
    post_id = await place.post(cookie, "A post.")
    place.add_replies(post_id, owner, friend, how_many)
    return {
        "dashboard, by replies": await place.took(page(place, "/dashboard", cookie)),
        "post page, by replies": await place.took(page(place, f"/posts/{post_id}", cookie)),
        "a reply, by replies": await place.took(lambda: place.post(cookie, "Mine.", post=post_id)),
    }


async def requests(place: Place, how_many: int) -> dict[str, float]:
    """Give one person this many friend requests."""
    [owner, *asking] = place.add_people(1 + how_many)
    place.relate(owner, asking, accepted=False)
    cookie = await place.log_in(owner)
    return {
        "dashboard, by requests": await place.took(page(place, "/dashboard", cookie)),
        "/friends, by requests": await place.took(page(place, "/friends", cookie)),
    }


async def friends(place: Place, how_many: int) -> dict[str, float]:
    """Give one person this many friends."""
    [owner, *others] = place.add_people(1 + how_many)
    place.relate(owner, others, accepted=True)
    cookie = await place.log_in(owner)
    return {
        "a comment, by friends": await place.took(lambda: place.post(cookie, "Hello.")),
        "/friends, by friends": await place.took(page(place, "/friends", cookie)),
    }


MEASURES = {sockets: SOCKETS, replies: REPLIES, requests: REQUESTS, friends: FRIENDS}


async def measure(place: Place) -> None:
    print(f"{'':36}{'at 1x':>8}{'ms':>9}{'2x':>7}{'4x':>7}")
    for measured, size in MEASURES.items():
        await measured(place, size // 5)  # the first requests are slower
        at = [await measured(place, times * size) for times in TIMES]
        for name, once in at[0].items():
            ratios = "".join(f"{each[name] / once:7.1f}" for each in at[1:])
            print(f"{name:36}{size:8}{once:9.1f}{ratios}", flush=True)


def main() -> None:
    with real_mongodb() as uri:
        if uri is None:
            sys.exit(why_none())
        with new_database(uri) as database:
            settings = {"MONGODB_URI": address(uri, database), "DEMO": "0", "PANEL": "0"}
            with running(App("final", FINAL, ROOT / "final"), **settings) as server:
                asyncio.run(measure(Place(server, database)))


if __name__ == "__main__":
    main()
