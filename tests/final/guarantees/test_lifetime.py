"""G9: sessions end even if no one logs out, and their sockets close with them."""

import contextlib
import time

import pytest
import requests

from tests.final.guarantees.frames import Frames
from tests.final.guarantees.probed import running_with
from tools.people import BOTH_TRANSPORTS, Person, Socket
from tools.servers import running

IDLE, LIMIT, KEPT, SWEEP = 3, 3, 600, 0.25  # seconds
SLACK = 1.5  # seconds, for a busy machine
HEARTBEAT, HEARTBEAT_ANSWERED, CLOSED = "2", "3", "41"  # frames


@pytest.fixture(scope="module")
def server():
    settings = {"SESSION_IDLE": str(IDLE), "KEPT_IDLE": str(KEPT), "SWEEP_EVERY": str(SWEEP)}
    with running_with("heartbeats", **settings) as server:
        yield server


@pytest.fixture
def at_another_browser(ada: Person):
    """Return a function that logs Ada in from another browser."""

    def log_in(**fields: str) -> Person:
        there = ada.elsewhere()
        there.log_in(**fields)
        return there

    return log_in


# A browser drops the cookie when the session should end. These tests check when the server itself
# ends the session, so they keep sending the old cookie.


def is_over(person: Person) -> bool:
    return person.get("/session").status_code == 401


def test_g9_an_idle_session_ends_with_its_sockets(at_another_browser, connect):
    begun = time.monotonic()
    there, kept = at_another_browser().with_old_cookie(), at_another_browser(keep="1")
    tabs, stays = [connect(there, transport) for transport in BOTH_TRANSPORTS], connect(kept)
    assert tabs[0].wait_until_closed(IDLE + SWEEP + SLACK)
    assert time.monotonic() - begun > IDLE
    assert tabs[1].wait_until_closed(SWEEP + SLACK)
    assert is_over(there)
    assert stays.is_open
    assert not is_over(kept)


def test_g9_only_the_actions_of_a_person_keep_a_session_alive(at_another_browser, connect):
    asks = at_another_browser().with_old_cookie()
    presses = at_another_browser().with_old_cookie()
    pressed = connect(presses)
    watches = at_another_browser().with_old_cookie()  # last: if idle, the others end sooner
    deadline = time.monotonic() + IDLE + SWEEP + SLACK
    watched = Frames(watches)
    watched.send("40")
    asks.post("/wave")
    pressed.call("session")
    with contextlib.suppress(requests.HTTPError):  # a closed socket's requests are refused
        while watched.wait_for(HEARTBEAT, CLOSED) != CLOSED:
            assert time.monotonic() < deadline, "heartbeats, events or catching up prolong it"
            watched.send(HEARTBEAT_ANSWERED)
            watched.send('42["notifications",{"after":null}]')
            asks.post("/wave")
            pressed.call("session")
    assert is_over(watches)
    assert '42["wave",' in "".join(watched.seen), "the socket got events meanwhile"
    assert pressed.call("session")["data"]
    assert not is_over(asks)


def test_g9_a_session_ends_at_its_absolute_timeout_however_much_it_is_used(final):
    with running(final, SESSION_LIMIT=str(LIMIT), SWEEP_EVERY=str(SWEEP)) as server:
        ada = Person(server.url, "Ada", "Lovelace")
        begun = time.monotonic()
        ada.sign_up()
        tab, old = Socket(ada), ada.with_old_cookie()
        deadline = time.monotonic() + LIMIT + SWEEP + SLACK
        while not tab.wait_until_closed(0.4):
            assert time.monotonic() < deadline, "the session outlives its absolute timeout"
            ada.get("/session")
            tab.call("session")
        assert time.monotonic() - begun > LIMIT
        assert is_over(old)


def test_g9_a_user_who_stays_signed_in_has_a_persistent_cookie(at_another_browser):
    short, kept = at_another_browser(), at_another_browser(keep="1")
    assert short.get("/session").json()["cookie"]["max_age"] == IDLE
    assert kept.get("/session").json()["cookie"]["max_age"] == KEPT
    [cookie] = kept.http.cookies
    assert KEPT - SLACK < cookie.expires - time.time() < KEPT + SLACK


@pytest.mark.parametrize("comes", ["ada", "grace", "somebody new"])
@pytest.mark.parametrize("logs_out", [True, False], ids=["after a log-out", "at once"])
def test_g9_the_next_user_of_the_same_browser_does_not_stay_signed_in(
    at_another_browser, someone, comes, logs_out
):
    kept = at_another_browser(keep="1")
    if logs_out:
        kept.log_out()
    next_one = kept if comes == "ada" else someone(signed_up=comes == "grace")
    next_one.http = kept.http
    answer = next_one.sign_up() if comes == "somebody new" else next_one.log_in()
    assert answer.status_code == 302
    assert next_one.get("/session").json()["cookie"]["max_age"] == IDLE
    [cookie] = kept.http.cookies
    assert cookie.expires < time.time() + IDLE + SLACK
