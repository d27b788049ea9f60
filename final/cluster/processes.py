"""The processes that serve one database, and the sockets of each: who is here, and in which.

Each process writes down its own sockets, and that it is alive. What one that has died has left is
removed by the others.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pymongo import DeleteOne, ReplaceOne
from pymongo.errors import PyMongoError

log = logging.getLogger(__name__)

Write = ReplaceOne | DeleteOne

BEAT = 1  # seconds between two signs of life
AT_ONCE = 100  # sockets that are written down together: others are served in between
GRACE = 3  # seconds in which a user whose last socket has closed may come back unnoticed
LEASE = 6  # seconds without one, after which a process counts as dead


@dataclass(frozen=True)
class Opened:
    """An open socket: whose it is, by which session, since when, and in which process."""

    sid: str
    user_id: str
    session_id: str
    since: datetime
    process: str  # its name


class Processes:
    """The processes and their sockets, as this process sees them.

    `processes` {_id, name, expires}
    `sockets` {_id: sid, process: its id, name: its name, user, session, since, closed: bool}

    A socket that has closed is kept for a moment, so that its user does not seem to have gone who
    is only on the way from one page to the next.

    A process that is alone has nobody to ask, and it writes with each beat what has changed since
    the last one. So another one that has just come does not know of that, nor this one of the
    other, until the next beat, which says whose sockets they were.
    """

    def __init__(self, processes, sockets, name: str):
        self.processes = processes
        self.sockets = sockets
        self.name = name
        self.id = uuid.uuid4().hex
        self.others = 0  # processes that are alive
        self._is_alone = False  # there are no others, not even dead ones that are not buried
        self._last_beat: datetime | None = None
        self._has_left = False
        # Of each socket, by sid: whose it is, and the last of what is still to be written of it.
        self._changes: dict[str, tuple[str, Write]] = {}
        self._writing = threading.Lock()  # so that what comes later is written later
        sockets.create_index("user")
        sockets.create_index("process")

    # The sockets of this process.

    def add(self, opened: Opened) -> None:
        self._change(opened, self._record(opened))

    def close(self, opened: Opened) -> None:
        """Note that a socket has closed: it is not counted any more."""
        # The whole record: that it was opened may still be to be written.
        self._change(opened, self._record(opened, closed=True))

    def remove(self, opened: Opened) -> None:
        self._change(opened, DeleteOne({"_id": opened.sid}))

    def _change(self, opened: Opened, write: Write) -> None:
        self._changes[opened.sid] = opened.user_id, write
        if not self._is_alone:
            with self._later_if_it_fails():
                self._write()

    @contextmanager
    def _later_if_it_fails(self) -> Iterator[None]:
        """Leave it to the next beat, if something cannot be written down now."""
        try:
            yield
        except PyMongoError as error:
            log.warning("the database does not answer: %s", error)

    def _write(self) -> None:
        """Write down what has changed. What came while others were writing is written together."""
        with self._writing:
            while self._changes:
                sids = list(self._changes)[:AT_ONCE]
                changes = {sid: self._changes.pop(sid) for sid in sids}
                try:
                    self.sockets.bulk_write([write for _, write in changes.values()], ordered=False)
                except PyMongoError:
                    self._changes = changes | self._changes
                    raise

    # The sockets of the others.

    def elsewhere(self, *user_ids: str) -> list[Opened]:
        """Return the open sockets that these users have in other processes."""
        if self._is_alone or not user_ids:
            return []
        theirs = {**self._others(), "user": {"$in": user_ids}, "closed": False}
        found = self.sockets.find(theirs)
        return [
            Opened(each["_id"], each["user"], each["session"], each["since"], each["name"])
            for each in found
        ]

    def here_elsewhere(self, user_ids: Iterable[str]) -> set[str]:
        """Return who of these users is here in other processes."""
        if self._is_alone:
            return set()
        theirs = {**self._others(), "user": {"$in": list(user_ids)}}
        return set(self.sockets.distinct("user", theirs))

    # Life and death.

    def beat(self, opened: Callable[[], list[Opened]]) -> set[str]:
        """Say that this process is alive, and bury those that are not.

        `opened` returns which sockets are open here. Return the ids of the users whose number of
        sockets has changed by this. To be called each BEAT seconds, and when another one has come.
        """
        if self._has_left:
            return set()
        now = datetime.now(UTC)
        was_away = not self._last_beat or now - self._last_beat > timedelta(seconds=LEASE)
        alive = {"$set": {"expires": now + timedelta(seconds=LEASE)}}
        is_known = self.processes.update_one({"_id": self.id}, alive).matched_count
        is_new = was_away or not is_known
        changed = self._begin_anew(opened) if is_new else set()
        self._last_beat = now
        others = list(self.processes.find({"_id": {"$ne": self.id}}))
        if not is_new:  # who could give no sign of life has not seen those of the others either
            for other in others:
                if other["expires"] < now:
                    changed |= self._remove(other["_id"])
        self.others = len([other for other in others if other["expires"] >= now])
        is_alone = not (others if is_new else self.others)
        if self._is_alone and not is_alone:  # neither has known of these sockets of the other's
            changed |= set(self.sockets.distinct("user", self._others()))
            changed |= {user_id for user_id, _ in self._changes.values()}
        self._is_alone = is_alone
        self._write()
        return changed

    def leave(self) -> None:
        """Note that this process ends, and its sockets with it; from now on it has no beat.

        The others bury it in a moment, when its users have had time to come to one of them.
        """
        self._has_left = True
        expires = datetime.now(UTC) + timedelta(seconds=GRACE)
        with self._later_if_it_fails():
            self._write()
            self.sockets.update_many({"process": self.id}, {"$set": {"closed": True}})
            self.processes.update_one({"_id": self.id}, {"$set": {"expires": expires}})

    def _begin_anew(self, opened: Callable[[], list[Opened]]) -> set[str]:
        """Register under a new id: what is known under the old one may be old, or half buried."""
        former, self.id = self.id, uuid.uuid4().hex
        expires = datetime.now(UTC) + timedelta(seconds=LEASE)
        self.processes.insert_one({"_id": self.id, "name": self.name, "expires": expires})
        sockets = opened()
        self._changes = {each.sid: (each.user_id, self._record(each)) for each in sockets}
        self._write()
        # Some have closed meanwhile, when there was no record of them.
        gone = {each.sid for each in sockets} - {each.sid for each in opened()}
        self.sockets.delete_many({"_id": {"$in": list(gone)}})
        return self._remove(former) | {each.user_id for each in sockets}

    def _remove(self, process_id: str) -> set[str]:
        """Remove a process with its sockets; return the ids of their users.

        The process goes last, so that what was interrupted is done again, and so that it finds out,
        if it was only late.
        """
        its = {"process": process_id}
        users = set(self.sockets.distinct("user", its))
        self.sockets.delete_many(its)
        self.processes.delete_one({"_id": process_id})
        return users

    def _record(self, opened: Opened, closed: bool = False) -> ReplaceOne:
        document = {
            "_id": opened.sid,
            "process": self.id,
            "name": self.name,
            "user": opened.user_id,
            "session": opened.session_id,
            "since": opened.since,
            "closed": closed,
        }
        return ReplaceOne({"_id": opened.sid}, document, upsert=True)

    def _others(self) -> dict:
        return {"process": {"$ne": self.id}}


class Alone:
    """The same where there is only one process, as on the embedded database."""

    id = "alone"
    others = 0

    def __init__(self, name: str):
        self.name = name

    def add(self, opened: Opened) -> None:
        pass

    def close(self, opened: Opened) -> None:
        pass

    def remove(self, opened: Opened) -> None:
        pass

    def elsewhere(self, *user_ids: str) -> list[Opened]:
        return []

    def here_elsewhere(self, user_ids: Iterable[str]) -> set[str]:
        return set()

    def beat(self, opened: Callable[[], list[Opened]]) -> set[str]:
        return set()

    def leave(self) -> None:
        pass
