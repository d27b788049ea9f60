"""G17: every refusal says when to try again. Sign-ups are limited, because each costs a hash."""

import re
import time
from collections.abc import Iterator

import pytest
from limits import RateLimitItemPerHour, RateLimitItemPerSecond
from limits.storage import MongoDBStorage, storage_from_string
from playwright.sync_api import Page, expect
from werkzeug.exceptions import TooManyRequests

from final.app import create_app
from final.domain.users import call
from final.realtime import pacing
from final.settings.config import Config
from final.settings.quotas import PER_ACCOUNT, try_again
from final.web import hash_queue, throttle
from final.web.throttle import Guesses, limits_of, network_of
from tools import mongo
from tools.people import PASSWORD, Person, eventually
from tools.servers import Server, running

pytestmark = pytest.mark.usefixtures("one_window")  # because the tests count attempts exactly

JSON, PAGE = {"Accept": "application/json"}, {"Accept": "text/html"}
ADA = {"first_name": "Ada", "last_name": "Lovelace", "password": PASSWORD}


def retry_after(answer, most: int) -> int:
    """Return the seconds that a response says to wait: a whole number from 1 to `most`."""
    assert answer.status_code == 429
    seconds = answer.headers["Retry-After"]
    assert re.fullmatch("[1-9][0-9]*", seconds)
    assert int(seconds) <= most
    return int(seconds)


def says(text: str, wait: int) -> bool:
    """Return whether a text names this waiting time, or a second more or less."""
    return any(try_again(seconds) in text for seconds in (wait, wait + 1, wait - 1))


# When to try again.


def test_g17_a_throttled_login_says_when_to_come_back(someone):
    ada = someone()
    guesser = ada.elsewhere()
    for _ in range(10):
        assert "Retry-After" not in guesser.log_in("a guess").headers
    answer = guesser.log_in()
    wait = retry_after(answer, most=2 * 15 * 60)
    assert says(answer.text.partition('role="alert"')[2], wait)
    assert ada.email in answer.text, "the typed email is kept"
    for_programs = guesser.post("/login", {"email": ada.email, "password": PASSWORD}, headers=JSON)
    retry_after(for_programs, most=wait + 1)
    assert says(for_programs.json()["error"], wait)


@pytest.mark.parametrize("path", ["/account/password", "/account/delete"])
def test_g17_a_throttled_form_of_the_account_says_when_to_come_back(someone, path: str):
    ada = someone()
    sent = {"password": "a guess", "new_password": "a new password"}
    for _ in range(10):
        assert ada.post(path, sent).status_code == 400
    answer = ada.post(path, sent)
    wait = retry_after(answer, most=2 * 15 * 60)
    assert says(answer.json()["error"], wait)
    assert says(answer.json()["problems"]["password"], wait)
    page = ada.post(path, sent, headers=PAGE)
    assert retry_after(page, most=wait + 1)
    assert says(page.text, wait)


def test_g17_a_throttled_form_says_so_at_its_field(someone, open_tab):
    ada = someone()
    for _ in range(10):
        ada.post("/account/delete", {"password": "a guess"})
    page: Page = open_tab(ada)
    page.goto(f"{ada.url}/account")
    page.get_by_label("Password now").fill(PASSWORD)
    page.get_by_label("New password").fill("a new password")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("alert")).to_contain_text("Try again in ")
    expect(page.get_by_label("New password")).to_have_value("a new password")


def test_g17_a_flood_of_events_is_answered_with_the_time_to_wait(someone, connect):
    socket, answers = connect(someone()), []
    for _ in range(150):
        socket.client.emit("session", callback=answers.append)
    assert eventually(lambda: len(answers) == 150)
    last = answers[-1]
    assert last.keys() == {"error", "retryAfter"}
    assert 1 <= last["retryAfter"] <= 20
    assert try_again(last["retryAfter"]) in last["error"]


def seconds_to_wait(guesses: Guesses, *limits: tuple) -> int | None:
    """Count an attempt. Return how long it has to wait, or None if it's allowed now."""
    try:
        with guesses.attempt("Too many.", *limits):
            return None
    except TooManyRequests as error:
        return error.retry_after


class Clock:
    def __init__(self, now: float):
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("start", [0.5, 1, 450.5, 899, 899.9])  # seconds into a 15-minute window
@pytest.mark.parametrize("apart", [0, 7, 100])  # seconds between two guesses
def test_g17_a_client_that_waits_as_told_is_let_in_and_not_before(
    monkeypatch, start: float, apart: float
):
    clock = Clock(1_800_000_000 + start)
    monkeypatch.setattr(time, "time", clock)
    guesses, who = Guesses(), ("ada@example.org", "192.0.2.1")
    limits = limits_of(*who, is_known=False)
    for _ in range(40):
        clock.now += apart
        wait = seconds_to_wait(guesses, *limits)
        if wait is None:
            continue
        if wait > 1:
            clock.now += wait - 1.001
            assert not guesses.limiter.test(PER_ACCOUNT, *who), "a shorter wait isn't enough"
            clock.now += 1.001
        else:
            clock.now += 1
        assert seconds_to_wait(guesses, *limits) is None


def test_the_time_to_wait_is_written_in_words():
    said = {1: "1 second", 2: "2 seconds", 59: "59 seconds", 60: "1 minute", 61: "2 minutes"}
    assert {n: try_again(n) for n in said} == {n: f"Try again in {said[n]}." for n in said}


def test_g35_a_process_forgets_what_it_has_counted(monkeypatch):
    for name in "EVENTS", "EVENTS_PER_USER", "OPENINGS":
        monkeypatch.setattr(pacing, name, RateLimitItemPerSecond(5, 1))
    rates = pacing.RateLimits()
    for n in range(100):
        assert rates.may_send(f"user {n}", f"socket {n}")
        assert rates.may_open(f"user {n}")
    counters = rates.limiter.storage.storage
    assert len(counters) == 300

    def are_forgotten() -> bool:
        rates.may_open("somebody else")  # a new count makes the storage drop old ones
        return len(counters) < 10

    assert eventually(are_forgotten, seconds=10)


# Sign-ups.


@pytest.fixture(scope="module")
def strict(final) -> Iterator[Server]:
    """Start a server behind a proxy that allows three sign-ups an hour from one address."""
    with running(final, SIGNUPS_PER_HOUR="3", PROXIES="1", DEMO="0") as server:
        yield server


class Visitor:
    """A visitor whose requests reach the server through the proxy from this address."""

    def __init__(self, server: Server, address: str):
        self.person = Person(server.url, "Ada", "Lovelace")
        self.headers = {"X-Forwarded-For": address}

    def sign_up(self, **changes: str):
        guest = self.person.elsewhere()
        sent = ADA | {"email": f"ada{time.monotonic_ns()}@example.org"}
        headers = self.headers | {"Accept": changes.pop("accept", "text/html")}
        return guest.post("/signup", sent | changes, headers=headers)


def test_g17_sign_ups_are_slowed_per_address_and_say_when_to_come_back(strict: Server):
    visitor, other = Visitor(strict, "192.0.2.1"), Visitor(strict, "192.0.2.2")
    for _ in range(3):
        assert visitor.sign_up().status_code == 302
    answer = visitor.sign_up(email="ada@example.net", last_name="King")
    wait = retry_after(answer, most=2 * 60 * 60)
    assert says(answer.text.partition('role="alert"')[2], wait)
    for typed in "Ada", "King", "ada@example.net":
        assert f'value="{typed}"' in answer.text, "the typed text is kept"
    assert PASSWORD not in answer.text
    assert "Set-Cookie" not in answer.headers
    for_programs = visitor.sign_up(accept="application/json")
    assert says(for_programs.json()["error"], retry_after(for_programs, most=wait + 1))
    assert other.sign_up().status_code == 302, "another address isn't slowed"


def test_g17_slips_in_the_sign_up_form_are_not_counted(strict: Server):
    visitor = Visitor(strict, "192.0.2.3")
    for _ in range(5):
        assert visitor.sign_up(password="short").status_code == 400
    for _ in range(3):
        assert visitor.sign_up().status_code == 302
    assert visitor.sign_up(password="short").status_code == 400, "mistakes are reported first"
    assert visitor.sign_up().status_code == 429


def test_g17_a_taken_email_is_counted_because_it_costs_as_much(strict: Server):
    visitor = Visitor(strict, "192.0.2.4")
    codes = [visitor.sign_up(email="taken@example.org").status_code for _ in range(4)]
    assert codes == [302, 400, 400, 429]


def test_g17_an_address_that_a_visitor_makes_up_counts_for_nothing(strict: Server):
    codes = [
        Visitor(strict, f"198.51.100.{number}, 192.0.2.5").sign_up().status_code
        for number in range(4)
    ]
    assert codes == [302, 302, 302, 429]


def test_g17_the_addresses_of_one_ipv6_network_count_together(strict: Server):
    def codes(*addresses: str) -> list[int]:
        return [Visitor(strict, address).sign_up().status_code for address in addresses]

    assert codes(*(f"2001:db8::{number}" for number in range(4))) == [302, 302, 302, 429]
    assert codes("2001:db8:0:1::1") == [302], "another network isn't slowed"
    assert codes(*["192.0.2.6", "::ffff:192.0.2.6"] * 2) == [302, 302, 302, 429]


ADDRESSES = {
    "192.0.2.1": "192.0.2.1",
    "::ffff:192.0.2.1": "192.0.2.1",
    "2001:db8::1": "2001:db8::/64",
    "2001:DB8:0:0:ffff:ffff:ffff:ffff": "2001:db8::/64",
    "2001:db8:0:1::1": "2001:db8:0:1::/64",
    "::1": "::/64",
    "fe80::1%eth0": "fe80::/64",
    "192.0.2.1:50312": "192.0.2.1",
    "[2001:db8::1]:50312": "2001:db8::/64",
    "[2001:db8::1]": "2001:db8::/64",
    "[::ffff:192.0.2.1]:50312": "192.0.2.1",
    "": "",
    "unix:": "unix",
    "unknown": "unknown",
}


def test_addresses_that_count_as_one():
    assert {address: network_of(address) for address in ADDRESSES} == ADDRESSES


def test_g17_a_sign_up_over_the_limit_hashes_nothing(tmp_path, monkeypatch):
    hashed = []

    def aside(function, *args):
        hashed.append(function)
        return call(function, *args)

    monkeypatch.setattr(hash_queue, "in_a_thread", aside)
    app = create_app(Config(embedded_db=tmp_path / "db.json", signups_per_hour=1))
    codes = []
    for number in range(3):
        sent = ADA | {"email": f"{number}@example.org"}
        codes.append(app.test_client().post("/signup", data=sent).status_code)
    assert codes == [302, 429, 429]
    assert len(hashed) == 1


def test_g17_all_processes_count_sign_ups_together(mongodb):
    one, other = Guesses(mongodb), Guesses(mongodb)
    limits = [(RateLimitItemPerHour(2), "sign-up", f"192.0.2.{n}") for n in range(2)]
    assert seconds_to_wait(one, limits[0]) is None
    assert seconds_to_wait(other, limits[0]) is None
    for each in one, other:
        assert 1 <= seconds_to_wait(each, limits[0]) <= 2 * 60 * 60
    assert seconds_to_wait(other, limits[1]) is None


def test_another_app_in_this_process_gets_the_storage_that_it_asks_for(mongodb_uri: str, mongodb):
    address = mongo.address(mongodb_uri, mongodb)
    ours = Guesses(mongodb).limiter.storage
    theirs = storage_from_string(address, database_name=mongodb.name)
    assert (type(ours), type(theirs)) == (throttle.Storage, MongoDBStorage)
