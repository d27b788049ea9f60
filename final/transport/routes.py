"""The requests of clients, and the answers to them."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from .connection import CLOSED, Connection
from .exceptions import Refused
from .origins import cors_headers
from .packets import OPEN, normalized
from .websocket import WebSocket, key_of
from .writer import Writer

if TYPE_CHECKING:
    from .engine import Engine

SOCKET = "werkzeug.socket"  # in environ: the client's gevent socket, for WebSockets
BUSY = "too many connections, or the server is restarting: try again"
HEADERS = [("Content-Type", "text/plain; charset=UTF-8"), ("Cache-Control", "no-store")]


def handle_request(engine: Engine, environ: dict, start_response: Callable) -> list[bytes]:
    """Answer a request of a client, as a WSGI application."""
    headers = HEADERS.copy()
    try:
        headers += cors_headers(environ, engine.cors_allowed_origins)
        body, status, closes = respond(engine, environ), "200 OK", False
    except Refused as refusal:
        body, status, closes = [refusal.words.encode()], refusal.status, refusal.closes
    if not body:
        return []  # that was a WebSocket, after which nothing may be written
    if closes or "close" in environ.get("HTTP_CONNECTION", "").lower():
        headers.append(("Connection", "close"))  # RFC 9112, 9.6: tell the client, too
    start_response(status, [*headers, ("Content-Length", str(sum(map(len, body))))])
    return body if environ["REQUEST_METHOD"] != "HEAD" else []


def respond(engine: Engine, environ: dict) -> list[bytes]:
    """Do what a request asks for, and return the body of the answer; [] after a WebSocket."""
    query = parse_qs(environ.get("QUERY_STRING", ""))
    method = environ["REQUEST_METHOD"]
    transport, sid = query.get("transport", [""])[0], query.get("sid", [None])[0]
    if method == "OPTIONS":
        return [b"ok"]
    if query.get("EIO") != ["4"]:
        raise Refused("only version 4 of Engine.IO is known here: EIO=4")
    if transport not in {"polling", "websocket"}:
        raise Refused("the transport has to be polling or websocket")
    if "j" in query:
        raise Refused("JSONP isn't known here")
    if method != "GET" and not (method == "POST" and transport == "polling" and sid):
        raise Refused("this isn't a request of Engine.IO")
    connection = find(engine, sid) if sid else None
    if transport == "websocket":
        return serve_websocket(engine, connection, environ)
    if connection is None:
        return open_connection(engine, environ, transport).poll()
    if method == "GET":
        return connection.poll()
    connection.post(environ)
    return [b"ok"]


def find(engine: Engine, sid: str) -> Connection:
    """Return the open connection with this ID."""
    connection = engine.connections.get(sid)
    if connection and engine.heartbeat.is_overdue(connection):
        engine.give_up(connection)
    if not connection or not connection.is_open:
        raise Refused(CLOSED)
    return connection


def open_connection(engine: Engine, environ: dict, transport: str) -> Connection:
    """Open a connection, if the gate and the application let it in."""
    if engine.gate and not engine.gate.may_open(environ):
        raise Refused(BUSY, "503 Service Unavailable")
    connection = environ["connection"] = Connection(engine, engine.generate_id())
    engine.connections[connection.sid] = connection
    if engine.gate:
        engine.gate.opened(connection, environ)
    welcome = {
        "sid": connection.sid,
        "upgrades": ["websocket"] if transport == "polling" and SOCKET in environ else [],
        "pingTimeout": round(engine.heartbeat.timeout * 1000),
        "pingInterval": round(engine.heartbeat.interval * 1000),
        "maxPayload": engine.max_http_buffer_size,
    }
    connection.send(OPEN, normalized(welcome))
    if transport == "polling":
        # The application may keep environ as long as the connection lasts.
        environ.pop(SOCKET, None)
        environ["wsgi.input"] = io.BytesIO()
    answer = engine.trigger("connect", connection.sid, environ)
    if answer is not None and answer is not True:
        connection.turn_away()
        raise Refused(json.dumps(answer or "Unauthorized"), "401 Unauthorized")
    if not connection.is_open:
        raise Refused(CLOSED)
    engine.heartbeat.start(connection)
    return connection


def serve_websocket(engine: Engine, connection: Connection | None, environ: dict) -> list[bytes]:
    """Serve a WebSocket of a new connection, or of one that polls, until it has closed."""
    key = key_of(environ)
    if SOCKET not in environ:
        raise Refused("this server can't open WebSockets")
    use = Connection.upgrade if connection else Connection.serve
    connection = connection or open_connection(engine, environ, "websocket")
    # Let go of the server's buffer. The server can't look for another request in it afterwards.
    environ["wsgi.input"].close()
    environ["wsgi.input"] = io.BytesIO()
    writer = Writer(environ[SOCKET], engine.max_unsent, connection.cut_off)
    websocket = WebSocket(environ[SOCKET], writer, engine.max_http_buffer_size)
    websocket.accept(key)
    use(connection, websocket)
    return []
