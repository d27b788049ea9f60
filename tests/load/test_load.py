"""Under load: 500 people are connected, and one of them posts many comments for ten friends.

No comment is lost, doubled, out of order or sent to anybody else, and all connections stay open.
The run ends with a report of how long a comment takes to reach the last friend, but the tests
don't judge that time. Run more of this by hand:

    python -m pytest tests/load -k mongodb --load-comments 10000

`make load` does this. `-k embedded` does the same with the embedded database, which looks through
all its documents to find one, so it gets slower with each document.
"""

import asyncio
import statistics
import time
from collections import Counter
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from bson import json_util

from tools.crowd import Door, Tab, invented
from tools.open_files import allow_open_files
from tools.servers import App, running

FRIENDS = 10
UNLIMITED = {"DEMO": "0", "COMMENTS_PER_HOUR": "1000000"}  # one author writes them all


@pytest.fixture
def people(request) -> list[dict]:
    how_many = request.config.option.load_people
    allow_open_files(how_many)
    return invented(how_many)


@pytest.fixture
def load_comments(request) -> int:
    return request.config.option.load_comments


def test_on_the_embedded_database(
    final: App, people, tmp_path: Path, load_comments, record_property
):
    snapshot = tmp_path / "embedded-db.json"
    snapshot.write_text(json_util.dumps({"users": people}), "utf-8")
    with running(final, **UNLIMITED, EMBEDDED_DB=str(snapshot)) as server:
        delays = run(deliver(server.url, people, load_comments))
    record_property("load", summary("the embedded database", people, delays))


def test_on_a_real_mongodb(
    final: App, people, mongodb, mongodb_address, load_comments, record_property
):
    mongodb.users.insert_many(people)
    with running(final, **UNLIMITED, MONGODB_URI=mongodb_address) as server:
        delays = run(deliver(server.url, people, load_comments))
    record_property("load", summary("a real MongoDB", people, delays))


def run(delivery: Coroutine) -> list[float]:
    """Run it in a thread of its own, because Playwright's loop may be running in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, delivery).result()


async def deliver(url: str, people: list[dict], how_many: int) -> list[float]:
    """Let the first person comment. Return the seconds until all friends had each comment."""
    door = Door(url)
    cookies = [door.log_in(person["email"]) for person in people]
    for person, cookie in zip(people[1 : 1 + FRIENDS], cookies[1:], strict=False):
        assert door.post("/friends", cookies[0], email=person["email"])[0] == 200
        assert door.post("/friends", cookie, email=people[0]["email"])[0] == 200
    tabs = [Tab(url, cookie) for cookie in cookies]
    for tab in tabs:
        await tab.open()

    sent_at, ids = await asyncio.to_thread(post_comments, door, cookies[0], how_many)
    # An answer comes after all events that were sent to that socket before.
    assert all(["data" in await tab.call("session") for tab in tabs])

    friends, others = tabs[1 : 1 + FRIENDS], [tabs[0], *tabs[1 + FRIENDS :]]
    for tab in friends:
        assert faults(ids, [event.data["id"] for event in tab.received["comment"]]) == {}
    assert [tab.received["comment"] for tab in others if tab.received["comment"]] == []
    assert all(tab.is_open for tab in tabs)
    for tab in tabs:
        await tab.close()
    arrivals = zip(
        *[[event.at for event in tab.received["comment"]] for tab in friends], strict=True
    )
    return [max(at) - sent for sent, at in zip(sent_at, arrivals, strict=True)]


def post_comments(door: Door, cookie: str, how_many: int) -> tuple[list[float], list[str]]:
    """Post comments one after the other. Return the times when they were sent, and their IDs."""
    sent_at, ids = [], []
    for number in range(how_many):
        sent_at.append(time.perf_counter())
        status, answer, _ = door.post("/comments", cookie, text=f"Comment {number}")
        assert status == 201, answer
        ids.append(answer["id"])
    return sent_at, ids


def faults(sent: list[str], came: list[str]) -> dict[str, list[str]]:
    """Return the first IDs of the comments that have a fault, by kind of fault."""
    found = {
        "lost": sorted(set(sent) - set(came)),
        "never sent": sorted(set(came) - set(sent)),
        "doubled": [one for one, times in Counter(came).items() if times > 1],
        "out of order": [later for earlier, later in pairwise(came) if later < earlier],
    }
    return {what: ids[:5] for what, ids in found.items() if ids}


def summary(database: str, people: list[dict], delays: list[float]) -> str:
    p50, p99 = statistics.median(delays), statistics.quantiles(delays, n=100)[98]
    return (
        f"{len(people)} people on {database}, {len(delays):,} comments to {FRIENDS} friends each: "
        f"p50 {1000 * p50:.0f} ms, p99 {1000 * p99:.0f} ms"
    )
