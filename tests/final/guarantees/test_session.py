"""G1 to G8 and G10 to G12: one session behind both doors, and the user that it identifies."""

import ast
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import expect

from tests.final.guarantees.frames import Frames
from tests.final.guarantees.probed import running_with
from tests.steps.test_02_socket_share import is_refused
from tools import mongo, people
from tools.folders import ROOT
from tools.people import BOTH_TRANSPORTS, Person, Socket, eventually
from tools.servers import Server

AT_ONCE = 2  # seconds within which the sockets of an ended session close
NO_SWEEP = "3600"  # seconds, so that it isn't the sweeper that closes sockets here


@pytest.fixture(scope="module")
def server():
    with running_with("sessions", SWEEP_EVERY=NO_SWEEP) as server:
        yield server


both_transports = pytest.mark.parametrize("transport", BOTH_TRANSPORTS)


def befriend(one: Person, other: Person) -> None:
    one.post("/friends", {"email": other.email})
    other.post("/friends", {"email": one.email})


def id_of(person: Person) -> str:
    return str(person.get("/session").json()["data"]["_user_id"])


@contextmanager
def meanwhile(*functions: Callable):
    """Call each function in its own thread. At the end, wait until all have returned."""
    with ThreadPoolExecutor(len(functions)) as threads:
        calls = [threads.submit(function) for function in functions]
        yield calls
    for call in calls:
        call.result()


@contextmanager
def held(server: Server, what: str, function: Callable):
    """Call a function and hold it when it reaches the point named `what`. Release it at the end."""
    count = server.printed.count(f"held: {what}")
    requests.post(f"{server.url}/probe/hold/{what}", timeout=30)
    with meanwhile(function) as [call]:
        try:
            assert eventually(lambda: server.printed.count(f"held: {what}") > count)
            yield call
        finally:
            requests.post(f"{server.url}/probe/let-go", timeout=30)


# G1: both doors share one session.


def test_g1_events_see_the_changes_of_routes_and_routes_those_of_events(ada: Person, connect):
    sockets = [connect(ada, transport) for transport in BOTH_TRANSPORTS]
    for turn in range(2):
        ada.post(f"/probe/set/route-{turn}")
        for socket in sockets:
            assert socket.call("session")["data"]["probe"] == f"route-{turn}"
        for socket in sockets:
            value = f"{socket.transport}-{turn}"
            socket.call("set", {"value": value})
            assert ada.get("/session").json()["data"]["probe"] == value


# G2: every event checks its user again.


@both_transports
def test_g2_a_logged_out_tab_can_do_nothing_even_before_it_is_closed(
    server: Server, ada: Person, connect, transport
):
    socket = connect(ada, transport)
    with held(server, "disconnect", ada.log_out):
        for event in "session", "notifications", "panel":
            assert socket.call(event, {}) == {"error": "log in first"}
    assert socket.wait_until_closed(AT_ONCE)


# G3: no client can imitate the server or another user.


@pytest.mark.parametrize("data", [[], [{}], ["x", "y"]], ids=str)
@pytest.mark.parametrize("event", ["connect", "disconnect"])
def test_g3_a_client_event_named_like_a_server_event_does_nothing(ada: Person, event, data):
    frames = Frames(ada)
    frames.send("40")
    frames.wait_for("40")
    assert frames.ask(event, *data) == {"error": "there is no such event"}
    assert ada.post("/wave").json() == {"sockets": 1}
    assert frames.ask("session")["data"]["_user_id"] == id_of(ada)
    assert [frame for frame in frames.seen if '"wave"' in frame] != [], "the socket still works"
    told = [frame for frame in frames.seen if '"sockets"' in frame]
    assert told == ['42["sockets",{"count":1}]'], "the socket is counted once"


def test_g3_the_user_of_an_event_is_not_taken_from_its_data(ada: Person, someone, connect):
    grace = someone()
    befriend(ada, grace)
    ada.post("/comments", {"text": "for Grace"})
    mallory = someone()
    for socket in connect(mallory), connect(mallory, auth={"_user_id": id_of(grace)}):
        assert socket.wait_for("profile")["firstName"] == mallory.first_name
        claim = dict.fromkeys(["_user_id", "user_id", "user", "id", "session"], id_of(grace))
        assert socket.call("session", claim)["data"]["_user_id"] == id_of(mallory)
        assert socket.call("notifications", claim) == {"notifications": [], "unread": 0}
    assert connect(grace).call("notifications", {})["unread"] == 1, "Grace had something to see"


# G4: nothing is broadcast.


def test_g4_an_open_socket_that_is_not_accepted_receives_nothing(ada: Person, connect):
    accepted, waiting = connect(ada), Frames(ada)
    assert ada.post("/wave").json() == {"sockets": 1}
    accepted.wait_for("wave")
    waiting.send("40")
    waiting.wait_for("40")  # a marker: earlier frames have arrived
    ada.post("/wave")
    waiting.wait_for('42["wave"')
    assert len([frame for frame in waiting.seen if '"wave"' in frame]) == 1


def test_g4_a_refused_socket_receives_nothing(ada: Person, connect):
    accepted, there = connect(ada), ada.elsewhere()
    there.log_in()
    refused = Frames(there)
    there.with_old_cookie().log_out()
    for _ in range(2):  # the second refusal is a marker: earlier frames have arrived
        refused.send("40")
        refused.wait_for("44")
        ada.post("/wave")
    assert eventually(lambda: len(accepted.all("wave")) == 2)
    assert [frame for frame in refused.seen if frame.startswith("42")] == []


def test_g4_a_connecting_socket_receives_nothing(server: Server, ada: Person):
    connecting = Frames(ada)
    with held(server, "profile", lambda: connecting.send("40")):
        assert ada.post("/wave").json() == {"sockets": 0}
    connecting.wait_for("40")
    ada.post("/wave")
    connecting.wait_for('42["wave"')
    assert len([frame for frame in connecting.seen if '"wave"' in frame]) == 1


def test_g4_an_event_without_recipients_is_sent_to_no_one(ada: Person, someone, connect):
    stranger = someone()
    sockets = connect(ada), connect(stranger)
    assert ada.post("/comments", {"text": "Ada has no friends yet"}).status_code == 201
    for socket in sockets:
        socket.person.post("/wave")
        socket.wait_for("wave")  # a marker: earlier events have arrived
        assert socket.all("comment") == []


def test_g4_every_emit_in_the_code_names_a_room():
    sending = [
        (path.name, call)
        for path in (ROOT / "final").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in {"emit", "send", "call"}
        and ast.unparse(call.func.value).endswith("sio")
    ]
    assert len(sending) >= 2, "the emits are found"
    rooms = [
        (file, call.lineno, [ast.unparse(k.value) for k in call.keywords if k.arg == "to"])
        for file, call in sending
    ]
    assert [each for each in rooms if each[2] in ([], ["None"], ["[]"], ["''"])] == []


# G5: a logout closes all tabs of its session.


def test_g5_a_logout_closes_every_tab_of_its_session_and_no_other_tab(
    ada: Person, someone, connect
):
    tabs = [connect(ada, transport) for transport in BOTH_TRANSPORTS * 2]
    there = ada.elsewhere()
    there.log_in()
    others = connect(there), connect(someone())
    old = ada.with_old_cookie()
    ada.log_out()
    assert [tab.wait_until_closed(AT_ONCE) for tab in tabs] == [True] * 4
    assert [is_refused(old, transport) for transport in BOTH_TRANSPORTS] == [True] * 2
    there.post("/wave")
    assert others[0].wait_for("wave")
    assert others[1].call("session")["data"]


def test_g5_a_socket_that_connects_during_a_logout_is_refused(server: Server, ada: Person):
    connecting = Frames(ada.with_old_cookie())
    with held(server, "profile", lambda: connecting.send("40")):
        ada.log_out()
    assert connecting.wait_for("40", "44")[:2] == "44"


# G6: nothing brings back a session that has ended.


def expect_ended(session_id: str, old: Person) -> None:
    stored = requests.get(f"{old.url}/probe/stored/{session_id}", timeout=30)
    assert stored.json() == {"stored": 0}
    assert old.get("/session").status_code == 401
    assert is_refused(old, "websocket")


def test_g6_a_slow_request_does_not_bring_a_session_back(server: Server, ada: Person):
    session_id, old, slow = (
        ada.get("/probe/id").json()["id"],
        ada.with_old_cookie(),
        ada.with_old_cookie(),
    )
    with held(server, "slow", lambda: slow.post("/probe/slow")) as answer:
        ada.log_out()
    assert answer.result().headers.get("Set-Cookie") is None
    expect_ended(session_id, old)


def test_g6_a_slow_event_does_not_bring_a_session_back(server: Server, ada: Person, connect):
    session_id, old, socket = ada.get("/probe/id").json()["id"], ada.with_old_cookie(), connect(ada)
    with held(server, "slow", lambda: socket.call("slow")):
        ada.log_out()
    assert eventually(lambda: "the slow event has saved" in server.printed)
    expect_ended(session_id, old)


def test_g6_the_end_of_a_poll_or_of_a_socket_does_not_bring_a_session_back(ada: Person, connect):
    session_id, old = ada.get("/probe/id").json()["id"], ada.with_old_cookie()
    ada.post("/probe/set/something")
    tabs = [connect(ada, transport) for transport in BOTH_TRANSPORTS]
    polling = Frames(ada.with_old_cookie())
    polling.send("40")
    polling.wait_for('42["sockets"')
    with meanwhile(lambda: polling.http.get(polling.address, timeout=30)) as [poll]:
        ada.log_out()
    assert poll.result().headers.get("Set-Cookie") is None
    assert [tab.wait_until_closed(AT_ONCE) for tab in tabs] == [True] * 2
    expect_ended(session_id, old)


def test_g6_no_cookie_remembers_who_was_kept_signed_in(ada: Person):
    ada.log_in(keep="1")
    assert set(ada.http.cookies.keys()) == {"sid"}
    everything = ada.http.cookies.copy()
    ada.log_out()
    ada.http.cookies.update(everything)
    assert ada.get("/session").status_code == 401


# G7: a login changes the session ID.


def test_g7_a_planted_session_id_is_useless_after_the_login(ada: Person, someone, connect):
    mallory = someone()
    planted, socket = mallory.with_old_cookie(), connect(mallory)
    ada.log_out()
    fields = {"email": ada.email, "password": people.PASSWORD}
    assert ada.post("/login", fields, cookies={"sid": planted.cookie}).status_code == 302
    assert ada.cookie != planted.cookie, "a login gets a new session ID"
    assert ada.get("/session").status_code == 200
    assert planted.get("/session").status_code == 401
    assert is_refused(planted, "websocket")
    assert socket.wait_until_closed(AT_ONCE)


# G8: concurrent changes don't overwrite each other.


@pytest.fixture(params=["embedded", "mongodb"])
def kept_in(request):
    """Start a server with the embedded database, or with a real MongoDB."""
    if request.param == "embedded":
        yield request.getfixturevalue("server")
        return
    uri = urlsplit(request.getfixturevalue("mongodb_uri"))
    with mongo.new_database(uri.geturl()) as database:
        named = uri._replace(path=f"/{database.name}").geturl()
        with running_with("sessions", MONGODB_URI=named, SWEEP_EVERY=NO_SWEEP) as server:
            yield server


def test_g8_concurrent_changes_to_different_keys_are_all_saved(kept_in: Server):
    ada = Person(kept_in.url, "Ada", "Lovelace")
    ada.sign_up()
    socket = Socket(ada)
    a, b = (lambda key=key: ada.with_old_cookie().post(f"/probe/together/{key}") for key in "ab")
    for turn in 1, 2, 3:
        with meanwhile(a, b, lambda: socket.call("together")):
            pass
        data = ada.get("/session").json()["data"]
        assert {key: data.get(key) for key in "abc"} == {"a": turn, "b": turn, "c": turn}
    socket.close()


def test_g8_a_change_inside_a_value_is_saved(ada: Person):
    for _ in range(3):
        ada.post("/probe/nested")
    assert ada.get("/session").json()["data"]["list"] == [0, 1, 2]


# G10: the list of a user's sessions.

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


@pytest.fixture
def there(ada: Person) -> Person:
    """Return Ada in another browser, logged in."""
    there = ada.elsewhere()
    there.http.headers["User-Agent"] = FIREFOX
    there.log_in()
    return there


def test_g10_a_page_lists_the_sessions_and_ends_one_of_them(ada: Person, there: Person, open_tab):
    tab = open_tab(there)
    expect(tab.locator("#connection")).to_have_text("connected")
    page = open_tab(ada)
    page.goto(ada.url + "/account")
    row = page.get_by_role("listitem").filter(has_text="Firefox on Linux")
    expect(row).to_contain_text("1 tab")
    expect(row.locator("time")).to_have_count(2)  # logged in, and last active
    row.get_by_role("button").click()
    expect(tab.locator("#connection")).to_have_text("disconnected")
    expect(row).to_have_count(0)
    tab.goto(ada.url + "/dashboard")
    expect(tab.get_by_role("button", name="Log in")).to_be_visible()
    page.goto(ada.url + "/dashboard")
    expect(page.locator("#connection")).to_have_text("connected")


def test_g10_a_session_ended_from_another_one_is_over_immediately(
    ada: Person, there: Person, connect
):
    here, tabs = connect(ada), [connect(there, transport) for transport in BOTH_TRANSPORTS]
    session_id = there.get("/probe/id").json()["id"]
    page = " ".join(ada.get("/account").text.split())
    assert re.search(r"Firefox on Linux.*\b2 tabs\b", page)
    assert ada.post(f"/account/sessions/{session_id}/end").status_code == 200
    assert [tab.wait_until_closed(AT_ONCE) for tab in tabs] == [True] * 2
    assert there.get("/session").status_code == 401
    assert is_refused(there, "websocket")
    assert here.call("session")["data"], "Ada's own session goes on"
    assert ada.post(f"/account/sessions/{session_id}/end").status_code == 404


def test_g10_users_cannot_end_the_sessions_of_other_users(ada: Person, someone, connect):
    socket, session_id = connect(ada), ada.get("/probe/id").json()["id"]
    assert someone().post(f"/account/sessions/{session_id}/end").status_code == 404
    assert socket.call("session")["data"]
    assert ada.get("/session").status_code == 200


def test_g10_a_new_password_ends_all_other_sessions(ada: Person, there: Person, connect):
    here, tabs = connect(ada), [connect(there, transport) for transport in BOTH_TRANSPORTS]
    set_new_password(ada)
    assert [tab.wait_until_closed(AT_ONCE) for tab in tabs] == [True] * 2
    assert there.get("/session").status_code == 401
    assert is_refused(there, "websocket")
    assert here.call("session")["data"]
    assert there.log_in().status_code == 401
    assert there.log_in(password="another horse").status_code == 302


def set_new_password(person: Person) -> None:
    fields = {"password": people.PASSWORD, "new_password": "another horse"}
    assert person.post("/account/password", fields).status_code == 200


@pytest.mark.parametrize("after", ["authenticate", "login"])
def test_g10_a_login_in_progress_does_not_survive_a_new_password(
    server: Server, ada: Person, after
):
    """The password changes before the session of the login is stored, or after that."""
    there = ada.elsewhere()
    with held(server, after, there.log_in):
        set_new_password(ada)
    assert there.get("/session").status_code == 401
    assert is_refused(there, "websocket")
    assert ada.get("/session").status_code == 200


def test_g10_a_login_during_a_password_change_does_not_survive_it(server: Server, ada: Person):
    there = ada.elsewhere()
    with held(server, "set_password", lambda: set_new_password(ada)):
        assert there.log_in().status_code == 302
    assert there.get("/session").status_code == 401


# G11: a visitor who only looks around leaves nothing behind.

FOR_EVERYBODY = ["/static/style.css", "/healthz"]


def test_g11_a_visitor_gets_no_cookie_and_no_document(server: Server):
    visitor = Person(server.url, "No", "Body")
    stored = requests.get(f"{server.url}/probe/stored", timeout=30).json()
    pages = ["/", "/signup", "/dashboard", "/session", "/nowhere", *FOR_EVERYBODY]
    answers = [visitor.get(page) for page in pages]
    answers.append(visitor.log_in())
    answers.append(visitor.get("/socket.io/?EIO=4&transport=polling"))
    assert is_refused(visitor, "websocket")
    assert [answer.url for answer in answers if "Set-Cookie" in answer.headers] == []
    assert requests.get(f"{server.url}/probe/stored", timeout=30).json() == stored


@pytest.mark.parametrize("path", FOR_EVERYBODY)
def test_g11_pages_that_are_the_same_for_everyone_load_no_session(ada: Person, path):
    loaded = ada.get("/probe/loaded").json()["times"]
    answer = ada.get(path)
    assert answer.status_code == 200
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert "Set-Cookie" not in answer.headers
    assert ada.get("/probe/loaded").json() == {"times": loaded + 1}, "only this request loads it"
    assert "Cookie" in ada.get("/dashboard").headers["Vary"]


# G12: two users who are served at the same time.


@pytest.mark.parametrize("door", ["route", "socket"])
def test_g12_concurrent_requests_and_events_keep_their_own_users(
    server: Server, ada: Person, someone, connect, door
):
    both = [ada, someone()]
    ids = [id_of(person) for person in both]
    if door == "route":
        ask = [lambda each=each: each.post("/probe/who").json()["ids"] for each in both]
    else:
        sockets = [connect(person) for person in both]
        ask = [lambda each=each: each.call("who")["ids"] for each in sockets]
    for _ in range(3):
        with meanwhile(*ask) as answers:
            pass
        assert [set(answer.result()) for answer in answers] == [{each} for each in ids]
    for each in ids:
        lines = [line for line in server.printed.splitlines() if f"this is {each}" in line]
        assert len(lines) == 3
        assert all(f"user={each} " in line for line in lines)
