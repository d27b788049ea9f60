"""Hold the server at the moment when a user comes online or goes offline."""

import threading

from tests.probes import app, sockets

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


def held_at_will(function):
    def call(*args):
        if function.__name__ in held:
            print(f"{function.__name__} is held", flush=True)
            let_go.wait(30)
        return function(*args)

    return call


presence = sockets.presence
presence.arrive = held_at_will(presence.arrive)  # by then, the socket is recorded
presence.leave = held_at_will(presence.leave)  # by then, it is removed
