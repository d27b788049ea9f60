"""Step 02: a socket opens with the session's cookie, so it knows the same user."""

import json

import pytest
import socketio
import websocket as websocket_client
from playwright.sync_api import Page, expect

from tests.steps.explain import Mistake, check, explained
from tools import people
from tools.people import (
    BOTH_TRANSPORTS,
    HeldRequest,
    connect_by_polling,
    eventually,
    polling_address,
)
from tools.servers import Server

both_transports = pytest.mark.parametrize("transport", BOTH_TRANSPORTS)
RECONNECTED = 25  # seconds, even with a short --patience: Socket.IO gives up a try after 20

REFUSED = "log in first"
LET_IN = "it was let in"
NO_ANSWER = "no answer came"


def is_refused(person, transport: str) -> bool:
    return answer_to(person, transport) == REFUSED


def answer_to(person, transport: str) -> str:
    """Try to connect. Return the message of the refusal, or the answer that came instead."""
    if transport == "polling":
        packet = connect_by_polling(person)
        if packet and packet.startswith("44"):
            return json.loads(packet[2:])["message"]
        return LET_IN if packet and packet.startswith(("40", "42")) else packet or NO_ANSWER
    reasons = []
    client = socketio.Client(reconnection=False, handle_sigint=False)
    client.on("connect_error", reasons.append)
    try:
        headers = {"Cookie": f"sid={person.cookie}"} if person.cookie else {}
        options = {"transports": [transport], "wait_timeout": people.patience}
        client.connect(person.url, headers=headers, **options)
    except socketio.exceptions.ConnectionError:
        return reasons[-1]["message"] if reasons and "message" in reasons[-1] else NO_ANSWER
    client.disconnect()
    return LET_IN


def leave_while_upgrading(person) -> None:
    """Open a socket by polling, begin the upgrade to WebSocket, and leave without closing."""
    address = polling_address(person)
    websocket = websocket_client.create_connection(
        address.replace("http", "ws", 1).replace("=polling", "=websocket"),
        cookie=f"sid={person.cookie}",
        timeout=30,
    )
    websocket.send("2probe")
    websocket.shutdown()


# Connecting.


@both_transports
def test_a_socket_is_sent_the_profile_of_its_user(someone, connect, transport):
    grace = someone()
    with explained(
        "A socket is not sent the profile of its user.",
        hint='In the connect handler: sio.emit("profile", {"firstName": …, "lastName": …}, '
        "to=sid), with the names of the user whose ID is the session's _user_id.",
        see="sockets.py",
    ):
        profile = connect(grace, transport).wait_for("profile")
        assert names_in(profile) == [grace.first_name, grace.last_name]


def names_in(profile: object) -> list:
    """Return the two names in a profile. From step 03 on, it also has the user's ID."""
    return [profile.get("firstName"), profile.get("lastName")]


@both_transports
def test_each_socket_has_its_own_user(someone, connect, transport):
    people = [someone() for _ in range(3)]
    sockets = [connect(person, transport) for person in people]
    for person, socket in zip(people, sockets, strict=True):
        data = socket.call("session")["data"]
        check(
            data == person.get("/session").json()["data"],
            f"The socket of {person.full_name} has the session of another user.",
            seen=data,
            hint="Take the session from the environ of that socket: sio.get_environ(sid).",
            see="sockets.py",
        )
        check(
            [names_in(each) for each in socket.all("profile")]
            == [[person.first_name, person.last_name]],
            f"The socket of {person.full_name} receives the profiles of other users.",
            seen=socket.all("profile"),
            hint="Emit with to=sid, because an emit without `to` is a broadcast.",
            see="sockets.py",
        )


@both_transports
def test_a_socket_without_a_login_is_refused(someone, transport):
    answer = answer_to(someone(signed_up=False), transport)
    check(
        answer != LET_IN,
        "A socket without a session is accepted.",
        hint='raise socketio.exceptions.ConnectionRefusedError("log in first"), because '
        "returning accepts the socket.",
        see="sockets.py",
    )
    check(
        answer != NO_ANSWER,
        "A socket without a session gets no answer.",
        hint="If the connect handler raises an exception, the client gets no answer and waits. For "
        'a visitor, session["_user_id"] raises one, and session.get("_user_id") does not.',
        see="sockets.py",
    )
    check(
        answer == REFUSED,
        f"A socket without a session is not refused with the message: {REFUSED}.",
        seen=answer,
        hint='raise socketio.exceptions.ConnectionRefusedError("log in first"). Returning False, '
        "or raising Python's own ConnectionRefusedError, gives no reason.",
        see="sockets.py",
    )


@both_transports
def test_a_garbage_cookie_is_refused(someone, transport):
    visitor = someone(signed_up=False)
    visitor.http.cookies.set("sid", "garbage")
    check(
        is_refused(visitor, transport),
        "A socket with a made-up cookie is not refused.",
        hint="Refuse a cookie whose session is not in the store.",
        see="sockets.py",
    )


@both_transports
def test_the_cookie_from_before_the_logout_is_refused(someone, transport):
    ada = someone()
    old_cookie = ada.cookie
    ada.log_out()
    ada.http.cookies.set("sid", old_cookie)
    check(
        is_refused(ada, transport),
        "After the logout a socket can still be opened with the old cookie.",
        hint="Load the session from the store when a socket connects.",
        see="session.py",
    )


def test_the_user_comes_from_the_session_and_not_from_the_client(someone, connect):
    ada, grace = someone(), someone()
    her_id = grace.get("/session").json()["data"]["_user_id"]
    socket = connect(ada, auth={"_user_id": her_id, "user_id": her_id, "id": her_id})
    profile = socket.wait_for("profile")
    check(
        profile["firstName"] == ada.first_name,
        "A client can choose its user with its auth argument.",
        seen=profile,
        hint="Take the user from the session, never from the client.",
        see="sockets.py",
    )


# The session of a socket.


@both_transports
def test_the_socket_exposes_the_same_session_as_the_request(someone, connect, transport):
    ada = someone()
    by_request = ada.get("/session").json()
    with explained(
        "The socket and the request do not have the same session.",
        hint="Answer the event session with the exposed session, reloaded from the store.",
        see="sockets.py",
    ):
        by_socket = connect(ada, transport).call("session")
        assert by_socket == by_request, f"{by_socket} by socket, {by_request} by request"


def test_the_socket_sees_that_the_session_has_ended(someone, connect):
    ada = someone()
    socket = connect(ada)
    ada.log_out()
    answer = socket.call("session")
    check(
        answer is None or "data" not in answer,
        "A socket still shows the session after the logout.",
        seen=answer,
        hint="The session that the handshake loaded is outdated. Reload it in each event.",
        see="sockets.py",
    )


def test_closing_a_socket_does_not_bring_a_session_back(someone, connect):
    ada = someone()
    old_cookie = ada.cookie
    by_websocket = connect(ada)
    by_websocket.wait_for("profile")
    address = polling_address(ada)
    ada.http.post(address, data="40", timeout=30)
    while "40{" not in ada.http.get(address, timeout=30).text:
        pass  # once the profile or a ping has arrived, it is connected
    poll = HeldRequest(ada, "GET", address)
    ada.log_out()
    ada.http.post(address, data="41\x1e1", timeout=30)
    poll.finish()
    by_websocket.close()
    connect(someone()).wait_for("profile")  # the server still works
    ada.http.cookies.set("sid", old_cookie)
    check(
        ada.get("/session").status_code == 401,
        "A socket that ends after the logout stores its old session again.",
        hint="Don't save the session of /socket.io/ requests, and never upsert.",
        see="session.py",
    )


@both_transports
def test_an_unknown_event_is_answered_with_an_error(someone, connect, transport):
    socket = connect(someone(), transport)
    with explained(
        "An unknown event gets no answer.",
        hint='Handle the event "*" and return {"error": …}.',
        see="sockets.py",
    ):
        answer = socket.call("no such event", {"a": 1})
        assert set(answer) == {"error"}, answer


@pytest.mark.parametrize(
    "data",
    [(), (None,), ({"_user_id": "x"},), ("a", "b"), ([1] * 100,), (b"\x00",)],
    ids=["none", "null", "object", "two", "list", "bytes"],
)
def test_an_event_with_odd_arguments_is_answered(someone, connect, data):
    socket = connect(someone())
    with explained(
        "An event with unexpected arguments gets no answer.",
        hint="Accept any arguments: def answer(sid, *_).",
        see="sockets.py",
    ):
        answer = socket.call("session", *data)
        assert answer.get("id") or answer.get("error"), answer


def test_a_request_that_comes_after_the_end_of_its_socket_is_refused(someone):
    ada = someone()
    address = polling_address(ada)
    answers = [ada.http.post(address, data=packet, timeout=30) for packet in ("40", "1", "2")]
    codes = [answer.status_code for answer in answers]
    check(
        codes == [200, 200, 400],
        "A long-polling request for a closed socket is not refused with 400.",
        seen=f"opening: {codes[0]}, closing: {codes[1]}, one more request: {codes[2]}",
        hint="Wrap the app in HangUp.",
        see="hangup.py",
    )


# The terminal.


def test_the_terminal_shows_that_both_sessions_are_the_same(own_server: Server, someone, connect):
    ada = someone()
    ada.get("/dashboard")
    connect(ada).call("session")
    session = ada.get("/session").json()
    for wanted in session["id"], session["data"]["_user_id"]:
        check(
            eventually(lambda text=wanted: own_server.printed.count(text) >= 2),
            "The terminal does not show the same session twice: by request and by socket.",
            seen=own_server.printed,
            hint="Print the exposed session when a socket connects, too.",
            see="sockets.py",
        )


def test_the_terminal_stays_clean_when_sockets_come_and_go(own_server: Server, someone, connect):
    ada = someone()
    for transport in BOTH_TRANSPORTS:
        connect(ada, transport).close()
    for _ in range(5):
        leave_while_upgrading(ada)
    is_refused(someone(signed_up=False), "websocket")
    connect(ada).call("session")  # earlier log messages have been printed by now
    own_server.stop()
    noise = [
        line
        for line in own_server.printed.splitlines()
        if "Traceback" in line or "Bad request" in line or "Invalid HTTP" in line or '" 500' in line
    ]
    check(
        not noise,
        "A socket that closes leaves an alarming line in the terminal.",
        seen=noise,
        hint="Wrap the app in HangUp, which ends the connection of a closed WebSocket.",
        see="hangup.py",
    )


# In a browser.


def expect_connected(page: Page, name: str) -> None:
    scripts = page.evaluate("Array.from(document.scripts, (script) => script.src || 'inline')")
    check(
        scripts,
        "The dashboard loads no script.",
        hint="Load static/vendor/socket.io.min.js, and then static/dashboard.js.",
        see="templates/dashboard.html",
    )
    with explained(
        "The dashboard does not show the name from the socket.",
        seen=f"Scripts of the page: {', '.join(scripts)}",
        hint="On the event profile, fill #full-name; on connect, let #connection say connected. "
        "Load the Socket.IO client first, and then the script that uses it.",
        see="static/dashboard.js",
    ):
        expect(page.locator("#full-name")).to_have_text(name)
        expect(page.locator("#connection")).to_have_text("connected")


def expect_disconnected(page: Page) -> None:
    with explained(
        "The dashboard still says connected after the connection was lost.",
        hint="On disconnect, let #connection say disconnected.",
        see="static/dashboard.js",
    ):
        expect(page.locator("#connection")).to_have_text("disconnected")
    with explained(
        "The name stays on the page after the connection was lost.",
        hint="On disconnect, empty #full-name.",
        see="static/dashboard.js",
    ):
        expect(page.locator("#full-name")).to_be_empty()


def expect_the_name_again(page: Page, name: str) -> None:
    seconds = max(RECONNECTED, people.patience)
    with explained(
        "The name does not return with the connection.",
        hint="Socket.IO reconnects on its own. Send the profile at each connect, and show each one "
        'that arrives: socket.on("profile", …).',
        see="static/dashboard.js",
    ):
        expect(page.locator("#connection")).to_have_text("connected", timeout=1000 * seconds)
        expect(page.locator("#full-name")).to_have_text(name)


def test_the_page_shows_the_name_and_logs_the_profile(someone, open_tab):
    ada = someone()
    page = open_tab(ada)
    expect_connected(page, ada.full_name)
    with page.expect_console_message(lambda message: "profile" in message.text) as message:
        page.reload()
    profile = message.value.args[-1].json_value()
    check(
        names_in(profile) == [ada.first_name, ada.last_name],
        "The profile is not logged in the browser's console.",
        seen=message.value.text,
        hint='console.log("profile", profile)',
        see="static/dashboard.js",
    )


def test_the_page_compares_the_sessions(someone, open_tab):
    ada = someone()
    page = open_tab(ada)
    expect_connected(page, ada.full_name)
    page.get_by_role("button", name="Compare sessions").click()
    with explained(
        "The button Compare sessions does not show both sessions.",
        hint="Fill #request-session from GET /session, #socket-session from the event session.",
        see="static/dashboard.js",
    ):
        expect(page.locator("#request-session")).to_contain_text("_user_id")
        expect(page.locator("#socket-session")).to_contain_text("_user_id")
    sides = [page.locator(f"#{side}-session").inner_text() for side in ("request", "socket")]
    by_request, by_socket = (json.loads(side) for side in sides)
    check(
        by_request == by_socket == ada.get("/session").json(),
        "The two sides show different sessions.",
        seen=sides,
        hint="Let both answer with the exposed parts of the stored session.",
        see="expose.py",
    )


def test_the_name_goes_with_the_connection_and_comes_back(own_server: Server, someone, open_tab):
    ada = someone()
    page = open_tab(ada)
    expect_connected(page, ada.full_name)
    page.evaluate("window.isTheSamePage = true")
    own_server.stop()
    expect_disconnected(page)
    own_server.start()
    expect_the_name_again(page, ada.full_name)
    if not page.evaluate("window.isTheSamePage"):
        raise Mistake(
            "The page was reloaded to show the name again.",
            hint="Socket.IO reconnects on its own, so send the profile at each connect.",
            see="sockets.py",
        )


def go_offline(page: Page) -> None:
    """Cut the page off. Send the event ourselves, in case the machine has no network."""
    page.context.set_offline(True)
    page.evaluate("dispatchEvent(new Event('offline'))")


def test_the_name_goes_when_the_network_goes(someone, open_tab):
    ada = someone()
    page = open_tab(ada)
    expect_connected(page, ada.full_name)
    go_offline(page)
    expect_disconnected(page)
    page.context.set_offline(False)
    expect_the_name_again(page, ada.full_name)


def test_the_page_causes_no_browser_errors(someone, open_tab, complaints):
    ada = someone()
    page = open_tab(ada)
    page.reload()
    expect_connected(page, ada.full_name)
    check(
        not complaints,
        "The browser's console shows errors.",
        hint="Does every file of static/ exist, and does the script use only elements of the page?",
        see="static/dashboard.js",
    )


def test_a_page_whose_session_is_gone_stays_disconnected(someone, open_tab):
    ada = someone()
    page = open_tab(ada)
    expect_connected(page, ada.full_name)
    ada.log_out()
    go_offline(page)
    page.context.set_offline(False)
    expect_disconnected(page)
