"""The database: MongoDB where MONGODB_URI names one, else an embedded one for development."""

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
    """Return the database at `uri`, or the embedded one, which is kept in `file`.

    If the database cannot be used, end the program with a sentence that says why.
    """
    try:
        return server(uri) if uri else embedded(Path(os.path.realpath(file)))
    except (pymongo.errors.PyMongoError, OSError, ValueError) as error:
        setting = "MONGODB_URI" if uri else f"EMBEDDED_DB={file}"
        sys.exit(f"{setting} cannot be used: {snapshot.reason(error)}.")


def server(uri: str):
    """Return the database at `uri`, if it answers."""
    client = pymongo.MongoClient(uri, tz_aware=True)
    with pymongo.timeout(5):  # seconds
        client.admin.command("ping")
    return client.get_default_database(NAME)


def embedded(file: Path):
    """Return the embedded database. Fill it from the file now, and save it there at the end."""
    snapshot.check(file)
    database = mongomock.MongoClient(tz_aware=True)[NAME]
    snapshot.restore(database, file)
    before = snapshot.as_text(database), snapshot.last_written(file)
    atexit.register(snapshot.save, database, file, *before)
    # Being told to stop should end the program as Ctrl-C does: through atexit.
    for name in ("SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: sys.exit(0))
    return database


db = connect(config.MONGODB_URI, config.EMBEDDED_DB)
