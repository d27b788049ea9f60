"""What the two doors share, seen from inside: each app from step 02 on, with a few probes added."""

import threading
from pathlib import Path

import pytest
import socketio

from tests.final.guarantees.probed import running_with
from tools.people import Person, Socket, eventually
from tools.servers import ROOT, App, Server, our_apps, running

PROBES = """
import threading, time
from flask import request, session

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

# Two sockets of one user come at once, and the one that counted first is slow to tell.
one_is_held = threading.Event()
two_are_told = threading.Event()
emit = sio.emit

@app.post("/probe/hold")
def hold():
    one_is_held.set()
    return {}

# What can be held, and is then waited for: a profile, so that a socket is slow to connect; a
# disconnect, so that a log-out is slow to close its sockets.
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
    # As if no socket had answered for a minute.
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
"""

STEP = """
import importlib.util, sys
sys.path.insert(0, {folder!r})
spec = importlib.util.spec_from_file_location("the_app", {folder!r} + "/app.py")
the_app = importlib.util.module_from_spec(spec)
spec.loader.exec_module(the_app)
app, sio = the_app.app, the_app.sio
from sockets import event
{probes}
for handler in set_by_event, fails, same_handshake:
    event(handler)
"""

FINAL = f"""
sio = sockets.sio
{PROBES}
for handler in set_by_event, fails, same_handshake:
    sockets.on(handler.__name__, lambda session, data, handler=handler: handler(session))
"""

APPS = [app for app in our_apps() if app.step >= 2]


@pytest.fixture(scope="module", params=APPS, ids=lambda app: app.name)
def server(request, tmp_path_factory):
    """An app with the probes, running."""
    app: App = request.param
    folder: Path = tmp_path_factory.mktemp("probed")
    if app.folder == ROOT / "final":
        probed = running_with(FINAL, folder, **dict(app.settings))
    else:
        source = STEP.format(folder=str(app.folder), probes=PROBES)
        (folder / "app.py").write_text(source, "utf-8")
        probed = running(App(app.name, app.step, folder))
    with probed as server:
        yield server


@pytest.fixture
def socket(ada: Person):
    socket = Socket(ada)
    socket.wait_for("profile")
    yield socket
    socket.close()


def test_within_a_request_it_is_the_same_object(ada: Person):
    assert ada.get("/probe/same").json() == {"same": True}


def test_within_a_handshake_it_is_the_same_object(socket: Socket):
    assert socket.call("same_handshake") == {"same": True}


def test_what_one_door_changes_the_other_one_sees(ada: Person, socket: Socket):
    """G1, both ways; at the second time the route changes something inside a value."""
    for _ in range(2):
        ada.post("/probe/set")
        assert socket.call("session")["data"]["probe"] == {"by": "route"}
        socket.call("set_by_event")
        assert ada.get("/session").json()["data"]["probe"] == {"by": "event"}


def test_a_handler_that_raises_is_answered_with_an_error(server: Server, socket: Socket):
    answer = socket.call("fails")
    assert set(answer) == {"error"}
    assert "on purpose" not in answer["error"]
    assert eventually(lambda: "RuntimeError: on purpose" in server.printed)
    assert "data" in socket.call("session"), "the socket goes on"


def test_a_slow_request_does_not_bring_a_session_back(server: Server, ada: Person):
    """It has loaded the session before the log-out, and wants to save it after."""
    stale = ada.with_old_cookie()
    slow = threading.Thread(target=lambda: stale.post("/probe/slow"))
    begun = server.printed.count("slow has begun")
    slow.start()
    assert eventually(lambda: server.printed.count("slow has begun") > begun)
    ada.log_out()
    ada.post("/probe/release")
    slow.join()
    assert stale.cookie, "the answer to a request of an ended session sets no cookie"
    assert stale.get("/session").status_code == 401


@pytest.mark.parametrize("server", APPS[1:], ids=lambda app: app.name, indirect=True)
def test_the_last_count_that_is_told_is_right(server: Server, ada: Person):
    """G20: also where the threads that serve two sockets overtake each other."""
    ada.post("/probe/hold")
    sockets: list[Socket] = []
    threads = [threading.Thread(target=lambda: sockets.append(Socket(ada))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    last_told = [eventually(lambda s=s: s.all("sockets")[-1:] == [{"count": 2}]) for s in sockets]
    for socket in sockets:
        socket.close()
    assert last_told == [True, True]


@pytest.mark.parametrize("server", APPS[1:], ids=lambda app: app.name, indirect=True)
def test_a_socket_that_has_died_is_counted_no_more(server: Server, ada: Person, socket: Socket):
    """It is found dead while its user's sockets are told how many they are."""
    ada.post("/probe/deaf")
    for _ in range(2):
        another = Socket(ada)
        assert eventually(lambda s=another: s.all("sockets")[-1:] == [{"count": 1}])
        another.close()


@pytest.mark.parametrize("server", APPS[1:], ids=lambda app: app.name, indirect=True)
def test_a_socket_that_connects_during_the_log_out_is_refused(server: Server, ada: Person):
    ada.post("/probe/hold/profile")
    stale = ada.with_old_cookie()
    refused: list[Exception] = []

    def connect() -> None:
        try:
            Socket(stale)
        except socketio.exceptions.ConnectionError as error:
            refused.append(error)

    connecting = threading.Thread(target=connect)
    connecting.start()
    assert eventually(lambda: "a profile is held" in server.printed)
    ada.log_out()
    ada.post("/probe/let-go")
    connecting.join()
    assert refused
    ada.log_in()
    assert ada.post("/wave").json() == {"sockets": 0}


@pytest.mark.parametrize("server", APPS[1:], ids=lambda app: app.name, indirect=True)
def test_a_session_has_ended_before_its_sockets_are_closed(server: Server, ada: Person, socket):
    """Or a page that is loaded in between would connect, and stay."""
    ada.post("/probe/hold/disconnect")
    stale = ada.with_old_cookie()
    logging_out = threading.Thread(target=ada.log_out)
    logging_out.start()
    assert eventually(lambda: "a disconnect is held" in server.printed)
    with pytest.raises(socketio.exceptions.ConnectionError):
        Socket(stale)
    stale.post("/probe/let-go")
    logging_out.join()
    assert socket.wait_until_closed(10)
