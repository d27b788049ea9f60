"""How python-socketio deals with Flask's session, hosts, tokens, origins and servers."""

import pytest
import socketio
from flask import Flask, session
from itsdangerous import BadSignature, URLSafeTimedSerializer
from playwright.sync_api import Page


@pytest.fixture
def app() -> Flask:
    app = Flask(__name__)
    app.secret_key = "only for this test"

    @app.get("/set/<value>")
    def set_value(value):
        session["value"] = value
        return "done"

    @app.get("/value")
    def value():
        return f"value: {session.get('value')}"

    return app


@pytest.fixture
def sio(app: Flask) -> socketio.Server:
    sio = socketio.Server(async_mode="threading")
    app.wsgi_app = socketio.WSGIApp(sio, app.wsgi_app)
    return sio


def test_connect_has_no_flask_session_until_it_gets_a_request_context(app, sio, visit, connect):
    seen = {}

    @sio.on("connect")
    def look(sid, environ):
        try:
            session.get("value")
        except RuntimeError as error:
            seen["without"] = str(error)
        with app.request_context(environ):
            seen["with"] = session.get("value")

    ada = visit(app)
    ada.get("/set/something")
    connect(ada)
    assert "outside of request context" in seen["without"]
    assert seen["with"] == "something"


def test_a_cookie_of_localhost_is_not_sent_to_127_0_0_1(app, visit, page: Page):
    at_127 = visit(app).url
    at_localhost = at_127.replace("127.0.0.1", "localhost")
    page.goto(f"{at_localhost}/set/something")
    page.goto(f"{at_localhost}/value")
    assert page.text_content("body") == "value: something"
    page.goto(f"{at_127}/value")
    assert page.text_content("body") == "value: None"


def test_a_token_in_auth_identifies_a_client_without_cookies(app, sio, visit, connect):
    tokens = URLSafeTimedSerializer(app.secret_key)

    @sio.on("connect")
    def check_token(sid, environ, auth):
        try:
            user = tokens.loads((auth or {}).get("token", ""), max_age=60)
        except BadSignature:
            refusal = "the token is invalid or has expired"
            raise socketio.exceptions.ConnectionRefusedError(refusal) from None
        sio.save_session(sid, {"user": user})

    @sio.on("user")
    def user(sid):
        return sio.get_session(sid)["user"]

    ada = visit(app)
    token = tokens.dumps("Ada")
    assert connect(ada, auth={"token": token}).call("user") == "Ada"
    for auth in None, {"token": "Ada"}, {"token": token[:-1]}:
        with pytest.raises(socketio.exceptions.ConnectionError, match="failed to connect"):
            connect(ada, auth=auth)


@pytest.mark.parametrize(
    ("options", "status"), [({}, 400), ({"cors_allowed_origins": ["http://localhost:3000"]}, 200)]
)
def test_pages_of_another_origin_are_refused_unless_they_are_listed(app, visit, options, status):
    sio = socketio.Server(async_mode="threading", **options)
    app.wsgi_app = socketio.WSGIApp(sio, app.wsgi_app)
    headers = {"Origin": "http://localhost:3000"}
    answer = visit(app).get("/socket.io/?EIO=4&transport=polling", headers=headers)
    assert answer.status_code == status


def test_python_socketio_chooses_gevent_when_it_is_installed():
    assert socketio.Server().async_mode == "gevent"
