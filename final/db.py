"""The database: MongoDB where MONGODB_URI names one, else an embedded one for development."""

import atexit
import os
import sys
from pathlib import Path

import mongomock
import pymongo
from bson import json_util

NAME = "two_doors"
PATIENCE = 5_000  # milliseconds to look for a MongoDB that answers


def connect(uri: str | None, snapshot: Path):
    """Return the database at `uri`, or the embedded one, which is kept in the file `snapshot`."""
    if uri:
        client = pymongo.MongoClient(uri, tz_aware=True, serverSelectionTimeoutMS=PATIENCE)
        return client.get_default_database(NAME)
    database = mongomock.MongoClient(tz_aware=True)[NAME]
    restore(database, snapshot)
    atexit.register(save, database, snapshot, as_text(database), last_written(snapshot))
    return database


def restore(database, snapshot: Path) -> None:
    """Fill `database` from the file. What cannot be read is set aside, with a warning."""
    if not snapshot.exists():
        return
    try:
        for collection, documents in json_util.loads(snapshot.read_text("utf-8")).items():
            database[collection].insert_many(documents)
    except Exception as error:
        aside = snapshot.with_suffix(".unreadable")
        os.replace(snapshot, aside)
        database.client.drop_database(NAME)
        warn(f"starting empty: {snapshot} cannot be read ({error}) and is now {aside}")


def save(database, snapshot: Path, text_before: str, written_before: int | None) -> None:
    """Write `database` to the file, if this process has changed it and no other has.

    Of two processes with the same file, the one that ends second would undo what the first has
    written.
    """
    text = as_text(database)
    if text == text_before:
        return
    if last_written(snapshot) != written_before:
        warn(f"not saved: another process has written {snapshot}")
        return
    unfinished = snapshot.with_suffix(".unfinished")
    unfinished.write_text(text, "utf-8")
    os.replace(unfinished, snapshot)  # all or nothing, whenever we are interrupted


def as_text(database) -> str:
    collections = {name: list(database[name].find()) for name in database.list_collection_names()}
    return json_util.dumps(
        {name: documents for name, documents in collections.items() if documents}
    )


def last_written(snapshot: Path) -> int | None:
    return snapshot.stat().st_mtime_ns if snapshot.exists() else None


def warn(text: str) -> None:
    print(f"WARNING: {text}", file=sys.stderr)
