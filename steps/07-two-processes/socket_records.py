"""Records of open sockets in the database, so that each process can see those of the others.

sockets: {_id: sid, user: user ID, session: hash of the session ID, process, expires}

Each record is a lease, which its process renews every second. If the process is killed, its leases
expire, and its sockets no longer count.
"""

import atexit
import contextlib
import secrets
from datetime import UTC, datetime, timedelta

import pymongo

from db import db
from session_store import hashed

LEASE = timedelta(seconds=6)
PROCESS = secrets.token_hex(8)  # the name of this process

for field in "user", "session", "process":
    db.sockets.create_index(field)
db.sockets.create_index("expires", expireAfterSeconds=3600)  # a process may only be slow


@atexit.register
def leave() -> None:
    with contextlib.suppress(pymongo.errors.PyMongoError), pymongo.timeout(2):  # seconds
        db.sockets.delete_many({"process": PROCESS})


def add(sid: str, user_id: str, session_id: str) -> None:
    record = {"_id": sid, "user": user_id, "session": hashed(session_id), "process": PROCESS}
    db.sockets.insert_one(record | {"expires": datetime.now(UTC) + LEASE})


def remove(sid: str) -> None:
    db.sockets.delete_one({"_id": sid})


def renew() -> None:
    expires = datetime.now(UTC) + LEASE
    db.sockets.update_many({"process": PROCESS}, {"$set": {"expires": expires}})


def count(user_id: str) -> int:
    """Return how many sockets a user has in all processes."""
    has_lease = {"expires": {"$gt": datetime.now(UTC)}}
    return db.sockets.count_documents({"user": user_id} | has_lease)


def of_session(session_id: str) -> list[str]:
    """Return the sids of the sockets that were opened with this session, in all processes."""
    return db.sockets.distinct("_id", {"session": hashed(session_id)})


def of_this_process() -> list[dict]:
    return list(db.sockets.find({"process": PROCESS}))
