"""The database: MongoDB where MONGODB_URI names one, else an embedded one for development."""

import atexit
import os
import signal
import sys
from pathlib import Path

import mongomock
import pymongo
from bson import json_util

import config

NAME = "session_workshop"


def connect(uri: str | None, snapshot: Path):
    """Return the database at `uri`, or the embedded one, which is kept in the file `snapshot`."""
    if uri:
        return pymongo.MongoClient(uri, tz_aware=True).get_default_database(NAME)
    database = mongomock.MongoClient(tz_aware=True)[NAME]
    restored = restore(database, snapshot)
    atexit.register(save, database, snapshot, restored)
    # Being told to stop should end the program as Ctrl-C does: through atexit.
    for name in ("SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: sys.exit(0))
    return database


def restore(database, snapshot: Path) -> str:
    """Fill `database` from the file; return what it then holds, as text."""
    if snapshot.exists():
        try:
            content = json_util.loads(snapshot.read_text("utf-8"))
            for collection, documents in content.items():
                if documents:
                    database[collection].insert_many(documents)
        except Exception as error:
            aside = snapshot.with_suffix(".unreadable")
            os.replace(snapshot, aside)
            database.client.drop_database(NAME)
            print(f"WARNING: starting empty: {snapshot} ({error}) is now {aside}", file=sys.stderr)
    return as_text(database)


def save(database, snapshot: Path, restored: str) -> None:
    """Write `database` to the file, unless nothing has changed since it was `restored`.

    The reloader's parent process imports the app too but serves nobody: it must not write.
    """
    text = as_text(database)
    if text != restored:
        unfinished = snapshot.with_suffix(".unfinished")
        unfinished.write_text(text, "utf-8")
        os.replace(unfinished, snapshot)  # all or nothing, whenever we are interrupted


def as_text(database) -> str:
    names = sorted(database.list_collection_names())
    return json_util.dumps({name: list(database[name].find()) for name in names}, indent=1)


db = connect(config.MONGODB_URI, config.EMBEDDED_DB)
