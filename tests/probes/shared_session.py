"""Hold and break parts of a step or of final/, and compare the sessions of both doors."""

import threading
import time

from flask import request, session

from tests.probes import app, sio

released = threading.Event()


@app.post("/probe/set")
def set_by_route():
    session.setdefault("probe", {})["by"] = "route"
    return {}


@app.get("/probe/same")
def same():
    is_same = session._get_current_object() is request.environ["session"]
    return {"same": is_same}


@app.post("/probe/slow")
def slow():
    session["slow"] = True
    print("slow has begun", flush=True)
    released.wait(30)
    return {}


@app.post("/probe/release")
def release():
    released.set()
    return {}


def set_by_event(session):
    session["probe"] = {"by": "event"}
    session.save()
    return {}


def fails(session):
    raise RuntimeError("on purpose")


def same_handshake(session):
    return {"same": all(environ["session"] is kept["session"] for environ, kept in handshakes)}


# Two sockets of one user connect at the same time. The first count is announced late.
one_is_held = threading.Event()
two_are_told = threading.Event()
emit = sio.emit


@app.post("/probe/hold")
def hold():
    one_is_held.set()
    return {}


# A held profile makes a socket slow to connect. A held disconnect makes a logout slow to close its
# sockets.
held, let_go = set(), threading.Event()


@app.post("/probe/hold/<what>")
def hold_this(what):
    held.add(what)
    let_go.clear()
    return {}


@app.post("/probe/let-go")
def let_all_go():
    held.clear()
    let_go.set()
    return {}


def wait_if_held(what):
    if what in held:
        print(f"a {what} is held", flush=True)
        let_go.wait(30)


def slow_emit(event, data=None, **to):
    wait_if_held(event)
    if event == "sockets" and one_is_held.is_set():
        if data["count"] == 1:
            two_are_told.wait(1)
        if data["count"] == 2:
            two_are_told.set()
    return emit(event, data, **to)


sio.emit = slow_emit

disconnect = sio.disconnect


def slow_disconnect(sid, **options):
    wait_if_held("disconnect")
    return disconnect(sid, **options)


sio.disconnect = slow_disconnect


@app.post("/probe/deaf")
def deaf():
    # Pretend that no socket has answered a ping for a minute.
    if hasattr(sio.eio, "heartbeat"):  # the fast transport
        heartbeat = sio.eio.heartbeat
        for connection in list(heartbeat._to_ping):
            del heartbeat._to_ping[connection]
            heartbeat._to_answer[connection] = 0
        heartbeat._is_sooner.set()
    else:
        for socket in sio.eio.sockets.values():
            socket.last_ping = time.time() - 60
    return {}


handshakes = []
connect = sio.handlers["/"]["connect"]


def remember(sid, environ=None, auth=None):
    handshakes.append((environ, sio.get_environ(sid)))
    return connect(sid, environ, auth)


sio.on("connect", remember)

HANDLERS = [set_by_event, fails, same_handshake]  # event handlers
