"""A tiny app on the transport, for its tests: `python -m tests.transport.app OPTIONS`.

OPTIONS is JSON, the options of the servers. It has an Engine.IO server that echoes messages, and
a Socket.IO server. Its pages show the events so far, and let a test do something on the server. It
prints its port when it's ready.
"""

# ruff: noqa: E402
from gevent import monkey  # patches before anything else is imported

monkey.patch_all()

import gc
import json
import logging
import socket
import sys

import engineio
import gevent
import socketio
from gevent.event import Event
from gevent.pywsgi import WSGIHandler, WSGIServer

from final.transport import FastServer
from final.transport.engine import Engine
from final.transport.packets import as_frame

happened: list[list] = []  # the events of the servers and the gate
released = Event()  # a handler may go on


class Gate:
    """Lets clients in, unless their query says \"full\"."""

    def may_open(self, environ: dict) -> bool:
        return "full" not in environ["QUERY_STRING"]

    def opened(self, connection, environ: dict) -> None:
        happened.append(["opened", connection.sid, environ["connection"] is connection])

    def closed(self, connection) -> None:
        happened.append(["closed", connection.sid])


class Handler(WSGIHandler):
    """Gives the app the client's socket, with small buffers, so that they fill up soon."""

    def get_environ(self) -> dict:
        environ = super().get_environ()
        if "no-socket" not in environ["QUERY_STRING"]:
            environ["werkzeug.socket"] = self.socket
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16384)
        return environ


options = json.loads(sys.argv[1])
eio = Engine(gate=Gate(), **options)
sio = FastServer(async_mode="gevent", **options)


@eio.on("connect")
def connect(sid: str, environ: dict):
    happened.append(["connect", sid])
    if "early" in environ["QUERY_STRING"]:
        eio.send(sid, "early")
    if "fails" in environ["QUERY_STRING"]:
        raise RuntimeError("on purpose")
    if "refused" in environ["QUERY_STRING"]:
        return "not today"
    if "dropped" in environ["QUERY_STRING"]:
        environ["connection"].drop()
    return None


@eio.on("message")
def message(sid: str, data: str | bytes) -> None:
    if data == "!seen":
        happened.append(["seen", sid])
    if data == "!fail":
        raise RuntimeError("on purpose")
    if data == "!three":
        for number in range(3):
            eio.send(sid, str(number))
    elif data == "!blocks":
        for number in range(3):
            eio.send(sid, str(number))
        released.clear()
        released.wait()
    elif data == "!later":
        gevent.spawn(eio.send, sid, "later")
    else:
        eio.send(sid, data)


@eio.on("disconnect")
def disconnect(sid: str, reason: str) -> None:
    happened.append(["disconnect", sid, reason])


@sio.event
def shout(sid: str, data: object) -> str:
    sio.emit("shouted", data)
    return "done"


@sio.event
def remember(sid: str, data: object) -> None:
    with sio.session(sid) as session:
        session["data"] = data


@sio.event
def recall(sid: str) -> object:
    return sio.get_session(sid)["data"], sio.transport(sid)


def probe(words: list[str]) -> object:
    """Do what the path of a page says, and return what the page shows."""
    match words:
        case ["happened", sid]:
            return [each for each in happened if each[1] == sid]
        case ["drop", sid]:
            eio.connections[sid].drop()
        case ["close", sid]:
            eio.disconnect(sid)
        case ["send", sid, count, size]:
            for number in range(int(count)):
                eio.send(sid, f"{number}:".ljust(int(size), "x"))
        case ["broadcast", kind]:
            before = as_frame.cache_info().misses
            data = {"text": "to all", "binary": bytearray(b"to all")}[kind]
            packet = engineio.packet.Packet(engineio.packet.MESSAGE, data)
            for sid in eio.connections:
                eio.send_packet(sid, packet)
            return as_frame.cache_info().misses - before
        case ["waits", sid]:  # whether a request waits for packets
            return eio.connections[sid]._outbox.is_awaited
        case ["transport", sid]:
            return eio.transport(sid)
        case ["keeps_up", sid]:
            return eio.connections[sid].keeps_up
        case ["release"]:
            released.set()
        case ["greenlets"]:
            there = [each for each in gc.get_objects() if isinstance(each, gevent.Greenlet)]
            return len([each for each in there if not each.dead])
    return None


def pages(environ: dict, start_response):
    shown = probe(environ["PATH_INFO"].strip("/").split("/"))
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(shown).encode()]


logging.basicConfig(format="%(levelname)s %(name)s %(message)s", level=logging.WARNING)
app = socketio.WSGIApp(sio, engineio.WSGIApp(eio, pages))
server = WSGIServer(("127.0.0.1", 0), app, handler_class=Handler, log=None)
server.start()
print(server.server_port, flush=True)
server.serve_forever()
