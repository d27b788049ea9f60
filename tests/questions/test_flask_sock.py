"""When flask-sock saves the session of a WebSocket route."""

import threading
from pathlib import Path

import pytest
from cachelib import FileSystemCache
from flask import Flask, request, session
from flask_session import Session
from flask_sock import Sock
from websockets.sync.client import ClientConnection, connect

from tools.people import Person, eventually


@pytest.fixture
def app(tmp_path: Path) -> Flask:
    app = Flask(__name__)
    app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=FileSystemCache(str(tmp_path)))
    Session(app)

    @app.post("/set/<value>")
    def set_in_route(value):
        session["value"] = value
        return {}

    @app.get("/value")
    def value_in_route():
        return {"value": session.get("value")}

    return app


def value(person: Person) -> str:
    return person.get("/value").json()["value"]


def open_socket(person: Person) -> ClientConnection:
    cookie = {"Cookie": f"session={person.http.cookies['session']}"}
    return connect(person.url.replace("http", "ws") + "/ws", additional_headers=cookie)


def test_flask_sock_saves_the_session_only_when_the_socket_closes(app, visit):
    @Sock(app).route("/ws")
    def set_in_socket(ws):
        session["value"] = "by the socket"
        ws.send("set")
        ws.receive()
        ws.send(session["value"])

    ada = visit(app)
    ada.post("/set/at the start")
    with open_socket(ada) as ws:
        ws.recv()
        assert value(ada) == "at the start"
        ada.post("/set/by a route")
        ws.send("and now?")
        assert ws.recv() == "by the socket", "the socket doesn't see the route's change"
    assert eventually(lambda: value(ada) == "by the socket"), "the old session replaces the new one"


@pytest.mark.parametrize(("is_refreshed", "left"), [(True, "at the start"), (False, "by a route")])
def test_a_socket_that_only_reads_overwrites_newer_data_unless_refreshing_is_off(
    app, visit, is_refreshed, left
):
    app.config["SESSION_REFRESH_EACH_REQUEST"] = is_refreshed
    after_handler = threading.Event()

    @Sock(app).route("/ws")
    def read_in_socket(ws):
        ws.send(session["value"])
        ws.receive()

    @app.teardown_request
    def note_end(error):
        if request.path == "/ws":
            after_handler.set()

    ada = visit(app)
    ada.post("/set/at the start")
    with open_socket(ada) as ws:
        assert ws.recv() == "at the start"
        ada.post("/set/by a route")
        ws.send("the end")
    assert after_handler.wait(10)
    assert value(ada) == left
