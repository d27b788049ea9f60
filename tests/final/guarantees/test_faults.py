"""G27: without its database, the app says so and keeps its sockets. Afterwards all works again."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pymongo
import pytest
import requests
from playwright.sync_api import expect

from final.domain import database as db
from final.domain.database import NO_DATABASE
from tests.final.guarantees.frames import Frames
from tests.final.guarantees.probed import running_with
from tools import people
from tools.mongo import Mongod
from tools.mongod import find_program, why_none
from tools.people import (
    AS_BROWSER,
    BOTH_TRANSPORTS,
    PASSWORD,
    Person,
    connect_by_polling,
    eventually,
)
from tools.servers import Server

SWEEP = 0.1  # seconds, so that the app checks open sockets while the database is gone


@pytest.fixture(scope="module")
def mongod() -> Iterator[Mongod]:
    """Start a MongoDB that tests can stop and start again."""
    program = find_program()
    if program is None:
        pytest.skip(why_none())
    mongod = Mongod(program)
    try:
        mongod.start()
        yield mongod
    finally:
        mongod.close()


@pytest.fixture(scope="module")
def server(mongod: Mongod) -> Iterator[Server]:
    settings = {"MONGODB_URI": mongod.uri, "SWEEP_EVERY": str(SWEEP)}
    with running_with("slow_request", **settings) as server:
        yield server


@pytest.fixture(autouse=True)
def as_patient_as_the_app(monkeypatch):
    """Add the seconds for which the app itself waits for its database before it gives up."""
    monkeypatch.setattr(people, "patience", people.patience + db.TIMEOUT / 1000)


@contextmanager
def gone(mongod: Mongod) -> Iterator[None]:
    mongod.stop()
    try:
        yield
    finally:
        mongod.start()


def at_once(*functions: Callable) -> list:
    """Call each function in its own thread, and return their results in order."""
    with ThreadPoolExecutor(len(functions)) as threads:
        calls = [threads.submit(function) for function in functions]
    return [call.result() for call in calls]


def ask_for_everything(ada: Person) -> dict[str, requests.Response]:
    """Send requests of all kinds, as a logged-in user and as a visitor. Return the responses."""

    def log_in(**options) -> requests.Response:
        fields = {"email": ada.email, "password": PASSWORD}
        return ada.elsewhere().post("/login", fields, timeout=people.patience, **options)

    asked = {
        "a page": lambda: ada.with_old_cookie().get("/dashboard", headers=AS_BROWSER),
        "a form": lambda: ada.with_old_cookie().post("/wave", headers=AS_BROWSER),
        "a visitor's form": lambda: log_in(headers=AS_BROWSER),
        "JSON": lambda: ada.with_old_cookie().get("/session"),
        "a form by script": lambda: ada.with_old_cookie().post("/wave"),
        "a visitor's form by script": log_in,
        "a sign-up": lambda: Person(ada.url, "Grace", "Hopper").sign_up(),
        "health": lambda: ada.elsewhere().get("/healthz"),
    }
    return dict(zip(asked, at_once(*asked.values()), strict=True))


def test_g27_without_the_database_every_response_says_so(mongod: Mongod, ada: Person):
    with gone(mongod):
        answers = ask_for_everything(ada)
    assert {answer.status_code for answer in answers.values()} == {503}
    assert answers.pop("health").json() == {"database": "does not answer"}
    for asked in "a page", "a form", "a visitor's form":
        assert answers.pop(asked).text == NO_DATABASE, asked
    for asked, answer in answers.items():
        assert answer.json() == {"error": NO_DATABASE}, asked
    back = ask_for_everything(ada)
    assert {asked: answer.status_code for asked, answer in back.items()} == {
        "a page": 200,
        "a form": 302,
        "a visitor's form": 302,
        "JSON": 200,
        "a form by script": 200,
        "a visitor's form by script": 302,
        "a sign-up": 302,
        "health": 200,
    }


def test_g27_without_the_database_a_refused_socket_gets_the_reason(
    mongod: Mongod, server: Server, ada: Person
):
    printed_before = len(server.printed)
    with gone(mongod):
        answer = connect_by_polling(ada.with_old_cookie())
    assert answer == '44{"message":"the database does not answer"}'
    assert '40{"sid"' in connect_by_polling(ada.with_old_cookie())
    assert "Traceback" not in server.printed[printed_before:]


def test_g27_a_request_in_progress_when_the_database_fails_gets_the_reason(
    mongod: Mongod, server: Server, ada: Person
):
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(ada.with_old_cookie().post, "/probe/slow")
        try:
            assert eventually(lambda: "it is held" in server.printed)
            with gone(mongod):
                ada.elsewhere().post("/probe/let-go")
                assert answer.result().status_code == 503
        finally:
            ada.elsewhere().post("/probe/let-go")
    assert answer.result().json() == {"error": NO_DATABASE}


def test_g27_sockets_stay_open_without_the_database(mongod: Mongod, ada: Person, someone, connect):
    grace = someone()
    for one, other in (ada, grace), (grace, ada):
        one.post("/friends", {"email": other.email})
    tabs = [connect(grace, transport) for transport in BOTH_TRANSPORTS]
    by_hand = Frames(grace.with_old_cookie())  # sends the cookie in each request, like a browser
    by_hand.send("40")
    by_hand.wait_for("40")
    asks = [*(tab.call for tab in tabs), by_hand.ask]

    def ask_all() -> list[dict]:
        return at_once(*(lambda ask=ask: ask("session", {}) for ask in asks))

    with gone(mongod):
        assert ask_all() == [{"error": NO_DATABASE}] * 3
    assert all("data" in answer for answer in ask_all())
    assert eventually(lambda: grace.post("/wave").json() == {"sockets": 3})
    assert ada.post("/comments", {"text": "It is back."}).status_code == 201
    for tab in tabs:
        assert tab.wait_for("comment")["text"] == "It is back."
    assert by_hand.wait_for('42["comment"')
    # The app finds and closes the sockets of ended sessions again.
    with pymongo.MongoClient(mongod.uri) as client:
        client[db.NAME].sessions.delete_many({})
    for tab in tabs:
        assert tab.wait_until_closed(people.patience)


def test_g27_a_page_says_that_the_database_is_gone_until_it_is_back(
    mongod: Mongod, ada: Person, someone, open_tab
):
    grace = someone()
    for one, other in (ada, grace), (grace, ada):
        one.post("/friends", {"email": other.email})
    page = open_tab(ada)
    said = page.locator("#connection-reason")
    expect(page.locator("#connection")).to_have_text("connected")
    with gone(mongod):
        expect(said).to_have_text(NO_DATABASE, timeout=30_000)
        expect(page.locator("#full-name")).to_have_text(ada.full_name)
    expect(said).to_be_empty(timeout=30_000)
    grace.post("/comments", {"text": "It is back."})
    expect(page.get_by_role("list", name="Notifications")).to_contain_text("It is back.")
