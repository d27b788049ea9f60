"""The database: MongoDB if MONGODB_URI is set, else an embedded one for development."""

import os
import weakref
from datetime import UTC, datetime
from pathlib import Path

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import PyMongoError

from ..settings.config import ConfigError
from . import snapshot

NAME = "two_doors"
NO_DATABASE = "The database does not answer. Try again in a moment."
NO_MONGODB = "MONGODB_URI cannot be used"
TIMEOUT = 5_000  # milliseconds to look for a MongoDB that answers


def connect(uri: str | None, file: Path) -> Database:
    """Return the database at `uri`, or the embedded one, which is kept in `file`.

    Raise ConfigError if the URI is malformed or the file can't be used. A MongoDB that doesn't
    answer is noticed at the first query.
    """
    try:
        if not uri:
            return embedded(Path(os.path.realpath(file)))
        client: MongoClient = MongoClient(uri, tz_aware=True, serverSelectionTimeoutMS=TIMEOUT)
        return client.get_default_database(NAME)
    except (PyMongoError, OSError, ValueError) as error:
        setting = NO_MONGODB if uri else f"EMBEDDED_DB={file} cannot be used"
        raise ConfigError(f"{setting}: {snapshot.reason(error)}.") from error


def embedded(file: Path) -> Database:
    """Return the embedded database, filled from the file. When the process ends, it's saved."""
    import mongomock  # only here, because with MongoDB it isn't needed

    snapshot.check(file)
    database: Database = mongomock.MongoClient(tz_aware=True)[NAME]
    snapshot.restore(database, file)
    before = snapshot.as_text(database), snapshot.last_written(file)
    # This is called when the process ends. If it is called earlier, the database is gone already.
    weakref.finalize(database, snapshot.save, weakref.ref(database), file, *before)
    return database


def now() -> datetime:
    """Return the current time as the database stores it, in whole milliseconds."""
    time = datetime.now(UTC)
    return time.replace(microsecond=time.microsecond // 1000 * 1000)
