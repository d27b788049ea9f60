"""The load: people who are friends, their pages, and a steady flow of comments."""

import asyncio
import http.client
import itertools
import random
import threading
import time
from collections import Counter
from datetime import UTC, datetime

from pymongo.database import Database

from tools.crowd import Door, invented
from tools.faults.page import Page

FRIENDS = 5  # on each side, in a ring, so that everyone has ten
HANDS = 4  # threads that post. While one waits for its answer, the others go on


class Crowd:
    """People with their pages, which share an event loop, and threads that post for them."""

    def __init__(self, url: str, database: Database, how_many: int, per_second: float, seed: int):
        self.url = url
        self.pause = HANDS / per_second
        self.people = invented(how_many)
        self.ids = [str(person["_id"]) for person in self.people]
        database.users.insert_many(self.people)
        database.friendships.insert_many(ring(self.ids))
        door = Door(url)
        self.cookies = [door.log_in(person["email"]) for person in self.people]
        self.pages = [
            Page(url, cookie, random.Random(seed + number))
            for number, cookie in enumerate(self.cookies)
        ]
        self.sent: dict[str, tuple[int, float]] = {}  # author and time of the answer, by comment
        self.answers: Counter[str] = Counter()  # to posts, by status
        self._loop = asyncio.new_event_loop()
        self._stop = threading.Event()
        self._living = threading.Thread(target=self._live)
        self._posting = [
            threading.Thread(target=self._post, args=[random.Random(seed - hand)])
            for hand in range(HANDS)
        ]

    def begin(self) -> None:
        self._living.start()

    def begin_posting(self) -> None:
        for hand in self._posting:
            hand.start()

    def stop_posting(self) -> None:
        self._stop.set()
        for hand in self._posting:
            hand.join()

    def end(self) -> None:
        """Close all pages."""
        self._loop.call_soon_threadsafe(self._stop_living)
        self._living.join()
        self._loop.close()

    @property
    def is_connected(self) -> bool:
        """Whether all pages are connected and have caught up."""
        return all(page.is_live for page in self.pages)

    # The comments that people were shown.

    def friends_of(self, number: int) -> list[int]:
        """Return the numbers of a person's friends."""
        around = itertools.chain(range(-FRIENDS, 0), range(1, FRIENDS + 1))
        return [(number + step) % len(self.pages) for step in around]

    def missing(self) -> list[tuple[str, int]]:
        """Return each comment that isn't shown yet, with the friend who lacks it."""
        return [
            (comment, friend)
            for comment, (author, _) in self.sent.copy().items()
            for friend in self.friends_of(author)
            if comment not in self.pages[friend].shown
        ]

    def wrongly_shown(self) -> int:
        """Return how many of these comments were shown to people who aren't friends."""
        allowed = {
            comment: {*self.friends_of(author)} for comment, (author, _) in self.sent.items()
        }
        return sum(
            number not in allowed.get(comment, {number})
            for number, page in enumerate(self.pages)
            for comment in page.shown
        )

    def waits(self, number: int, shown: dict[str, float]) -> list[float]:
        """Return the seconds from the answer to each comment until this person was shown it."""
        return [
            shown[comment] - answered
            for comment, (author, answered) in self.sent.items()
            if number in self.friends_of(author) and comment in shown
        ]

    def all_waits(self) -> list[float]:
        pages = enumerate(self.pages)
        return [wait for number, page in pages for wait in self.waits(number, page.shown)]

    # The event loop and the threads.

    def _live(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._tasks = [self._loop.create_task(page.live()) for page in self.pages]
        together = asyncio.gather(*self._tasks, return_exceptions=True)
        for outcome in self._loop.run_until_complete(together):
            if not isinstance(outcome, asyncio.CancelledError):
                raise outcome

    def _stop_living(self) -> None:
        for task in self._tasks:
            task.cancel()

    def _post(self, chance: random.Random) -> None:
        door = Door(self.url)
        while not self._stop.wait(self.pause * (0.5 + chance.random())):
            author = chance.randrange(len(self.pages))
            try:
                text = f"Comment {chance.getrandbits(32):08x}"
                status, answer, _ = door.post("/comments", self.cookies[author], text=text)
            except (OSError, http.client.HTTPException):
                door = Door(self.url)
                self.answers["no answer"] += 1
                continue
            self.answers[str(status)] += 1
            if status == 201:
                self.sent[answer["id"]] = author, time.time()


def ring(ids: list[str]) -> list[dict]:
    """Return the friendships of people in a ring, as the database stores them."""
    pairs = [
        sorted([one, ids[(number + step) % len(ids)]])
        for number, one in enumerate(ids)
        for step in range(1, FRIENDS + 1)
    ]
    return [
        {
            "_id": ":".join(pair),
            "members": pair,
            "asked_by": pair[0],
            "accepted": True,
            "since": datetime.now(UTC),
        }
        for pair in pairs
    ]
