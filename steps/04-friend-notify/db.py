"""The database: a MongoDB server if MONGODB_URI is set, or an embedded one for development."""

import atexit
import os
import signal
import sys
from pathlib import Path

import mongomock
import pymongo

import config
import snapshot

NAME = "two_doors"


def connect(uri: str | None, file: Path):
    """Return the database at `uri`, or without one the embedded database in `file`.

    If the database can't be used, end the program with a sentence that says why.
    """
    try:
        return server(uri) if uri else embedded(Path(os.path.realpath(file)))
    except (pymongo.errors.PyMongoError, OSError, ValueError) as error:
        setting = "MONGODB_URI" if uri else f"EMBEDDED_DB={file}"
        sys.exit(f"{setting} cannot be used: {snapshot.reason(error)}.")


def server(uri: str):
    """Return the database at `uri`. Raise PyMongoError if the server doesn't answer."""
    client = pymongo.MongoClient(uri, tz_aware=True)
    with pymongo.timeout(5):  # seconds
        client.admin.command("ping")
    return client.get_default_database(NAME)


def embedded(file: Path):
    """Return the embedded database. It's loaded from the file now, and saved at exit."""
    snapshot.check(file)
    database = mongomock.MongoClient(tz_aware=True)[NAME]
    snapshot.restore(database, file)
    before = snapshot.as_text(database), snapshot.last_written(file)
    atexit.register(snapshot.save, database, file, *before)
    # Make these signals end the program like Ctrl-C, so that atexit handlers run.
    for name in ("SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: sys.exit(0))
    return database


db = connect(config.MONGODB_URI, config.EMBEDDED_DB)
