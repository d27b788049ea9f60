"""Break or hold the delivery of comments, and list the sockets that are in any room."""

import threading

from final.domain.reader import Reader
from tests.probes import app, sockets

broken, held, let_go = set(), set(), threading.Event()


@app.post("/probe/break/<what>")
def break_it(what):
    broken.add(what)
    return {}


@app.post("/probe/mend")
def mend():
    broken.clear()
    held.clear()  # new calls go through; calls that are already held wait for let-go
    return {}


@app.post("/probe/hold/<event>")
def hold(event):
    let_go.clear()
    held.add(event)
    return {}


@app.post("/probe/let-go")
def let_all_go():
    mend()
    let_go.set()
    return {}


def broken_at_will(function, what):
    def call(*args, **options):
        if what(*args) in broken:
            raise RuntimeError("on purpose")
        if what(*args) in held:
            print(f"{what(*args)} is held", flush=True)
            let_go.wait(30)
        return function(*args, **options)

    return call


sockets.sio.emit = broken_at_will(sockets.sio.emit, lambda event, *_: event)
sockets.users.find = broken_at_will(sockets.users.find, lambda *_: "users")
floods = sockets.dispatcher.rates
floods.may_send = broken_at_will(floods.may_send, lambda *_: "floods")
Reader.missed = broken_at_will(Reader.missed, lambda *_: "missed")


@app.post("/probe/mark/<mark>")
def send_to_everybody(mark):
    sockets.sio.emit("mark", mark)
    return {}


@app.get("/probe/in-rooms")
def in_rooms():
    rooms = sockets.sio.manager.rooms.get("/", {}).values()
    return sorted(set().union(*rooms))


def fails(session, data):
    raise RuntimeError("on purpose")


sockets.on("fails", fails)
