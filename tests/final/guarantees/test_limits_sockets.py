"""G35: limits on what one account, session or address can open, ask for and leave unread."""

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import gevent
import pytest
import requests
import websocket
from playwright.sync_api import Page, expect

from final.realtime.pacing import ConcurrencyLimit, Throttled
from final.realtime.presence import COUNTS_PER_SECOND
from final.server.connection import MAX_UNFETCHED
from tests.final.guarantees.probed import running_with
from tests.probes.small import (
    ANSWER,
    BACKLOG,
    PER_SESSION,
    PER_USER,
    STRANGERS,
    STRANGERS_PER_SESSION,
    UNSENT,
)
from tools.people import BOTH_TRANSPORTS, Person, eventually, polling_address
from tools.servers import App, Server, running

LET_IN = '40{"sid"'
LOG_IN_FIRST = '44{"message":"log in first"}'
TOO_MANY = '44{"message":"too many tabs are open: close some"}'
TOO_SLOW = "is closed: it doesn't take what it is sent"


on_fast_transport = pytest.mark.parametrize("server", ["1"], ids=["fast"], indirect=True)


@pytest.fixture(scope="module", params=["0", "1"], ids=["default", "fast"])
def server(request) -> Iterator[Server]:
    with running_with("many_sockets", DEMO="0", FAST=request.param) as server:
        yield server


class Tab:
    """A socket that sends raw frames. `answer` is the server's answer to its CONNECT packet."""

    def __init__(self, person: Person, transport: str = "websocket", packet: str = "40"):
        self.person, self.transport = person, transport
        self.http = requests.Session()  # its own, because several threads open tabs
        if person.cookie:
            self.http.cookies.set("sid", person.cookie)
        if transport == "websocket":
            self.ws = handshake(person)
        else:
            self.address = polling_address(as_person(person, self.http))
        if packet:
            self.send(packet)
            self.answer = self.wait_for("40", "44")

    def send(self, frame: str) -> None:
        if self.transport == "websocket":
            self.ws.send(frame)
        else:
            self.http.post(self.address, frame, timeout=30).raise_for_status()

    def frames(self) -> list[str]:
        """Return the next frames, or an empty list if the connection has closed."""
        if self.transport == "websocket":
            with contextlib.suppress(websocket.WebSocketConnectionClosedException, OSError):
                return [frame] if (frame := self.ws.recv()) else []
            return []
        answer = self.http.get(self.address, timeout=30)
        return answer.text.split("\x1e") if answer.ok else []

    def wait_for(self, *beginnings: str) -> str:
        """Return the next frame that starts with one of these texts, or "" if there is none."""
        while frames := self.frames():
            for frame in frames:
                if frame == "2":
                    self.send("3")
                elif frame.startswith(beginnings):
                    return frame
        return ""

    def is_let_in(self) -> bool:
        return self.answer.startswith(LET_IN)

    def is_closed(self) -> bool:
        """Wait until the connection closes. A WebSocket fails after ten silent seconds."""
        while self.frames():
            pass
        return True

    def close(self) -> None:
        if self.transport == "websocket":
            self.ws.close()
        else:
            self.http.post(self.address, "41\x1e1", timeout=30)


def as_person(person: Person, http: requests.Session) -> Person:
    twin = person.elsewhere()
    twin.http = http
    return twin


def handshake(person: Person, **options) -> websocket.WebSocket:
    address = person.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
    cookie = f"sid={person.cookie}" if person.cookie else None
    return websocket.create_connection(address, cookie=cookie, timeout=10, **options)


@pytest.fixture
def open_tabs() -> Iterator:
    """Yield a function that opens tabs in turn or all at once. Close them after the test."""
    tabs: list[Tab] = []

    def open_them(people: list[Person], transport: str, at_once: bool = False) -> list[Tab]:
        with ThreadPoolExecutor(len(people) if at_once else 1) as pool:
            opened = list(pool.map(lambda person: Tab(person, transport), people))
        tabs.extend(opened)
        return opened

    yield open_them
    for tab in tabs:
        with contextlib.suppress(requests.RequestException, OSError):
            tab.close()


def at_another_browser(person: Person) -> Person:
    twin = person.elsewhere()
    assert twin.log_in().status_code == 302
    return twin


def visitor(server: Server) -> Person:
    return Person(server.url, "Alan", "Turing")


def count(server: Server, what: str) -> int:
    return requests.get(f"{server.url}/probe/{what}", timeout=30).json()["count"]


def user_id(person: Person) -> str:
    return person.get("/session").json()["data"]["_user_id"]


# The number of sockets.


@pytest.mark.parametrize("transport", BOTH_TRANSPORTS)
def test_g35_a_session_has_a_limited_number_of_sockets(someone, open_tabs, transport):
    ada, grace = someone(), someone()
    tabs = open_tabs([ada] * (PER_SESSION + 2), transport)
    assert [tab.is_let_in() for tab in tabs] == [True] * PER_SESSION + [False] * 2
    assert [tab.answer for tab in tabs[PER_SESSION:]] == [TOO_MANY] * 2
    assert open_tabs([grace], transport)[0].is_let_in(), "only that account meets the limit"
    assert ada.post("/wave").json() == {"sockets": PER_SESSION}
    tabs[0].close()
    assert eventually(lambda: open_tabs([ada], transport)[0].is_let_in()), "there's room again"


@pytest.mark.parametrize("transport", BOTH_TRANSPORTS)
def test_g35_a_user_has_a_limited_number_of_sockets_in_all_sessions(someone, open_tabs, transport):
    ada = someone()
    there = at_another_browser(ada)
    tabs = open_tabs([ada] * PER_SESSION + [there] * PER_SESSION, transport)
    assert [tab.is_let_in() for tab in tabs] == [True] * PER_USER + [False] * 2
    assert tabs[-1].answer == TOO_MANY
    ada.log_out()
    assert eventually(lambda: open_tabs([there], transport)[0].is_let_in())


@pytest.mark.parametrize("transport", BOTH_TRANSPORTS)
def test_g35_sockets_that_open_at_the_same_moment_are_counted(someone, open_tabs, transport):
    ada, grace = someone(), someone()
    there, too = at_another_browser(grace), at_another_browser(grace)
    tabs = open_tabs([ada] * 10, transport, at_once=True)
    assert sum(tab.is_let_in() for tab in tabs) == PER_SESSION
    assert eventually(lambda: not strangers(grace))
    tabs = open_tabs([grace, there, too] * PER_SESSION, transport, at_once=True)
    assert sum(tab.is_let_in() for tab in tabs) == PER_USER


@pytest.mark.parametrize("transport", BOTH_TRANSPORTS)
def test_g35_a_client_that_connects_repeatedly_over_one_connection_has_one_socket(
    someone, open_tabs, transport
):
    ada = someone()
    [tab] = open_tabs([ada], transport)
    for packet in "40", "40/admin,", "40":
        tab.send(packet)
        assert tab.wait_for("40", "44").startswith("44")
    assert ada.post("/wave").json() == {"sockets": 1}


def test_g35_the_page_says_that_too_many_tabs_are_open_and_connects_later(
    someone, open_tabs, open_tab
):
    ada = someone()
    page: Page = open_tab(ada)
    expect(page.locator("#connection")).to_have_text("connected")
    page.clock.install()  # a fake clock that the test can fast-forward
    page.goto(f"{ada.url}/friends")
    expect(page.locator("#connection")).to_have_text("connected")
    tabs = open_tabs([ada] * (PER_SESSION - 1), "websocket")
    page.reload()
    assert eventually(lambda: ada.post("/wave").json() == {"sockets": PER_SESSION})
    expect(page.locator("#connection")).to_have_text("connected")
    page.goto("about:blank")
    assert eventually(lambda: open_tabs([ada], "websocket")[0].is_let_in())
    page.goto(f"{ada.url}/dashboard")
    reason = page.locator("#connection-reason")
    expect(reason).to_have_text(
        "Too many tabs are open. Close some, and this one will connect automatically."
    )
    expect(page.locator("#connection")).to_have_text("disconnected")
    tabs[0].close()
    assert eventually(lambda: ada.post("/wave").json() == {"sockets": PER_SESSION - 1})
    page.clock.fast_forward(5000)
    expect(page.locator("#connection")).to_have_text("disconnected")  # too early to retry
    page.clock.fast_forward(20_000)
    expect(page.locator("#connection")).to_have_text("connected")
    expect(reason).to_have_text("")


def test_g35_three_devices_with_20_tabs_each_meet_no_limit(final: App):
    """After a restart of the server, for example, all tabs reconnect and ask at the same time."""
    with running(final, DEMO="0") as server:
        ada = Person(server.url, "Ada", "Lovelace")
        ada.sign_up()
        devices = [ada, at_another_browser(ada), at_another_browser(ada)]
        with ThreadPoolExecutor(20) as pool:
            tabs = list(pool.map(Tab, devices * 20))
        assert all(tab.is_let_in() for tab in tabs)
        for number, event in enumerate(["session", "notifications", "state", "panel"]):
            for tab in tabs:
                tab.send(f'42{number}["{event}", {{}}]')
        for tab in tabs:
            answers = [tab.wait_for("43") for _ in range(4)]
            assert all(answers)
            assert '"error"' not in "".join(answers)
            tab.close()


# Connections without an accepted socket.


@pytest.mark.parametrize("transport", BOTH_TRANSPORTS)
def test_g35_a_client_that_was_refused_reads_why_and_is_closed(server: Server, transport):
    tab = Tab(visitor(server), transport)
    assert tab.answer == LOG_IN_FIRST
    assert tab.is_closed()


@pytest.mark.parametrize("packet", ["", "40/admin,", "40/admin,{}"])
@pytest.mark.parametrize("transport", BOTH_TRANSPORTS)
def test_g35_a_connection_without_an_accepted_socket_is_closed(
    someone, open_tabs, transport, packet
):
    ada = someone()
    tab = Tab(ada, transport, packet=packet)
    [let_in] = open_tabs([ada], transport)
    assert tab.is_closed()
    later = Tab(ada, transport, packet="")
    assert later.is_closed(), "by now, `let_in` would be closed, too"
    let_in.send('421["session"]')
    assert let_in.wait_for("431")


@pytest.mark.parametrize("transport", BOTH_TRANSPORTS)
def test_g35_a_connection_whose_socket_has_left_is_closed(someone, open_tabs, transport):
    [leaves, logs_out] = open_tabs([someone(), someone()], transport)
    leaves.send("41")
    assert leaves.is_closed()
    logs_out.person.log_out()
    assert logs_out.is_closed(), "even if the client stays connected"


def test_g35_a_client_that_ignores_a_close_is_cut_off(server: Server):
    ws = handshake(visitor(server))
    with contextlib.suppress(ConnectionError):
        while ws.sock.recv(1000):  # without answering the close frame
            pass
    ws.shutdown()


def test_g35_a_crowd_without_a_session_has_a_limit_and_keeps_nobody_out(
    server: Server, someone, open_tabs
):
    ada, gone = someone(), someone()
    old = gone.with_old_cookie()
    gone.log_out()
    assert eventually(lambda: not strangers(server))
    polling = f"{server.url}/socket.io/?EIO=4&transport=polling"
    crowd = [requests.get(polling, timeout=30) for _ in range(STRANGERS)]
    assert {answer.status_code for answer in crowd} == {200}
    sid = json.loads(crowd[0].text[1:])["sid"]
    requests.post(f"{polling}&sid={sid}", "1", timeout=30)  # closed, but still counted for a while
    refused = requests.get(polling, timeout=30)
    assert refused.status_code == 503
    assert refused.text.startswith("too many connections")
    assert old.http.get(polling, timeout=30).status_code == 503, "its session has ended"
    with pytest.raises(websocket.WebSocketBadStatusException):
        handshake(visitor(server))
    assert all(tab.is_let_in() for tab in open_tabs([ada] * 2, "websocket"))
    assert eventually(lambda: requests.get(polling, timeout=30).ok), "once the crowd is closed"
    assert eventually(lambda: not strangers(server))


def test_g35_a_session_opens_a_limited_number_of_connections_without_connecting(someone):
    ada, grace = someone(), someone()
    answers = []
    for _ in range(STRANGERS_PER_SESSION + 1):
        answers.append(ada.get("/socket.io/?EIO=4&transport=polling").status_code)
    assert answers == [200] * STRANGERS_PER_SESSION + [503]
    assert grace.get("/socket.io/?EIO=4&transport=polling").status_code == 200
    assert eventually(lambda: ada.get("/socket.io/?EIO=4&transport=polling").ok)


def strangers(at: Server | Person) -> int:
    return requests.get(f"{at.url}/probe/kept", timeout=30).json()["strangers"]


# Data that waits for a client that doesn't read it.


def unread(person: Person) -> websocket.WebSocket:
    """Open a WebSocket with a small buffer, from which the test doesn't read any more."""
    ws = handshake(person, sockopt=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)])
    ws.send("40")
    while not ws.recv().startswith("40"):
        pass
    return ws


def flood(person: Person, how_many: int, length: int) -> None:
    answer = person.post(f"/probe/flood/{user_id(person)}/{how_many}/{length}")
    assert answer.status_code == 200


def test_g35_only_a_websocket_that_does_not_read_is_closed(server: Server, someone, connect):
    ada = someone()
    reads, before = connect(ada), len(server.printed)
    ws = unread(ada)
    sent = 0
    while "it doesn't take" not in server.printed[before:]:
        flood(ada, 2, 50_000)  # until all buffers on the way are full
        sent += 2
        assert eventually(lambda n=sent: len(reads.all("flood")) == n)
    assert eventually(lambda: ada.post("/wave").json() == {"sockets": 1})
    assert server.printed[before:].count(TOO_SLOW) == 1
    assert "Traceback" not in server.printed[before:]
    assert reads.call("session")["data"]
    assert reads.is_open
    ws.shutdown()


@on_fast_transport
def test_g35_a_polling_client_that_does_not_fetch_is_closed_by_bytes(
    server: Server, someone, open_tabs, connect
):
    ada = someone()
    reads, before = connect(ada), len(server.printed)
    [tab] = open_tabs([ada], "polling")
    flood(ada, 3, UNSENT // 4)
    tab.wait_for('42["flood"')  # fewer bytes than the limit are kept
    flood(ada, 6, UNSENT // 4)
    assert tab.http.get(tab.address, timeout=30).status_code == 400
    assert server.printed[before:].count(TOO_SLOW) == 1
    assert reads.call("session")["data"]


def fetch_and_read_nothing(tab: Tab) -> socket.socket:
    host, _, port = tab.person.url.removeprefix("http://").partition(":")
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect((host, int(port)))
    target = tab.address.removeprefix(tab.person.url)
    connection.sendall(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    return connection


@on_fast_transport
def test_g35_an_answer_that_a_polling_client_does_not_read_counts(server: Server, someone):
    """The client keeps asking for data, but doesn't read any of the answers."""
    ada = someone()
    tab = Tab(ada, "polling")
    before, connections = len(server.printed), []
    while TOO_SLOW not in server.printed[before:] and len(connections) < 20:
        flood(ada, 3, UNSENT // 4)
        connections.append(fetch_and_read_nothing(tab))
    assert server.printed[before:].count(TOO_SLOW) == 1
    assert eventually(lambda: ada.post("/wave").json() == {"sockets": 0})
    for connection in connections:
        connection.close()


def test_g35_an_answer_that_is_not_taken_in_time_is_dropped(server: Server, someone):
    ada = someone()
    tab, printed = Tab(ada, "polling"), len(server.printed)
    flood(ada, 3, UNSENT // 4)
    connection = fetch_and_read_nothing(tab)
    assert eventually(lambda: is_hung_up(connection))
    assert "Traceback" not in server.printed[printed:]
    connection.close()
    tab.close()


def is_hung_up(connection: socket.socket) -> bool:
    """Return whether the other side has closed a connection, without reading from it."""
    try:
        connection.send(b"\r\n")
    except ConnectionError:
        return True
    return False


@pytest.mark.parametrize("transport", BOTH_TRANSPORTS)
def test_g35_a_client_that_does_not_read_gets_no_more_work_done(
    server: Server, someone, connect, transport
):
    ada = someone()
    reads, asked = connect(ada), 90
    if transport == "websocket":
        ws = unread(ada)
        flood(ada, 1, 0)
        while not kept_back(ws, ada):  # until the buffers on the way are full
            pass
        for number in range(asked):
            ws.send(f'42{number}["long"]')
    else:
        tab = Tab(ada, "polling")
        for number in range(asked):
            tab.send(f'42{number}["long"]')
    assert reads.call("session")["data"], "the user's other sockets don't wait"
    begun = count(server, f"done/{user_id(ada)}")
    assert begun <= max(BACKLOG // 10_000, MAX_UNFETCHED) + 3, (
        "the server has handled hardly any of its events"
    )
    if transport == "polling":
        numbers = set()
        while len(numbers) < asked:
            frames = tab.frames()
            assert frames
            numbers |= {frame.partition("[")[0] for frame in frames if frame.startswith("43")}
        assert count(server, f"done/{user_id(ada)}") == asked, "all are answered once it reads"
        tab.close()
    else:
        ws.shutdown()


def kept_back(ws: websocket.WebSocket, person: Person) -> bool:
    """Send more events that aren't read. Return whether some of the data waits in the server."""
    flood(person, 1, 50_000)
    return person.get(f"/probe/behind/{user_id(person)}").json()["count"] > 0


def test_g35_a_limited_number_of_events_can_wait(server: Server, someone):
    """Waiting events are answered. Any others are refused immediately, with the time to wait."""
    ada = someone()
    tabs = [Tab(ada, "polling") for _ in range(PER_SESSION)]
    for tab in tabs:
        for _ in range(10):
            tab.send("\x1e".join(f'42{number}["long"]' for number in range(9)))
    refused = [tab.wait_for("43") for tab in tabs]
    assert all(refused)
    for tab in tabs:
        tab.close()


def test_a_limited_number_of_calls_run_at_a_time_for_each_key():
    working, most = [], []
    at_once = ConcurrencyLimit(2)

    def work(key: str) -> None:
        with at_once.slot(key):
            working.append(key)
            most.append(working.count(key))
            gevent.sleep(0)
            working.remove(key)

    gevent.joinall([gevent.spawn(work, key) for key in "aaaab"], raise_error=True)
    assert (len(most), max(most)) == (5, 2)
    assert (at_once._semaphores, dict(at_once._counts)) == ({}, {}), "no counters are kept"


# The size of one answer.


def befriend(one: Person, other: Person) -> None:
    one.post("/friends", {"email": other.email})
    other.post("/friends", {"email": one.email})


def size(answer: object) -> int:
    return len(json.dumps(answer))


@pytest.mark.parametrize("says_what_it_has", [True, False])
def test_g35_missed_comments_come_in_portions_and_none_is_lost(someone, connect, says_what_it_has):
    ada, grace = someone(), someone()
    befriend(ada, grace)
    written = []
    for number in range(12):
        answer = ada.post("/comments", {"text": f"{number} " + "🧑‍🚀" * 60})
        written.append(answer.json()["id"])
    tab, seen, after = connect(grace), [], None
    while True:
        question = {"after": after} | ({"seen": seen} if says_what_it_has else {})
        answer = tab.call("notifications", question)
        assert size(answer) < 1.5 * ANSWER
        assert answer["unread"] == len(written)
        new = [each["id"] for each in answer["notifications"] if each["id"] not in seen]
        if not new:
            break
        seen += new
        after = new[-1]
    assert seen == written


def test_g35_a_page_that_names_its_comments_gets_late_ones_too(someone, connect):
    ada, grace = someone(), someone()
    befriend(ada, grace)
    ids = [ada.post("/comments", {"text": str(number)}).json()["id"] for number in range(4)]
    tab = connect(grace)
    had = [ids[0], ids[2]]
    answer = tab.call("notifications", {"after": ids[2], "seen": had})
    assert [each["id"] for each in answer["notifications"]] == [ids[1], ids[3]]
    assert "error" in tab.call("notifications", {"after": None, "seen": [7]})
    assert "error" in tab.call("notifications", {"after": None, "seen": ["x"] * 1001})


def test_g35_the_state_comes_in_portions(someone, connect):
    ada, grace = someone(), someone()
    befriend(ada, grace)
    post = ada.post("/comments", {"text": "A post."}).json()["id"]
    replies = []
    for _ in range(9):
        sent = {"text": "🧑‍🚀" * 60, "post": post}
        replies.append(grace.post("/comments", sent).json()["id"])
    tab, shown, more = connect(ada), [post], True
    while more:
        state = tab.call("state", {"shown": shown, "threads": [post]})
        assert size(state) < 2 * ANSWER
        shown += [each["id"] for each in state["activity"]]
        more = state["from"]  # None if the answer has everything
    assert sorted(shown) == sorted([post, *replies])


def test_g35_a_page_catches_up_in_portions_and_shows_each_once(someone, open_tab, complaints):
    ada, grace = someone(), someone()
    befriend(ada, grace)
    page: Page = open_tab(grace)
    expect(page.locator("#connection")).to_have_text("connected")
    page.context.set_offline(True)
    page.evaluate("import('/static/live.js').then(({ socket }) => socket.io.engine.close())")
    expect(page.locator("#connection")).to_have_text("disconnected")
    texts = [f"{number} " + "🧑‍🚀" * 60 for number in range(12)]
    for text in texts:
        ada.post("/comments", {"text": text})
    page.context.set_offline(False)
    items = page.get_by_role("list", name="Notifications").get_by_role("listitem")
    expect(items).to_have_count(len(texts))
    expect(items).to_have_text([f"{ada.full_name}: {text}" for text in reversed(texts)])
    expect(page.locator("#unread")).to_have_text(str(len(texts)))


# The cost of many sockets.


def test_g35_opening_one_more_socket_costs_the_same_however_many_there_are(
    server: Server, someone, open_tabs
):
    for how_many in 30, 60, 120:
        ada = someone()
        ada.post(f"/probe/more/{how_many}")
        begun = time.monotonic()
        tabs = open_tabs([ada] * how_many, "websocket")
        assert all(tab.is_let_in() for tab in tabs)
        assert tabs[0].wait_for(f'42["sockets",{{"count":{how_many}}}]'), "the last count is right"
        most = COUNTS_PER_SECOND * (time.monotonic() - begun) + 2 * how_many
        assert count(server, "told") < most, "new sockets don't each inform all others"
        for tab in tabs:
            tab.close()
        assert eventually(lambda p=ada: p.post("/wave").json() == {"sockets": 0})
    ada.post(f"/probe/more/{PER_SESSION}")


def test_repeated_calls_run_immediately_and_once_more_after_a_rest():
    called = []
    paced = Throttled(lambda *keys: called.append(keys), lambda key: 0.01)
    for _ in range(5):
        paced("a")
    paced("a", "b")
    assert called == [("a",), ("b",)], "the first call runs immediately"
    while paced._resting or len(called) < 3:
        gevent.sleep(0.001)
    assert called == [("a",), ("b",), ("a",)]
    paced("b")
    assert called[3:] == [("b",)]


def test_g35_the_panel_shows_a_limited_number_of_sockets(someone, connect):
    ada = someone()
    ada.post("/probe/more/40")
    tabs = [Tab(ada) for _ in range(30)]
    assert len(connect(ada).call("panel", {})["sockets"]) == 20
    ada.post(f"/probe/more/{PER_SESSION}")
    for tab in tabs:
        tab.close()


# The server keeps nothing of closed connections.


def test_g35_nothing_is_kept_of_closed_connections(server: Server, someone, open_tabs):
    """This test comes last, because the others open and close all kinds of connections."""
    [*tabs] = open_tabs([someone()] * 2, "polling") + open_tabs([someone()] * 2, "websocket")
    for tab in tabs:
        tab.send('421["session"]')
        tab.wait_for("431")
        tab.close()

    def is_empty() -> bool:
        kept = requests.get(f"{server.url}/probe/kept", timeout=30).json()
        return not any(kept.values())

    assert eventually(is_empty), requests.get(f"{server.url}/probe/kept", timeout=30).json()
