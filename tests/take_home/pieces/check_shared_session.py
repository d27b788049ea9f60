"""Tests to take along: they find what an app's shared session still lacks, in any app.

Edit the settings at the top, and log_in() and log_out() below them. Then start your app and run
`pytest check_shared_session.py`. It needs the packages requests and websocket-client.
"""

from collections.abc import Iterator

import pytest
import requests
import websocket

URL = "http://127.0.0.1:5000"
# An account that exists, under the names of the fields in your login form.
ACCOUNT = {"email": "ada@example.org", "password": "correct horse battery"}
LOGIN = "/login"
LOGOUT = "/logout"
PUBLIC = "/"  # a page that needs no login
PRIVATE = "/dashboard"  # a page that redirects visitors to the login
COOKIE = "sid"
# With flask-sock, the path of your WebSocket, such as "/echo".
WEBSOCKET = "/socket.io/?EIO=4&transport=websocket"
SECONDS = 3  # until a socket has closed


def log_in(browser: requests.Session) -> None:
    answer = browser.post(URL + LOGIN, ACCOUNT)
    assert answer.ok, f"{LOGIN} answered {answer.status_code}. Edit ACCOUNT, or log_in()."
    assert COOKIE in browser.cookies, (
        f"The login sent no cookie called {COOKIE}. Is ACCOUNT right? Its keys are the names of "
        "the fields in your login form."
    )


def log_out(browser: requests.Session) -> None:
    answer = browser.post(URL + LOGOUT)  # browser.get, if your logout is a link
    assert answer.ok, f"{LOGOUT} answered {answer.status_code}. Edit LOGOUT, or log_out()."


@pytest.fixture
def logged_in() -> Iterator[requests.Session]:
    """A browser in which the account is logged in."""
    with requests.Session() as browser:
        assert not is_logged_in(browser), (
            f"Visitors see {PRIVATE}, too. Set PRIVATE to a page that redirects them to the login."
        )
        log_in(browser)
        assert is_logged_in(browser), (
            f"After the login, {PRIVATE} isn't shown. Is ACCOUNT right, and is PRIVATE a page that "
            "this user can see?"
        )
        yield browser


def is_logged_in(browser: requests.Session) -> bool:
    return browser.get(URL + PRIVATE, allow_redirects=False).status_code == 200


def open_socket(browser: requests.Session) -> websocket.WebSocket:
    """Open a socket for a user. With Socket.IO, connect to the default namespace."""
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    address = URL.replace("http", "ws", 1) + WEBSOCKET
    try:
        socket = websocket.create_connection(address, cookie=cookies, timeout=SECONDS)
    except websocket.WebSocketBadStatusException as error:
        pytest.fail(
            f"{WEBSOCKET} answered {error.status_code} instead of opening a socket. Is WEBSOCKET "
            "right? If it is, look for an error in your app's terminal."
        )
    if WEBSOCKET.startswith("/socket.io/"):
        socket.send("40")
        try:
            while not (packet := socket.recv()).startswith(("40", "44")):
                pass  # an event that the connect handler has emitted
        except websocket.WebSocketException:
            pytest.fail("connect has not finished. Look for an error in your app's terminal.")
        if packet.startswith("44"):  # refused
            socket.close()
    return socket


def is_closed(socket: websocket.WebSocket) -> bool:
    """Wait until the socket is closed. Return False if it stays open."""
    try:
        while packet := socket.recv():
            if packet.startswith("41"):  # disconnected by Socket.IO
                return True
    except websocket.WebSocketTimeoutException:
        return False
    except websocket.WebSocketException:  # closed, perhaps with an HTTP response about an error
        pass
    return True


def test_a_visitor_gets_no_cookie():
    answer = requests.get(URL + PUBLIC, allow_redirects=False)
    assert answer.status_code == 200, (
        f"{PUBLIC} answered {answer.status_code}. Set PUBLIC to a page that needs no login."
    )
    assert COOKIE not in answer.cookies, (
        "Something writes to the session in every request. Look for a before_request function."
    )


def test_a_login_changes_the_session_id(logged_in: requests.Session):
    first = logged_in.cookies[COOKIE]
    log_in(logged_in)
    assert logged_in.cookies[COOKIE] != first, "The login lacks this line: session.regenerate()"


def test_a_logout_ends_the_session(logged_in: requests.Session):
    copied = dict(logged_in.cookies)
    log_out(logged_in)
    lacks = "The logout lacks this line: session.destroy()"
    # There may be a new cookie, if the page after the logout shows a flashed message.
    assert logged_in.cookies.get(COOKIE) != copied[COOKIE], (
        f"{lacks}, and logout_user() or clear() isn't enough."
    )
    logged_in.cookies.clear()
    logged_in.cookies.update(copied)
    assert not is_logged_in(logged_in), lacks


def test_a_socket_without_a_login_is_refused():
    assert is_closed(open_socket(requests.Session())), (
        'connect lacks this line: raise ConnectionRefusedError("log in first")'
    )


def test_a_logout_closes_the_sockets_of_its_session(logged_in: requests.Session):
    with requests.Session() as elsewhere:
        log_in(elsewhere)
        here, there = open_socket(logged_in), open_socket(elsewhere)
        here.settimeout(0.5)
        assert not is_closed(here), (
            "A logged-in user's socket closes at once. Look for an error in your app's terminal."
        )
        here.settimeout(SECONDS)
        log_out(logged_in)
        assert is_closed(here), (
            "The logout lacks this line: sockets.close(user_id, session_id). Or close() doesn't "
            "find the socket, because connect lacks user_sockets.add(user_id, sid). The user_id "
            'must be session["_user_id"], which is text even if user.id is a number.'
        )
        there.settimeout(0.5)
        assert not is_closed(there), "close() also closes the sockets of the user's other sessions."
