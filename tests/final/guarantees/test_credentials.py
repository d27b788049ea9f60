"""G36: credentials change atomically. G35: sessions are limited in number and in size."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from playwright.sync_api import expect

from final.settings.quotas import MESSAGES, SESSIONS
from tests.final.guarantees.probed import running_with
from tests.final.guarantees.test_session import AT_ONCE, NO_SWEEP, held
from tests.steps.test_02_socket_share import is_refused
from tools.people import AS_BROWSER, BOTH_TRANSPORTS, PASSWORD, Person, eventually
from tools.servers import Server

NEW, OTHER = "another horse", "a third horse"
LOOK_AT_SOCKET = """async () => {
  globalThis.seen = (await import("/static/live.js")).socket;
  return seen.id;
}"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running_with("credentials", SWEEP_EVERY=NO_SWEEP) as server:
        yield server


def change(person: Person, new: str = NEW, password: str = PASSWORD) -> requests.Response:
    fields = {"password": password, "new_password": new}
    return person.post("/account/password", fields)


def stored(server: Server, session_id: str = "") -> int:
    url = f"{server.url}/probe/stored/{session_id}".rstrip("/")
    return requests.get(url, timeout=30).json()["stored"]


# Password changes.


@pytest.mark.parametrize("transport", BOTH_TRANSPORTS)
def test_g36_a_new_password_changes_the_session_id(server: Server, ada: Person, connect, transport):
    ada.post("/probe/set/kept")
    old, old_id = ada.with_old_cookie(), ada.get("/probe/id").json()["id"]
    tab = connect(ada, transport)
    assert change(ada).status_code == 200
    assert ada.cookie != old.cookie
    assert stored(server, old_id) == 0
    assert old.get("/session").status_code == 401
    assert is_refused(old, transport)
    assert ada.get("/session").json()["data"]["probe"] == "kept"
    assert tab.wait_until_closed(AT_ONCE), "the tab may belong to someone who stole the ID"
    assert tab.all("renewed") == [{}], "the page is asked to reconnect"
    assert connect(ada, transport).call("session")["data"]["probe"] == "kept"


def test_g36_a_remembered_login_survives_a_password_change(ada: Person):
    ada.log_in(keep="y")
    max_age = ada.get("/session").json()["cookie"]["max_age"]
    assert change(ada).status_code == 200
    assert ada.get("/session").json()["cookie"]["max_age"] >= max_age - 5
    page = ada.get("/account").text
    assert page.count("this browser") == 1


def test_g36_other_tabs_come_back_by_themselves(ada: Person, open_tab, new_context):
    """Tabs of the same browser reconnect. Tabs of other browsers are logged out."""
    changing = open_tab(ada)
    pages = changing, other = changing, changing.context.new_page()
    elsewhere = ada.elsewhere()
    elsewhere.log_in()
    away = open_tab(elsewhere)
    other.goto(f"{ada.url}/dashboard")
    changing.goto(f"{ada.url}/account")
    for page in *pages, away:
        expect(page.locator("#connection")).to_have_text("connected")
    sids = [page.evaluate(LOOK_AT_SOCKET) for page in pages]
    changing.get_by_label("Password now").fill(PASSWORD)
    changing.get_by_label("New password").fill(NEW)
    changing.get_by_role("button", name="Change password").click()
    expect(changing.get_by_text("Your password is changed")).to_be_visible()
    expect(away.locator("#turned-away")).to_be_visible()
    for page, sid in zip(pages, sids, strict=True):
        is_new = f"seen.connected && seen.id !== {sid!r}"
        assert eventually(lambda page=page, is_new=is_new: page.evaluate(is_new))
        expect(page.locator("#full-name")).to_have_text("Ada Lovelace")
        expect(page.locator("#connection")).to_have_text("connected")
        expect(page.locator("#turned-away")).to_be_hidden()
    other.get_by_label("Comment").fill("Still here.")
    other.get_by_role("button", name="Post").click()
    expect(other.get_by_text("Still here.")).to_be_visible()


@pytest.mark.parametrize("in_one_session", [True, False])
def test_g36_one_of_two_concurrent_password_changes_fails(
    server: Server, ada: Person, in_one_session: bool
):
    other = ada.with_old_cookie() if in_one_session else ada.elsewhere()
    if not in_one_session:
        other.log_in()
    count = server.printed.count("held: set_password")
    requests.post(f"{server.url}/probe/hold/set_password", timeout=30)
    with ThreadPoolExecutor(2) as threads:
        changes = [threads.submit(change, ada, NEW), threads.submit(change, other, OTHER)]
        assert eventually(lambda: server.printed.count("held: set_password") == count + 2)
        requests.post(f"{server.url}/probe/let-go", timeout=30)
    codes = [each.result().status_code for each in changes]
    assert sorted(codes) == [200, 400]
    right, wrong = (NEW, OTHER) if codes[0] == 200 else (OTHER, NEW)
    assert ada.elsewhere().log_in(wrong).status_code == 401
    assert ada.elsewhere().log_in(PASSWORD).status_code == 401
    assert ada.elsewhere().log_in(right).status_code == 302
    winner, loser = (ada, other) if codes[0] == 200 else (other, ada)
    assert winner.get("/session").status_code == 200
    if not in_one_session:
        assert loser.get("/session").status_code == 401


def test_g36_a_change_that_meets_a_deletion_leaves_no_session(server: Server, ada: Person):
    other = ada.elsewhere()
    other.log_in()
    before = stored(server)
    with held(server, "delete", lambda: ada.post("/account/delete", {"password": PASSWORD})):
        there = ada.elsewhere()
        assert there.log_in().status_code == 302, "the account still exists"
        assert change(there).status_code == 200
    assert there.get("/session").status_code == 401
    assert other.get("/session").status_code == 401
    assert stored(server) == before - 2


def test_g36_an_account_that_is_deleted_gets_no_new_password(server: Server, ada: Person):
    other = ada.elsewhere()
    other.log_in()
    before = stored(server)
    with held(server, "set_password", lambda: change(other)) as changing:
        assert ada.post("/account/delete", {"password": PASSWORD}).status_code == 200
    assert changing.result().status_code == 400
    assert stored(server) == before - 2


def test_g36_an_account_that_is_deleted_gets_no_new_name(server: Server, ada: Person):
    other = ada.elsewhere()
    other.log_in()
    name = {"first_name": "Augusta", "last_name": "King"}
    with held(server, "rename", lambda: other.post("/account/name", name)) as renaming:
        assert ada.post("/account/delete", {"password": PASSWORD}).status_code == 200
    assert renaming.result().status_code == 401


def test_g36_a_password_change_does_not_bring_back_an_ended_session(server: Server, ada: Person):
    other = ada.elsewhere()
    other.log_in()
    session_id, before = other.get("/probe/id").json()["id"], stored(server)
    with held(server, "set_password", lambda: change(other)) as changing:
        assert ada.post(f"/account/sessions/{session_id}/end").status_code == 200
    assert changing.result().status_code == 401
    assert other.get("/session").status_code == 401
    assert stored(server) == before - 2, "the change has ended all other sessions"
    assert ada.elsewhere().log_in(NEW).status_code == 302


# Limits on what can pile up.


def test_g35_a_user_has_a_limited_number_of_sessions(server: Server, ada: Person, connect):
    first, before = connect(ada), stored(server)
    browsers = [ada.elsewhere() for _ in range(SESSIONS)]
    for browser in browsers[:-1]:
        assert browser.log_in().status_code == 302
    assert ada.get("/session").status_code == 200
    assert first.is_open
    assert browsers[-1].log_in().status_code == 302
    assert stored(server) == before + SESSIONS - 1
    assert ada.get("/session").status_code == 401, "the least recently used session ends"
    assert first.wait_until_closed(AT_ONCE)
    assert {each.get("/session").status_code for each in browsers} == {200}
    assert browsers[0].get("/account").text.count("last active") == SESSIONS


def test_g35_what_a_browser_was_never_shown_does_not_pile_up(ada: Person):
    for _ in range(4 * MESSAGES):
        ada.post("/wave", headers=AS_BROWSER)
    assert len(ada.get("/session").json()["data"]["_flashes"]) == MESSAGES
    assert ada.get("/dashboard").text.count("You have waved.") == MESSAGES
    assert "_flashes" not in ada.get("/session").json()["data"]
