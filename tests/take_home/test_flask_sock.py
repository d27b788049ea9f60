"""The WebSocket of flask-sock has the session of the requests, and ends with it."""

import contextlib
from collections.abc import Iterator

import pytest
import websocket as websocket_client

from tests.take_home import apps
from tools import people
from tools.edits import Edit
from tools.people import Person


@contextlib.contextmanager
def echo(person: Person) -> Iterator[websocket_client.WebSocket]:
    """Open the WebSocket with the cookies of a person."""
    socket = websocket_client.create_connection(
        person.url.replace("http", "ws", 1) + "/echo",
        cookie="; ".join(f"{name}={value}" for name, value in person.http.cookies.items()),
        timeout=people.patience,
    )
    with contextlib.closing(socket):
        yield socket


def says(socket: websocket_client.WebSocket, text: str) -> str:
    socket.send(text)
    return socket.recv()


def reason_of_the_end(socket: websocket_client.WebSocket) -> str:
    """Wait until the server closes the WebSocket. Return the reason that it gives."""
    opcode, data = socket.recv_data()
    assert opcode == websocket_client.ABNF.OPCODE_CLOSE, data
    return data[2:].decode()


@pytest.fixture
def ada(start) -> Person:
    person = Person(start("flask_sock").url, "Ada", "Lovelace")
    person.sign_up()
    return person


def test_a_websocket_knows_the_user_of_the_session(ada: Person):
    grace = Person(ada.url, "Grace", "Hopper")
    grace.sign_up()
    with echo(ada) as first, echo(grace) as second:
        assert says(first, "Hello") == "Ada Lovelace: Hello"
        assert says(second, "Hello") == "Grace Hopper: Hello"


def test_a_websocket_without_a_login_is_closed(ada: Person):
    with echo(Person(ada.url, "Grace", "Hopper")) as socket:
        assert reason_of_the_end(socket) == "log in first"


def test_the_cookie_from_before_the_logout_opens_no_websocket(ada: Person):
    before = ada.with_old_cookie()
    ada.log_out()
    with echo(before) as socket:
        assert reason_of_the_end(socket) == "log in first"


@pytest.mark.parametrize("end", [Person.log_out, Person.log_in])
def test_the_end_of_a_session_closes_its_websockets(ada: Person, end):
    there = ada.elsewhere()
    there.log_in()
    with echo(ada) as first, echo(ada) as second, echo(there) as elsewhere:
        for socket in first, second, elsewhere:
            says(socket, "Hello")
        assert end(ada).status_code == 302
        assert [reason_of_the_end(socket) for socket in (first, second)] == ["log in first"] * 2
        assert says(elsewhere, "Hello") == "Ada Lovelace: Hello"


def test_a_message_that_arrives_after_the_end_of_the_session_is_ignored(start):
    ends = '@app.post("/end")\ndef end():\n    session.destroy()\n    return "ended"\n\n\nstore ='
    ada = Person(start("flask_sock", Edit("store =", ends, "app.py")).url, "Ada", "Lovelace")
    ada.sign_up()
    with echo(ada) as socket:
        says(socket, "Hello")
        ada.post("/end")  # closes no WebSocket, as if the message came before the close
        assert says(socket, "Too late") == ""


def test_a_logout_before_the_registration_closes_the_websocket(start):
    registers = "user_sockets.add(user_id, ws)\n"
    logs_out = Edit(registers, f"session.reload().destroy()\n    {registers}")
    ada = Person(start("flask_sock", logs_out).url, "Ada", "Lovelace")
    ada.sign_up()
    with echo(ada) as socket:
        assert reason_of_the_end(socket) == ""


def test_before_the_recipe_a_websocket_outlives_the_logout(start):
    ada = Person(start("flask_sock", build=apps.before).url, "Ada", "Lovelace")
    ada.sign_up()
    with echo(ada) as socket:
        says(socket, "Hello")
        ada.log_out()
        assert says(socket, "Still here?") == "Ada Lovelace: Still here?"
