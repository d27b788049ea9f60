"""The database: MongoDB where MONGODB_URI names one, else an embedded one for development."""

import atexit
import os
from pathlib import Path

import mongomock
import pymongo
from pymongo.errors import PyMongoError

from ..settings.config import ConfigError
from . import snapshot

NAME = "two_doors"
NO_DATABASE = "The database does not answer. Try again in a moment."
NO_MONGODB = "MONGODB_URI cannot be used"
PATIENCE = 5_000  # milliseconds to look for a MongoDB that answers


def connect(uri: str | None, file: Path):
    """Return the database at `uri`, or the embedded one, which is kept in `file`.

    Raise ConfigError if the address is malformed or the file cannot be used. The first query
    shows whether a MongoDB answers.
    """
    try:
        return server(uri) if uri else embedded(Path(os.path.realpath(file)))
    except (PyMongoError, OSError, ValueError) as error:
        setting = NO_MONGODB if uri else f"EMBEDDED_DB={file} cannot be used"
        raise ConfigError(f"{setting}: {snapshot.reason(error)}.") from error


def server(uri: str):
    client = pymongo.MongoClient(uri, tz_aware=True, serverSelectionTimeoutMS=PATIENCE)
    return client.get_default_database(NAME)


def embedded(file: Path):
    """Return the embedded database. Fill it from the file now, and save it there at the end."""
    snapshot.check(file)
    database = mongomock.MongoClient(tz_aware=True)[NAME]
    snapshot.restore(database, file)
    before = snapshot.as_text(database), snapshot.last_written(file)
    atexit.register(snapshot.save, database, file, *before)
    return database
