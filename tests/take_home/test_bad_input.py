"""Apps that aren't ready for a recipe: each shows a symptom, and a message names its mistake."""

import re

import pytest

from tests.take_home import apps
from tools import people
from tools.edits import Edit
from tools.people import Person, connect_by_polling

FLASK_SESSION = """from flask_session import Session

app.config["SESSION_TYPE"] = "filesystem"
Session(app)
"""
# The only part of eventlet that check_settings looks at.
EVENTLET = """import sys
from types import SimpleNamespace

sys.modules["eventlet"] = SimpleNamespace(
    patcher=SimpleNamespace(is_monkey_patched=lambda module: module == "thread")
)
"""
# The beginnings of messages that the recipes quote.
IN_THE_TABLE = re.findall(r"\*([^*]+) …\*", apps.RECIPES.read_text("utf-8"))
# Each mistake has the edits that make it, the message of the app when it starts, and the symptom in
# the terminal if the app starts without check_settings.
NOTICED_AT_START = {
    "SESSION_TYPE": (
        [Edit("check_settings(app)\n", FLASK_SESSION + "check_settings(app)\n", "app.py")],
        "Remove SESSION_TYPE and Session(app) from app.py",
        "'FileSystemSession' object has no attribute 'regenerate'",
    ),
    "manage_session=True": (
        [Edit("manage_session=False", "manage_session=True", "sockets.py")],
        "Pass manage_session=False to SocketIO()",
        "'_ManagedSession' object has no attribute 'reload'",
    ),
    "Socket.IO outside the middleware": (
        [
            Edit("socketio.init_app(app)\n", "", "app.py"),
            Edit(
                "check_settings(app)\n", "socketio.init_app(app)\ncheck_settings(app)\n", "app.py"
            ),
        ],
        "Add Socket.IO above the line with SessionMiddleware",
        "KeyError: 'session'",
    ),
    "times without a zone": (
        [Edit("mongomock.MongoClient(tz_aware=True)", "mongomock.MongoClient()", "db.py")],
        "Pass tz_aware=True to MongoClient()",
        "can't compare offset-naive and offset-aware datetimes",
    ),
}
# The symptoms come only later: an event has an old session, or a slow request blocks all others.
WITHOUT_A_TRACEBACK = {
    "EnvironSessionInterface with Flask-SocketIO": (
        [
            Edit(
                "from session import S", "from session import EnvironSessionInterface, S", "app.py"
            ),
            Edit("= EventSessionInterface()", "= EnvironSessionInterface()", "app.py"),
        ],
        "Use EventSessionInterface() in place of EnvironSessionInterface()",
    ),
    "another async_mode": (
        [Edit('async_mode="threading"', 'async_mode="gevent"', "sockets.py")],
        'Pass async_mode="threading" to SocketIO(), which has chosen gevent',
    ),
    "eventlet.monkey_patch()": (
        [Edit("check_settings(app)\n", EVENTLET + "check_settings(app)\n", "app.py")],
        "Remove eventlet.monkey_patch()",
    ),
}


@pytest.mark.parametrize("name", NOTICED_AT_START | WITHOUT_A_TRACEBACK)
def test_an_app_with_a_wrong_setting_says_so_when_it_starts(name: str, start):
    edits, message, *_ = (NOTICED_AT_START | WITHOUT_A_TRACEBACK)[name]
    with pytest.raises(RuntimeError, match="does not start") as error:
        start("flask_socketio", *edits)
    [said] = [line for line in str(error.value).splitlines() if line.startswith("RuntimeError: ")]
    assert message in said
    assert any(said.removeprefix("RuntimeError: ").startswith(words) for words in IN_THE_TABLE)
    assert said.endswith(".")


@pytest.mark.parametrize("name", NOTICED_AT_START)
def test_without_the_check_the_terminal_shows_the_symptom(name: str, start, monkeypatch):
    monkeypatch.setattr(people, "patience", 2)  # an app like this may not answer at all
    edits, _, symptom = NOTICED_AT_START[name]
    without_check = Edit("problem = next(problems(app), None)", "problem = None")
    server = start("flask_socketio", *edits, without_check)
    ada = Person(server.url, "Ada", "Lovelace")
    ada.sign_up()
    ada.get("/dashboard")
    connect_by_polling(ada)
    assert symptom in server.printed


def test_a_before_request_that_writes_gives_every_visitor_a_session(start, check_shared_session):
    writes = (
        '@app.before_request\ndef note_page():\n    session["page"] = request.path\n\n\nstore ='
    )
    told = check_shared_session(
        start(
            "flask_socketio",
            Edit("from flask import Flask, session", "from flask import Flask, request, session"),
            Edit("store =", writes, "app.py"),
        )
    )
    assert "Something writes to the session in every request" in told


def test_a_logout_that_only_clears_the_session_is_noticed(start, check_shared_session):
    clears = Edit(
        "    with closing_sockets():\n        session.destroy()\n", "    session.clear()\n"
    )
    told = check_shared_session(start("flask_socketio", clears))
    assert "The logout lacks this line: session.destroy()" in told
    assert "The logout lacks this line: sockets.close(user_id, session_id)" in told


@pytest.mark.parametrize(
    ("setting", "value", "sentence"),
    [
        ("PRIVATE", "/signup", "Visitors see /signup, too. Set PRIVATE"),
        ("PRIVATE", "/nowhere", "After the login, /nowhere isn't shown."),
        ("PUBLIC", "/dashboard", "Set PUBLIC to a page that needs no login."),
        ("ACCOUNT", {"name": "Ada"}, "Edit ACCOUNT, or log_in()."),
        ("WEBSOCKET", "/nowhere", "/nowhere answered 404 instead of opening a socket."),
    ],
)
def test_the_tests_to_take_along_name_a_wrong_setting(
    setting: str, value: object, sentence: str, start, check_shared_session
):
    assert sentence in check_shared_session(start("flask_sock"), **{setting: value})


def test_a_logout_may_flash_a_message(start, check_shared_session):
    server = start(
        "flask_sock",
        Edit("    logout_user()", '    flash("You are logged out.")\n    logout_user()', "auth.py"),
        Edit("from flask import redirect", "from flask import flash, redirect", "auth.py"),
    )
    assert "5 passed" in check_shared_session(server)


@pytest.mark.parametrize(
    ("name", "fails", "sentence"),
    [
        (
            "flask_sock",
            "user_sockets.add(user_id, ws)",
            "A logged-in user's socket closes at once.",
        ),
        ("flask_socketio", "join_room(current_user.get_id())", "connect has not finished."),
    ],
)
def test_a_socket_whose_handler_fails_is_noticed(
    name: str, fails: str, sentence: str, start, check_shared_session
):
    told = check_shared_session(start(name, Edit(f"    {fails}\n", "    1 / 0\n", "sockets.py")))
    assert f"{sentence} Look for an error in your app's terminal." in told
