"""Step 06 from inside: situations that the black-box checks can't bring about."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from bson import json_util
from playwright.sync_api import BrowserContext, expect

from tests.steps.test_04_friend_notify import befriend, comment
from tests.steps.test_06_catch_up import ask, catch_up, texts
from tests.test_shared_session import running_step
from tools import mongo, mongod
from tools.people import Person, Socket, eventually
from tools.servers import Server, our_apps, running

APPS = {app.name: app for app in our_apps()}
STEP = APPS["06-catch-up"]


@pytest.fixture(scope="module")
def mongodb_uri() -> Iterator[str]:
    with mongo.real_mongodb() as uri:
        if uri is None:
            pytest.skip(mongod.why_none())
        yield uri


@pytest.fixture
def settings(mongodb_uri) -> Iterator[dict[str, str]]:
    """The settings with which a step uses a new database on a real MongoDB."""
    with mongo.new_database(mongodb_uri) as database:
        yield {"MONGODB_URI": mongo.address(mongodb_uri, database)}


def friends(server: Server) -> tuple[Person, Person]:
    ada, grace = Person(server.url, "Ada", "Lovelace"), Person(server.url, "Grace", "Hopper")
    for person in ada, grace:
        person.sign_up()
    befriend(ada, grace)
    return ada, grace


def asked_by(person: Person) -> list[str]:
    """Return the texts of all notifications that a person gets by asking."""
    socket = Socket(person)
    told = texts(catch_up(socket))
    socket.close()
    return told


def test_a_comment_is_shown_once_though_the_server_dies_before_it_announces_it(
    settings: dict[str, str], new_context: Callable[..., BrowserContext]
):
    with running_step(STEP, "dies", **settings) as server:
        ada, grace = friends(server)
        browser = new_context()
        browser.add_cookies([{"name": "sid", "value": grace.cookie, "url": server.url}])
        page = browser.new_page()
        page.goto(f"{server.url}/dashboard")
        expect(page.locator("#connection")).to_have_text("connected")
        ada.post("/probe/die-after-an-insert")
        with pytest.raises(requests.ConnectionError):
            ada.post("/comments", {"text": "The last words."})
        expect(page.locator("#connection")).to_have_text("disconnected")
        server.stop()
        server.start()
        comment(ada, "The next words.")
        for name in "Notifications", "Comments":
            items = page.get_by_role("list", name=name).get_by_role("listitem")
            expect(items).to_have_text(
                ["Ada Lovelace: The next words.", "Ada Lovelace: The last words."]
            )
        expect(page.locator("#unread")).to_have_text("2")


def test_no_comment_overtakes_one_with_a_lower_id(settings: dict[str, str]):
    """Otherwise, a page that has seen the higher ID would never ask for the lower one."""
    with running_step(STEP, "slow_insert", **settings) as server:
        ada, grace = friends(server)
        first, second = (
            threading.Thread(target=comment, args=(ada.with_old_cookie(), text))
            for text in ("first", "second")
        )
        first.start()
        assert eventually(lambda: "a comment is held" in server.printed)
        second.start()
        second.join(1)  # it waits for the first one, or is stored within this second
        socket = Socket(grace)
        told = catch_up(socket)
        ada.post("/probe/let-go")
        first.join()
        second.join()
        told += catch_up(socket, told)
        socket.close()
    assert texts(told) == ["first", "second"]


def test_a_former_friend_is_told_of_nothing_more():
    """No step can end a friendship, so we remove it from the embedded database."""
    with running(STEP) as server:
        ada, grace = friends(server)
        comment(ada, "From a friend.")
        server.stop()
        stored = json_util.loads(server.database.read_text("utf-8"))
        del stored["friendships"]
        server.database.write_text(json_util.dumps(stored), "utf-8")
        server.start()
        socket = Socket(grace)
        socket.wait_for("sockets")
        comment(ada, "From a former friend.")
        answer = ask(socket)
        grace.post("/wave")
        socket.wait_for("wave")  # arrives later than a comment would
        socket.close()
        assert answer == {"notifications": [], "unread": 0}
        assert socket.all("comment") == []
        assert "From a" not in grace.get("/dashboard").text


def test_the_database_of_the_step_before_can_be_used_on(tmp_path: Path):
    """Its comments don't name their readers, so they notify no one, but the page lists them."""
    database = {"EMBEDDED_DB": str(tmp_path / "embedded-db.json")}
    with running(APPS["04-friend-notify"], **database) as server:
        ada, grace = friends(server)
        comment(ada, "An old one.")
    with running(STEP, **database) as server:
        ada.url = grace.url = server.url
        assert asked_by(grace) == []
        comment(ada, "A new one.")
        assert asked_by(grace) == ["A new one."]
        page = grace.get("/dashboard").text
        assert page.rindex("A new one.") < page.index("An old one.")
