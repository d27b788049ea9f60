"""Events of Flask-SocketIO have the session of the requests, in both directions."""

import pytest

from tests.take_home.apps import INTEGER_IDS
from tools import people
from tools.edits import Edit
from tools.people import Person, Socket, connect_by_polling
from tools.servers import Server

ROUTE = """@app.post("/note/<text>")
def note(text):
    session.setdefault("notes", []).append(text)
    return session["notes"]


@app.post("/end")
def end():
    session.destroy()
    return "The session has ended, and its sockets are still open."


store ="""
EVENTS = """@socketio.on("note")
def note(text):
    session.setdefault("notes", []).append(text)
    return session["notes"]


@socketio.on("who")
def who():
    return current_user.full_name


@socketio.on("session")"""


ROOMS = """@socketio.on("leave")
def leave(room):
    leave_room(room)


@socketio.on("close_room")
def close_the_room(room):
    close_room(room)


@socketio.on("session")"""


@pytest.fixture
def server(start) -> Server:
    """The app, with a route and an event that each add to a list in the session."""
    return start(
        "flask_socketio", Edit("store =", ROUTE, "app.py"), Edit('@socketio.on("session")', EVENTS)
    )


def test_requests_and_events_see_each_others_changes(server: Server, ada: Person):
    socket = Socket(ada)
    ada.post("/note/first")
    assert socket.call("note", "second") == ["first", "second"]
    assert ada.post("/note/third").json() == ["first", "second", "third"]
    assert socket.call("session")["data"]["notes"] == ["first", "second", "third"]
    socket.close()


def test_current_user_works_in_an_event(server: Server, ada: Person):
    socket = Socket(ada)
    assert socket.call("who") == ada.full_name
    socket.close()


def test_an_event_after_the_end_of_the_session_stores_no_new_one(server: Server, ada: Person):
    socket = Socket(ada)
    ada.post("/end")
    assert socket.call("note", "too late") == ["too late"]
    assert socket.call("session") == {"error": "log in first"}
    socket.close()
    server.stop()
    assert "too late" not in server.database.read_text("utf-8")


def test_a_logout_before_the_socket_is_in_its_room_refuses_the_socket(start):
    joins = "join_room(current_user.get_id())\n"
    logs_out = Edit(joins, f"session.reload().destroy()\n    {joins}")
    ada = Person(start("flask_socketio", logs_out).url, "Ada", "Lovelace")
    ada.sign_up()
    assert "log in first" in connect_by_polling(ada)


@pytest.mark.parametrize("event", ["leave", "close_room"])
def test_a_logout_closes_a_socket_that_has_left_its_room(start, event: str):
    server = start(
        "flask_socketio",
        Edit("emit, join_room\n", "close_room, emit, join_room, leave_room\n", "sockets.py"),
        Edit('@socketio.on("session")', ROOMS),
    )
    ada = Person(server.url, "Ada", "Lovelace")
    ada.sign_up()
    socket = Socket(ada)
    socket.call(event, ada.get("/session").json()["data"]["_user_id"])
    ada.log_out()
    assert socket.wait_until_closed(people.patience)


def test_a_logout_closes_the_sockets_of_a_user_with_an_integer_id(start):
    ada = Person(start("flask_socketio", *INTEGER_IDS).url, "Ada", "Lovelace")
    ada.sign_up()
    socket = Socket(ada)
    ada.log_out()
    assert socket.wait_until_closed(people.patience)
