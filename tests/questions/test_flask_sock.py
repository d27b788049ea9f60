"""When flask-sock saves the session of a WebSocket route."""

from pathlib import Path

from cachelib import FileSystemCache
from flask import Flask, session
from flask_session import Session
from flask_sock import Sock
from websockets.sync.client import connect

from tools.people import eventually


def test_flask_sock_saves_the_session_only_when_the_socket_closes(visit, tmp_path: Path):
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

    @Sock(app).route("/ws")
    def set_in_socket(ws):
        session["value"] = "by the socket"
        ws.send("set")
        ws.receive()
        ws.send(session["value"])

    def value() -> str:
        return ada.get("/value").json()["value"]

    ada = visit(app)
    ada.post("/set/at the start")
    cookie = {"Cookie": f"session={ada.http.cookies['session']}"}
    with connect(ada.url.replace("http", "ws") + "/ws", additional_headers=cookie) as ws:
        ws.recv()
        assert value() == "at the start"
        ada.post("/set/by a route")
        ws.send("and now?")
        assert ws.recv() == "by the socket", "the socket doesn't see the route's change"
    assert eventually(lambda: value() == "by the socket"), "the old session replaces the new one"
