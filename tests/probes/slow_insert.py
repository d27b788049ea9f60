"""Hold the first comment while it is being stored."""

import threading

from pymongo.collection import Collection

from tests.probes import app

insert_one = Collection.insert_one
is_first, let_go = True, threading.Event()


def insert_late(collection, document, **options):
    global is_first
    if collection.name == "comments" and is_first:
        is_first = False
        print("a comment is held", flush=True)
        let_go.wait(30)
    return insert_one(collection, document, **options)


@app.post("/probe/let-go")
def let_it_go():
    let_go.set()
    return {}


Collection.insert_one = insert_late
