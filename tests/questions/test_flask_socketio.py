"""How Flask-SocketIO treats the sessions of Flask and of Flask-Session."""

from pathlib import Path

import pytest
from cachelib import FileSystemCache
from flask import Flask, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_session import Session
from flask_socketio import SocketIO, disconnect, join_room

from tools.people import Person

FLASK, FLASK_SESSION = "Flask's sessions", "Flask-Session"


@pytest.fixture
def app() -> Flask:
    app = Flask(__name__)
    app.secret_key = "only for this test"

    @app.post("/set/<value>")
    def set_in_route(value):
        session["value"] = value
        return {}

    @app.post("/append/<value>")
    def append_in_route(value):
        session["values"].append(value)
        return {}

    @app.get("/session")
    def show_in_route():
        return dict(session)

    return app


def with_socketio(app: Flask, **options) -> Flask:
    """Add Flask-SocketIO with these options, and events that do what the routes do."""
    socketio = SocketIO(app, async_mode="threading", **options)

    @socketio.on("set")
    def set_in_event(value):
        session["value"] = value
        return "done"

    @socketio.on("begin")
    def begin_list_in_event():
        session["values"] = []
        return "done"

    @socketio.on("append")
    def append_in_event(value, is_told):
        session["values"].append(value)
        session.modified = session.modified or is_told
        return "done"

    @socketio.on("show")
    def show_in_event():
        return dict(session)

    return app


def with_flask_session(app: Flask, folder: Path) -> Flask:
    """Keep the sessions on the server instead of in cookies."""
    app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=FileSystemCache(str(folder)))
    Session(app)
    return app


def with_flask_login(app: Flask) -> Flask:
    """Let users log in by a route or by an event, and send events to their sockets."""
    logins = LoginManager(app)
    socketio = app.extensions["socketio"]

    @logins.user_loader
    def load(user_id):
        user = UserMixin()
        user.id = user_id
        return user

    @app.post("/login/<user_id>")
    def log_in(user_id):
        login_user(load(user_id))
        return {}

    @app.post("/logout")
    def log_out():
        logout_user()
        return {}

    @app.get("/user")
    def user_of_route():
        return {"user": current_user.get_id()}

    @app.post("/wave")
    def wave():
        socketio.emit("wave", to=f"user:{current_user.get_id()}")
        return {}

    @socketio.on("connect")
    def connect():
        join_room(f"user:{current_user.get_id()}")

    @socketio.on("login")
    def log_in_by_event():
        login_user(load("Ada"))
        return "done"

    @socketio.on("user")
    def user_of_event():
        return current_user.get_id()

    return app


def test_flask_socketio_hides_the_change_of_an_event_from_routes(app, visit, connect):
    ada = visit(with_socketio(app))
    ada.post("/set/old")
    socket = connect(ada)
    socket.call("set", "new")
    assert socket.call("show")["value"] == "new"
    assert ada.get("/session").json()["value"] == "old"


def test_flask_socketio_hides_the_change_of_a_route_from_open_sockets(app, visit, connect):
    ada = visit(with_socketio(app))
    ada.post("/set/old")
    socket = connect(ada)
    ada.post("/set/new")
    assert socket.call("show")["value"] == "old"
    assert connect(ada).call("show")["value"] == "new", "a new socket brings the new cookie"


def test_a_socket_that_opens_before_the_session_stays_without_it(app, visit, connect):
    ada = visit(with_socketio(app))
    socket = connect(ada)
    ada.post("/set/something")
    assert socket.call("show") == {}


def test_with_manage_session_off_and_flasks_sessions_each_change_of_an_event_is_lost(
    app, visit, connect
):
    ada = visit(with_socketio(app, manage_session=False))
    ada.post("/set/old")
    socket = connect(ada)
    socket.call("set", "new")
    assert socket.call("show")["value"] == "old"


def test_with_manage_session_off_and_flask_session_both_sides_see_all_changes(
    app, visit, connect, tmp_path
):
    ada = visit(with_socketio(with_flask_session(app, tmp_path), manage_session=False))
    ada.post("/set/old")
    socket = connect(ada)
    ada.post("/set/by a route")
    assert socket.call("show")["value"] == "by a route"
    socket.call("set", "by an event")
    assert ada.get("/session").json()["value"] == "by an event"


def test_with_flask_session_an_event_cannot_begin_a_session(app, visit, connect, tmp_path):
    ada = visit(with_socketio(with_flask_session(app, tmp_path), manage_session=False))
    socket = connect(ada)
    socket.call("set", "something")
    assert ada.get("/session").json().get("value") is None
    assert socket.call("show").get("value") is None, "not even the next event sees it"


def test_what_an_event_appends_is_lost_unless_the_session_is_marked_as_modified(
    app, visit, connect, tmp_path
):
    ada = visit(with_socketio(with_flask_session(app, tmp_path), manage_session=False))
    ada.post("/set/something")
    socket = connect(ada)
    socket.call("begin")
    socket.call("append", "lost", False)
    assert socket.call("show")["values"] == []
    socket.call("append", "kept", True)
    assert socket.call("show")["values"] == ["kept"]


@pytest.mark.parametrize(("sessions", "values"), [(FLASK, []), (FLASK_SESSION, ["appended"])])
def test_what_a_route_appends_is_lost_with_flasks_sessions_but_not_with_flask_session(
    app, visit, tmp_path, sessions, values
):
    if sessions == FLASK_SESSION:
        with_flask_session(app, tmp_path)

    @app.post("/begin")
    def begin_list():
        session["values"] = []
        return {}

    ada = visit(app)
    ada.post("/begin")
    ada.post("/append/appended")
    assert ada.get("/session").json()["values"] == values


@pytest.mark.parametrize(
    ("sessions", "options", "user"),
    [
        (FLASK, {}, "Ada"),
        (FLASK, {"manage_session": False}, "Ada"),
        (FLASK_SESSION, {}, "Ada"),
        (FLASK_SESSION, {"manage_session": False}, None),
    ],
)
def test_current_user_outlives_the_logout_unless_the_session_is_read_again(
    app, visit, connect, tmp_path, sessions, options, user
):
    if sessions == FLASK_SESSION:
        with_flask_session(app, tmp_path)
    ada = visit(with_flask_login(with_socketio(app, **options)))
    ada.post("/login/Ada")
    socket = connect(ada)
    assert socket.call("user") == "Ada"
    ada.post("/logout")
    assert ada.get("/user").json() == {"user": None}
    assert socket.call("user") == user
    assert socket.is_open, "nothing closes it"


def test_a_route_reaches_all_tabs_of_a_user_by_the_users_room(app, visit, connect):
    ada = visit(with_flask_login(with_socketio(app)))
    ada.post("/login/Ada")
    grace = Person(ada.url, "Grace", "Hopper")
    grace.post("/login/Grace")
    tabs, stranger = [connect(ada), connect(ada)], connect(grace)
    ada.post("/wave")
    for tab in tabs:
        tab.wait_for("wave")
    grace.post("/wave")  # arrives after Ada's wave, if Grace gets that one, too
    stranger.wait_for("wave")
    assert len(stranger.all("wave")) == 1


def test_the_test_client_sees_the_session_of_flasks_test_client(app):
    browser = with_socketio(app).test_client()
    browser.post("/set/something")
    socketio = app.extensions["socketio"]
    assert socketio.test_client(app).emit("show", callback=True) == {}
    its_socket = socketio.test_client(app, flask_test_client=browser)
    assert its_socket.emit("show", callback=True) == {"value": "something"}


def test_a_login_by_an_event_is_unknown_to_routes(app, visit, connect):
    ada = visit(with_flask_login(with_socketio(app)))
    socket = connect(ada)
    socket.call("login")
    assert ada.get("/user").json() == {"user": None}


def test_a_logout_closes_the_sockets_in_its_sessions_room(app, visit, connect, tmp_path):
    with_flask_login(with_socketio(with_flask_session(app, tmp_path), manage_session=False))
    app.config["SESSION_COOKIE_NAME"] = "sid"  # the name that Person expects
    socketio = app.extensions["socketio"]
    users_at_the_end = []

    @socketio.on("connect")
    def join_room_of_session():
        join_room(f"session:{session.sid}")

    @socketio.on("disconnect")
    def note_user(reason):
        users_at_the_end.append(session.get("_user_id"))

    @app.post("/logout-and-close")
    def log_out_and_close():
        room = f"session:{session.sid}"
        app.session_interface.regenerate(session)
        session.clear()
        logout_user()
        for sid, _ in list(socketio.server.manager.get_participants("/", room)):
            disconnect(sid, namespace="/")
        return {}

    ada = visit(app)
    at_another_computer = ada.elsewhere()
    for browser in ada, at_another_computer:
        browser.post("/login/Ada")
    tabs, other = [connect(ada), connect(ada)], connect(at_another_computer)
    copy_of_cookie = ada.with_old_cookie()
    ada.post("/logout-and-close")
    for tab in tabs:
        assert tab.wait_until_closed(5)
    assert users_at_the_end == [None, None], "the session has ended before its sockets"
    assert copy_of_cookie.get("/user").json() == {"user": None}
    assert other.call("user") == "Ada"


def test_a_handler_can_disconnect_a_user_who_has_logged_out(app, visit, connect, tmp_path):
    with_flask_login(with_socketio(with_flask_session(app, tmp_path), manage_session=False))

    @app.extensions["socketio"].on("message")
    def message(text):
        if not current_user.is_authenticated:
            return disconnect()
        return f"{current_user.get_id()}: {text}"

    ada = visit(app)
    ada.post("/login/Ada")
    socket = connect(ada)
    assert socket.call("message", "hello") == "Ada: hello"
    ada.post("/logout")
    assert socket.call("message", "hello") is None
    assert socket.wait_until_closed(5)


def test_test_clients_show_who_receives_an_event(app):
    with_flask_login(with_socketio(app))
    socketio = app.extensions["socketio"]

    def log_in(name):
        browser = app.test_client()
        browser.post(f"/login/{name}")
        return browser, socketio.test_client(app, flask_test_client=browser)

    ada_browser, ada = log_in("Ada")
    _, ada_in_another_tab = log_in("Ada")
    _, alan = log_in("Alan")
    ada_browser.post("/wave")
    for socket in ada, ada_in_another_tab:
        assert [event["name"] for event in socket.get_received()] == ["wave"]
    assert alan.get_received() == []
