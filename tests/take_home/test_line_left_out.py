"""The Flask-SocketIO recipe without one of its lines fails, and the message names the line."""

import pytest

from tools.edits import Edit

# Noticed when the app starts: the file, the line that it lacks, and the app's message.
AT_START = [
    (
        "app.py",
        "app.session_interface = EventSessionInterface()",
        "This app lacks a line: app.session_interface = EventSessionInterface()",
    ),
    (
        "app.py",
        "app.wsgi_app = SessionMiddleware(app.wsgi_app, store)",
        "This app lacks a line: app.wsgi_app = SessionMiddleware(app.wsgi_app, store)",
    ),
    (
        "app.py",
        "app.wsgi_app = HangUp(app.wsgi_app)",
        "This app lacks a line: app.wsgi_app = HangUp(app.wsgi_app)",
    ),
    (
        "auth.py",
        "login_manager.session_protection = None",
        "This app lacks a line: login_manager.session_protection = None",
    ),
    ("sockets.py", "manage_session=False, ", "Pass manage_session=False to SocketIO()"),
]
# Noticed by check_shared_session.py: the same, with the message of its tests.
WHEN_TESTED = [
    ("auth.py", "session.regenerate()", "The login lacks this line: session.regenerate()"),
    ("auth.py", "session.destroy()", "The logout lacks this line: session.destroy()"),
    (
        "auth.py",
        "sockets.close(user_id, session_id)",
        "The logout lacks this line: sockets.close(user_id, session_id)",
    ),
]


@pytest.mark.parametrize(("file", "line", "message"), AT_START, ids=lambda text: text[:60])
def test_an_app_that_lacks_a_line_says_so_when_it_starts(file: str, line: str, message: str, start):
    instead = "" if line.endswith(", ") else "pass"
    with pytest.raises(RuntimeError, match="does not start") as error:
        start("flask_socketio", Edit(line, instead, file))
    assert message in str(error.value)


@pytest.mark.parametrize(("file", "line", "message"), WHEN_TESTED, ids=lambda text: text[:60])
def test_the_tests_to_take_along_name_a_line_that_is_left_out(
    file: str, line: str, message: str, start, check_shared_session
):
    told = check_shared_session(start("flask_socketio", Edit(line, "pass", file)))
    assert message in told


def test_the_tests_to_take_along_notice_a_connect_that_lets_visitors_in(
    start, check_shared_session
):
    refuses = '        raise ConnectionRefusedError("log in first")\n'
    first = f"    if not current_user.is_authenticated:\n{refuses}    join_room("
    again = f"find this socket\n{refuses}"
    told = check_shared_session(
        start(
            "flask_socketio",
            Edit(first, "    join_room(", "sockets.py"),
            Edit(again, "find this socket\n        pass\n", "sockets.py"),
            Edit('    emit("profile", current_user.as_json())\n', "", "sockets.py"),
        )
    )
    assert 'connect lacks this line: raise ConnectionRefusedError("log in first")' in told


def test_an_app_that_gives_its_sockets_no_application_says_so_when_it_starts(start):
    with pytest.raises(RuntimeError, match=r"This app lacks a line: sockets\.app, sockets"):
        start("flask_login", Edit("sockets.app, sockets.load_user = app, load_user\n", ""))


@pytest.mark.parametrize("key", ["", "user.id"])
def test_the_tests_to_take_along_notice_a_socket_that_is_not_found(
    key: str, start, check_shared_session
):
    registers = "user_sockets.add(user_id, sid)"
    instead = registers.replace("user_id", key) if key else "pass"
    told = check_shared_session(start("flask_login", Edit(registers, instead, "sockets.py")))
    assert "connect lacks user_sockets.add(user_id, sid)" in told
    assert 'user_id must be session["_user_id"]' in told


@pytest.mark.parametrize("name", ["flask_login", "flask_socketio", "flask_sock"])
def test_the_tests_to_take_along_pass(name: str, start, check_shared_session):
    told = check_shared_session(start(name))
    assert "5 passed" in told, told
