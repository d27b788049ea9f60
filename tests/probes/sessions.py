"""Hold changes to sessions, and look into their store."""

import threading

from flask import session
from flask_login import current_user

from final.sessions.session import current_session
from tests.probes import app, sockets


@app.post("/probe/set/<value>")
def set_by_route(value):
    session["probe"] = value
    return {}


def set_by_event(session, data):
    session["probe"] = data["value"]
    session.save()
    return {}


sockets.on("set", set_by_event)

# Tests can hold an emit, a disconnect, a request or an event before it saves its session, and a new
# password before it's set. They can hold a login after its password check or before its response.

held, let_go = set(), threading.Event()


@app.post("/probe/hold/<what>")
def hold(what):
    let_go.clear()
    held.add(what)
    return {}


@app.post("/probe/let-go")
def let_all_go():
    held.clear()
    let_go.set()
    return {}


def wait_if_held(what):
    if what in held:
        print(f"held: {what}", flush=True)
        let_go.wait(30)


def held_at_will(function, name):
    def call(*args, **options):
        wait_if_held(name or args[0])
        return function(*args, **options)

    return call


sockets.sio.emit = held_at_will(sockets.sio.emit, None)
sockets.sio.disconnect = held_at_will(sockets.sio.disconnect, "disconnect")


@app.post("/probe/slow")
def slow_request():
    session["slow"] = True
    wait_if_held("slow")
    return {}


def slow_event(session, data):
    session["slow"] = True
    wait_if_held("slow")
    session.save()
    print("the slow event has saved", flush=True)
    return {}


sockets.on("slow", slow_event)


def held_afterwards(function, name):
    def call(*args, **options):
        result = function(*args, **options)
        wait_if_held(name)
        return result

    return call


users, views = app.extensions["users"], app.view_functions
users.set_password = held_at_will(users.set_password, "set_password")
users.authenticate = held_afterwards(users.authenticate, "authenticate")
views["login.log_in"] = held_afterwards(views["login.log_in"], "login")

# The session store.

store = app.extensions["store"]


@app.get("/probe/id")
def session_id():
    return {"id": session.id}


@app.get("/probe/stored")
@app.get("/probe/stored/<session_id>")
def stored(session_id=None):
    wanted = {"_id": session_id} if session_id else {}
    return {"stored": store.collection.count_documents(wanted)}


loaded, load = [], store.load


def counted_load(sid):
    loaded.append(sid)
    return load(sid)


store.load = counted_load


@app.get("/probe/loaded")
def times_loaded():
    return {"times": len(loaded)}


# Requests and events at the same moment.

barrier = threading.Barrier(3)


@app.post("/probe/together/<key>")
def together(key):
    barrier.wait(30)
    session[key] = session.get(key, 0) + 1
    barrier.wait(30)
    return {}


def together_by_event(session, data):
    barrier.wait(30)
    session["c"] = session.get("c", 0) + 1
    barrier.wait(30)
    session.save()
    return {}


sockets.on("together", together_by_event)


@app.post("/probe/nested")
def nested():
    values = session.setdefault("list", [])
    values.append(len(values))
    return {}


pair = threading.Barrier(2)


def who_is_asking(user_id):
    pair.wait(30)
    app.logger.warning("this is %s", user_id)
    return [user_id, current_session.get()["_user_id"]]


@app.post("/probe/who")
def who():
    before = current_user.id
    return {"ids": [*who_is_asking(before), current_user.id]}


sockets.on("who", lambda session, data: {"ids": who_is_asking(session["_user_id"])})
