"""The records of open sockets in MongoDB, by which each process knows the sockets of the others."""

import logging
import threading
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from pymongo import DeleteOne, ReplaceOne
from pymongo.collection import Collection
from pymongo.errors import PyMongoError

log = logging.getLogger(__name__)

Write = ReplaceOne | DeleteOne

BATCH_SIZE = 100  # records in one write; other greenlets run between two writes


@dataclass(frozen=True)
class OpenSocket:
    """An open socket: its user, its session, when it opened, and the name of its process."""

    sid: str
    user_id: str
    session_id: str
    since: datetime
    process: str


class SocketRecords:
    """Writes the records of this process's sockets, and reads those of other processes.

    sockets: {_id: sid, process: ID, name: the process's name, user, session, since, closed: bool}

    A closed socket keeps its record for some seconds. Otherwise a user who moves from one page to
    the next would seem to go offline.

    While a process is alone, no other process reads its records, so it writes only with each
    heartbeat. When another process starts, the two don't know each other's sockets until then.
    """

    def __init__(self, sockets: Collection, name: str):
        self.sockets = sockets
        self.name = name
        self.id = uuid.uuid4().hex
        self._is_alone = False  # the database names no other process, dead or alive
        # {sid: (user ID, write)}, the last write that is due for each socket
        self._changes: dict[str, tuple[str, Write]] = {}
        self._writing = threading.Lock()  # so that the writes of a socket stay in order
        sockets.create_index("user")
        sockets.create_index("process")

    def add(self, socket: OpenSocket) -> None:
        """Record that a socket has opened."""
        self._change(socket, self._record(socket))

    def close(self, socket: OpenSocket) -> None:
        """Record that a socket has closed, so that it isn't counted."""
        # Write the whole record, because the write of its opening may still be due.
        self._change(socket, self._record(socket, closed=True))

    def remove(self, socket: OpenSocket) -> None:
        """Delete the record of a socket."""
        self._change(socket, DeleteOne({"_id": socket.sid}))

    def elsewhere(self, *user_ids: str) -> list[OpenSocket]:
        """Return the open sockets that these users have in other processes."""
        if self._is_alone or not user_ids:
            return []
        found = self.sockets.find(self._of_others() | {"user": {"$in": user_ids}, "closed": False})
        return [
            OpenSocket(each["_id"], each["user"], each["session"], each["since"], each["name"])
            for each in found
        ]

    def online_elsewhere(self, user_ids: Iterable[str]) -> set[str]:
        """Return which of these users are online in other processes."""
        if self._is_alone:
            return set()
        theirs = self._of_others() | {"user": {"$in": list(user_ids)}}
        return set(self.sockets.distinct("user", theirs))

    def _change(self, socket: OpenSocket, write: Write) -> None:
        self._changes[socket.sid] = socket.user_id, write
        if not self._is_alone:
            with self._retried_by_heartbeat():
                self._write()

    @contextmanager
    def _retried_by_heartbeat(self) -> Iterator[None]:
        """Only log that the database fails, because the next heartbeat writes again."""
        try:
            yield
        except PyMongoError as error:
            log.warning("the database does not answer: %s", error)

    def _write(self) -> None:
        """Write all changes. Those that come during a write go together into the next one."""
        with self._writing:
            while self._changes:
                sids = list(self._changes)[:BATCH_SIZE]
                changes = {sid: self._changes.pop(sid) for sid in sids}
                try:
                    self.sockets.bulk_write([write for _, write in changes.values()], ordered=False)
                except PyMongoError:
                    self._changes = changes | self._changes
                    raise

    def _record(self, socket: OpenSocket, closed: bool = False) -> ReplaceOne:
        document = {
            "_id": socket.sid,
            "process": self.id,
            "name": self.name,
            "user": socket.user_id,
            "session": socket.session_id,
            "since": socket.since,
            "closed": closed,
        }
        return ReplaceOne({"_id": socket.sid}, document, upsert=True)

    def _of_others(self) -> dict:
        return {"process": {"$ne": self.id}}
