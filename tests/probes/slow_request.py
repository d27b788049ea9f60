"""Hold a request that changes its session."""

import threading

from flask import session

from tests.probes import app

let_go = threading.Event()


@app.post("/probe/slow")
def slow():
    session["slow"] = True
    print("it is held", flush=True)
    let_go.wait(30)
    return {}


@app.post("/probe/let-go")
def let_it_go():
    let_go.set()
    return {}
