"""Step 03: a route reaches all sockets of its user, and a logout closes them."""

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import websocket as websocket_client
from playwright.sync_api import Page, expect

from tests.steps.explain import check, explained
from tests.steps.test_02_socket_share import (
    RECONNECTED,
    expect_connected,
    expect_disconnected,
    is_refused,
)
from tools import people
from tools.people import AS_BROWSER, BOTH_TRANSPORTS, Person, Socket, eventually
from tools.servers import Server

AT_ONCE = 2  # seconds in which a logout has closed all tabs
both_transports = pytest.mark.parametrize("transport", BOTH_TRANSPORTS)


def expect_count(socket: Socket, count: int, what: str = "") -> None:
    """Wait until this count is the last that the socket has received."""
    with explained(
        what or f"A socket does not learn that its user now has {count} sockets.",
        hint="When a socket opens or closes, emit sockets {count: n} to all sockets of its user.",
        see="sockets.py",
    ):
        counts = [{"count": count}]
        assert eventually(lambda: socket.all("sockets")[-1:] == counts), socket.received


def expect_registered(person: Person, count: int) -> None:
    """Wait until the answer to a wave has this number of sockets."""
    eventually(lambda: person.post("/wave").json() == {"sockets": count})
    counted = person.post("/wave").json().get("sockets")
    check(
        counted <= count,
        "A closed socket is still counted among its user's sockets.",
        seen=f"{counted} instead of {count}",
        hint="In the disconnect handler, remove the sid from the registry. The session may have "
        "ended by then, so take the user's ID from the session that the handshake loaded.",
        see="sockets.py",
    )
    check(
        counted == count,
        "An open socket is no longer counted among its user's sockets.",
        seen=f"{counted} instead of {count}",
        hint="When a socket closes, remove only its sid, and keep the user's other sids.",
        see="user_sockets.py",
    )


# A wave: from a route to the sockets.


def test_a_wave_reaches_all_sockets_of_the_user_once(someone, connect):
    ada = someone()
    sockets = [connect(ada, transport) for transport in BOTH_TRANSPORTS * 2]
    answers = [ada.post("/wave") for _ in range(2)]
    check(
        [answer.status_code for answer in answers] == [200, 200],
        "POST /wave is not answered.",
        seen=[f"{answer.status_code} {answer.text[:80]}" for answer in answers],
        hint='Emit the event wave to the sockets of the user, and answer {"sockets": n}.',
        see="routes.py",
    )
    eventually(lambda: all(len(socket.all("wave")) >= 2 for socket in sockets))
    waves = [socket.all("wave") for socket in sockets]
    reached = len([each for each in waves if each])
    check(
        reached == 4,
        f"A wave reaches only {reached} of the 4 sockets of its user.",
        seen=f"waves received by each socket: {[len(each) for each in waves]}",
        hint="A user has several sockets. Keep a set of sids for each user, add the sid of each "
        "socket that connects, and emit to all of them.",
        see="user_sockets.py",
    )
    check(
        waves == [[{"from": ada.full_name}] * 2] * 4,
        'A socket does not get each wave once, as {"from": "<full name>"}.',
        seen=waves,
        hint="Emit to each sid of the user, once.",
        see="routes.py",
    )
    check(
        [answer.json() for answer in answers] == [{"sockets": 4}] * 2,
        "POST /wave does not answer with the number of sockets that it reached.",
        seen=[answer.text for answer in answers],
        hint='Answer {"sockets": n}, the number of this user\'s sockets.',
        see="routes.py",
    )


def test_a_wave_reaches_nobody_else(someone, connect):
    ada, grace = someone(), someone()
    hers, his = connect(grace), connect(ada)
    expect_count(his, 1)
    ada.post("/wave")
    grace.post("/wave")  # arrives later, so Ada's wave would have arrived by then
    hers.wait_for("wave", lambda wave: wave["from"] == grace.full_name)
    check(
        hers.all("wave") == [{"from": grace.full_name}],
        "A wave reaches the sockets of other people, too.",
        seen=hers.all("wave"),
        hint="Name the recipient in every emit: sio.emit(…, to=sid).",
        see="sockets.py",
    )


def test_a_wave_without_sockets_reaches_nobody(someone, connect):
    ada, grace = someone(), someone()
    hers = connect(grace)
    expect_count(hers, 1)
    answer = ada.post("/wave").json()
    grace.post("/wave")
    hers.wait_for("wave", lambda wave: wave["from"] == grace.full_name)
    check(
        len(hers.all("wave")) == 1,
        "A wave of a user without a socket reaches all other users.",
        seen=f"another user received {hers.all('wave')}",
        hint="emit(to=[]) is a broadcast: it sends the event to all users.",
        see="sockets.py",
    )
    check(
        answer == {"sockets": 0},
        "A wave of a user without a socket claims to have reached a socket.",
        seen=answer,
        hint='Answer {"sockets": 0}.',
        see="routes.py",
    )


def test_waving_needs_a_login(someone):
    visitor = someone(signed_up=False)
    answers = visitor.post("/wave"), visitor.post("/wave", headers=AS_BROWSER)
    check(
        answers[0].status_code == 401 and "error" in answers[0].json(),
        "A logged-out program gets no clear error from POST /wave.",
        seen=f"{answers[0].status_code} {answers[0].text[:80]}",
        hint='Answer 401 and {"error": "log in first"}.',
        see="auth.py",
    )
    check(
        answers[1].status_code == 302,
        "POST /wave does not redirect a logged-out browser to the login page.",
        seen=answers[1].status_code,
        hint="Redirect clients that prefer text/html.",
        see="auth.py",
    )


def test_a_plain_form_leads_back_to_the_page_and_says_what_happened(someone):
    ada = someone()
    answer = ada.post("/wave", headers=AS_BROWSER)
    before = ada.get("/dashboard", headers=AS_BROWSER).text
    after = ada.get("/dashboard", headers=AS_BROWSER).text
    check(
        answer.status_code == 302 and answer.headers.get("Location", "").endswith("/dashboard"),
        "A form that is sent without JavaScript ends on a page with JSON.",
        seen=f"POST /wave with Accept: text/html answered {answer.status_code}",
        hint="Redirect clients that prefer text/html to the dashboard.",
        see="answers.py",
    )
    check(
        before != after,
        "After a form was sent without JavaScript, the page doesn't show its outcome.",
        hint="flash() the outcome, and show it on the dashboard.",
        see="templates/dashboard.html",
    )


# Counting.


def test_the_count_follows_the_sockets(someone, connect):
    ada = someone()
    first = connect(ada)
    expect_count(first, 1)
    second, third = (connect(ada, transport) for transport in BOTH_TRANSPORTS)
    for socket in first, second, third:
        expect_count(socket, 3)
    for leaving, left in (second, 2), (third, 1):
        leaving.close()
        expect_registered(ada, left)
        expect_count(first, left, "The remaining sockets do not learn that another one has closed.")


def test_many_sockets_that_open_together_are_counted(someone, connect):
    ada = someone()
    with ThreadPoolExecutor(10) as threads:
        sockets = list(threads.map(lambda _: connect(ada, "websocket"), range(10)))
    for socket in sockets:
        expect_count(socket, 10)


def test_users_do_not_learn_how_many_sockets_others_have(someone, connect):
    ada, grace = someone(), someone()
    hers = connect(grace)
    expect_count(hers, 1)
    his = [connect(ada), connect(ada)]
    expect_count(his[0], 2)
    grace.post("/wave")
    hers.wait_for("wave")
    check(
        hers.all("sockets") == [{"count": 1}],
        "Users learn the number of sockets of other users.",
        seen=hers.all("sockets"),
        hint="Emit the count to the sockets of that user only.",
        see="sockets.py",
    )


# Logging out.


class HastyTab:
    """A hand-made socket, which connects again as soon as the server has disconnected it."""

    def __init__(self, person: Person):
        self.websocket = websocket_client.create_connection(
            person.url.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket",
            cookie=f"sid={person.cookie}",
            timeout=people.patience,
        )
        self.websocket.send("40")
        self.next_packet(("40",))
        self.answers: list[str] = []
        self.thread = threading.Thread(target=self.connect_again)
        self.thread.start()

    def next_packet(self, beginnings: tuple[str, ...]) -> str:
        while not (packet := self.websocket.recv() or "closed").startswith((*beginnings, "closed")):
            if packet == "2":
                self.websocket.send("3")
        return packet

    def connect_again(self) -> None:
        with contextlib.suppress(websocket_client.WebSocketException, OSError):
            self.next_packet(("41",))
            self.websocket.send("40")
            self.answers.append(self.next_packet(("40", "44")))

    def answer(self) -> str:
        """Return the answer to the second connection, or "closed" if there was none."""
        self.thread.join()
        self.websocket.close()
        return self.answers[0] if self.answers else "closed"


@both_transports
def test_logging_out_closes_all_sockets_of_the_session(someone, connect, transport):
    ada = someone()
    sockets = [connect(ada, transport) for _ in range(3)]
    expect_count(sockets[0], 3)
    answer = ada.log_out()
    check(
        answer.status_code == 302,
        "The logout fails while it closes the sockets.",
        seen=f"POST /logout answered {answer.status_code}",
        hint="The session has ended by then. Let the disconnect handler take the user's ID from "
        'the session of the handshake, sio.get_environ(sid)["session"], not from the store.',
        see="sockets.py",
    )
    for socket in sockets:
        check(
            socket.wait_until_closed(AT_ONCE),
            "A socket stays open after the logout.",
            seen=f"over {transport}, {AT_ONCE} seconds later",
            hint="At the logout, call sio.disconnect() for each socket of this session.",
            see="auth.py",
        )
    ada.log_in()
    expect_registered(ada, 0)


def test_logging_out_leaves_other_sessions_of_the_user_alone(someone, connect):
    ada = someone()
    there = ada.elsewhere()
    there.log_in()
    here, elsewhere = connect(ada), connect(there)
    expect_count(elsewhere, 2)
    ada.log_out()
    here.wait_until_closed(AT_ONCE)
    with explained(
        "Logging out in one browser closes the sockets of another one.",
        hint="Close only the sockets of this session, not all sockets of the user.",
        see="sockets.py",
    ):
        assert eventually(lambda: there.post("/wave").json() == {"sockets": 1})
        elsewhere.wait_for("wave")


def test_a_stale_tab_can_do_nothing(someone, connect):
    ada = someone()
    old_cookie = ada.cookie
    socket = connect(ada)
    expect_count(socket, 1)
    ada.log_out()
    answer = socket.call("session")
    stale = ada.elsewhere()
    stale.http.cookies.set("sid", old_cookie)
    check(
        "data" not in (answer or {}) and stale.post("/wave").status_code == 401,
        "A logged-out tab can still act for its user.",
        seen=answer,
        hint="Reload the session at each request and at each event.",
        see="sockets.py",
    )
    check(
        all(is_refused(stale, transport) for transport in BOTH_TRANSPORTS),
        "A logged-out tab can connect again.",
        hint="Destroy the session first, then close its sockets.",
        see="auth.py",
    )


@pytest.mark.holds_before
def test_a_tab_cannot_connect_again_while_it_is_logged_out(someone):
    """Many tabs try to connect again as soon as the server disconnects them."""
    ada = someone()
    tabs = [HastyTab(ada) for _ in range(20)]
    ada.log_out()
    answers = [tab.answer() for tab in tabs]
    let_in = [answer for answer in answers if answer.startswith("40")]
    check(
        not let_in,
        "A tab can connect again while the logout closes the tabs.",
        seen=f"{len(let_in)} of {len(tabs)} tabs",
        hint="Destroy the session first, so that its sockets can't connect again. Then close them.",
        see="auth.py",
    )


def test_logging_in_again_closes_the_sockets_of_the_old_session(someone, connect):
    ada = someone()
    socket = connect(ada)
    expect_count(socket, 1)
    ada.log_in()
    check(
        socket.wait_until_closed(AT_ONCE),
        "A socket stays open after a new login has ended its session.",
        hint="Let a login end the previous session as a logout does.",
        see="auth.py",
    )


# What a client may send.


@pytest.mark.parametrize("event", ["connect", "disconnect"])
def test_a_client_cannot_send_events_that_only_the_server_may_send(someone, connect, event):
    ada, grace = someone(), someone()
    hers, his = connect(grace), connect(ada)
    expect_count(hers, 1)
    her_session = {"_user_id": grace.get("/session").json()["data"]["_user_id"]}
    with explained(
        f"A client's event named {event!r} is not refused with an error.",
        hint=f"Let the {event} handler check whether the server itself has called it.",
        see="sockets.py",
    ):
        answer = his.call(event, {"session": her_session})
        # Socket.IO's own server, in JavaScript, closes the socket instead.
        assert not his.is_open or set(answer) == {"error"}, answer
    counts = [{"sockets": int(his.is_open)}, {"sockets": 1}]
    check(
        eventually(lambda: [person.post("/wave").json() for person in (ada, grace)] == counts),
        f"A client's event named {event!r} changes the registry.",
        hint="Refuse the event before you change the registry.",
        see="sockets.py",
    )


# In a browser.


def expect_tabs(page: Page, count: int) -> None:
    with explained(
        f"The page does not show that {count} tabs are connected.",
        hint="On the event sockets, put its count into #sockets.",
        see="static/dashboard.js",
    ):
        expect(page.locator("#sockets")).to_have_text(str(count))


def test_all_tabs_show_the_wave_and_their_number(someone, open_tab):
    ada = someone()
    tabs = [open_tab(ada) for _ in range(2)]
    for tab in tabs:
        expect_connected(tab, ada.full_name)
        expect_tabs(tab, 2)
    tabs[0].bring_to_front()
    tabs[0].get_by_role("button", name="Wave").click()
    for tab in tabs:
        with explained(
            "A wave is not shown in all tabs.",
            hint="On the event wave, show the name of the person who waves.",
            see="static/dashboard.js",
        ):
            expect(tab.get_by_text(f"{ada.full_name} waves")).to_be_visible()
    tabs[1].close()
    expect_tabs(tabs[0], 1)


def test_logging_out_in_one_tab_closes_them_all(someone, open_tab):
    ada = someone()
    tabs = [open_tab(ada) for _ in range(3)]
    for tab in tabs:
        expect_connected(tab, ada.full_name)
    complaints: list[str] = []
    for tab in tabs[1:]:
        tab.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    tabs[0].bring_to_front()
    tabs[0].get_by_role("button", name="Log out").click()
    for tab in tabs[1:]:
        with explained(
            f"Another tab is still connected {AT_ONCE} seconds after the logout.",
            hint="Disconnect all sockets of the session at the logout.",
            see="auth.py",
        ):
            within = AT_ONCE * 1000
            expect(tab.locator("#connection")).to_have_text("disconnected", timeout=within)
            expect(tab.locator("#full-name")).to_be_empty()
    check(
        not complaints,
        "A tab whose socket the logout closes shows an error in the browser's console.",
        seen=complaints,
        hint="Write nothing to the connection of a closed WebSocket.",
        see="hangup.py",
    )
    tabs[1].bring_to_front()
    tabs[1].get_by_role("button", name="Wave").click()
    with explained(
        "A wave from a logged-out tab is not refused.",
        hint="Show the error in the answer to POST /wave.",
        see="static/dashboard.js",
    ):
        expect(tabs[1].get_by_text("log in first")).to_be_visible()


def test_a_page_notices_that_its_browser_has_another_user(someone, open_tab):
    ada, grace = someone(), someone()
    page = open_tab(ada)
    expect_connected(page, ada.full_name)
    page.context.set_offline(True)
    page.evaluate("dispatchEvent(new Event('offline'))")  # in case the machine has no network
    expect_disconnected(page)
    before = alerts_of(page)
    # As if Ada had logged out in another tab, and Grace had logged in there.
    page.context.add_cookies([{"name": "sid", "value": grace.cookie, "url": grace.url}])
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")

    name = page.locator("#full-name")
    eventually(
        lambda: name.inner_text() == grace.full_name or alerts_of(page) not in ([], before),
        max(RECONNECTED, people.patience),
    )
    check(
        name.inner_text() != grace.full_name,
        "A page that was rendered for one user shows the name of another.",
        seen=f"{grace.full_name} on a page that was rendered for {ada.full_name}",
        hint="Put the user's ID into the page, and also into the profile. If the two differ, don't "
        "show the name.",
        see="static/dashboard.js",
    )
    check(
        alerts_of(page) not in ([], before),
        "A page doesn't say that the browser is now logged in as another user.",
        hint="When the profile is another user's, say so in an element with role=alert, and "
        "disconnect the socket.",
        see="static/dashboard.js",
    )
    page.reload()
    expect_connected(page, grace.full_name)


def alerts_of(page: Page) -> list[str]:
    """Return the texts of the visible alerts on the page."""
    return page.get_by_role("alert").all_inner_texts()


def test_the_tabs_are_counted_right_after_a_restart(own_server: Server, someone, open_tab):
    ada: Person = someone()
    tabs = [open_tab(ada) for _ in range(2)]
    for tab in tabs:
        expect_tabs(tab, 2)
    own_server.stop()
    for tab in tabs:
        expect(tab.locator("#sockets")).to_be_empty()
    own_server.start()
    for tab in tabs:
        expect_connected(tab, ada.full_name)
        expect_tabs(tab, 2)
