"""The processes that serve one database: each renews a lease, and removes those that have died."""

import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

from pymongo.collection import Collection

from ..settings.quotas import OFFLINE_AFTER
from .socket_records import OpenSocket, SocketRecords

HEARTBEAT_EVERY = 1  # seconds
LEASE = 6  # seconds without a heartbeat, after which a process counts as dead


class Processes(SocketRecords):
    """The processes of an installation and their sockets, as this process sees them.

    processes: {_id, name, expires}
    """

    def __init__(self, processes: Collection, sockets: Collection, name: str):
        super().__init__(sockets, name)
        self.processes = processes
        self.others = 0  # other processes that are alive
        self._last_heartbeat = datetime.now(UTC)
        self._has_left = False

    def heartbeat(self, open_sockets: Callable[[], list[OpenSocket]]) -> set[str]:
        """Renew the lease of this process, and remove the processes whose lease has expired.

        Call it every HEARTBEAT_EVERY seconds, and when another process has started. `open_sockets`
        returns the sockets of this process. Return the IDs of the users whose number of sockets
        may have changed.
        """
        if self._has_left:
            return set()
        now = datetime.now(UTC)
        lease = {"$set": {"expires": now + timedelta(seconds=LEASE)}}
        is_known = self.processes.update_one({"_id": self.id}, lease).matched_count
        is_new = not is_known or now - self._last_heartbeat > timedelta(seconds=LEASE)
        changed = self._register(open_sockets) if is_new else set()
        self._last_heartbeat = now
        others = list(self.processes.find({"_id": {"$ne": self.id}}))
        if not is_new:  # after a pause of the database, the other leases have expired as well
            for other in others:
                if other["expires"] < now:
                    changed |= self._remove(other["_id"])
        self.others = len([other for other in others if other["expires"] >= now])
        is_alone = not (others if is_new else self.others)
        if self._is_alone and not is_alone:  # neither has counted the other's sockets yet
            changed |= set(self.sockets.distinct("user", self._of_others()))
            changed |= {user_id for user_id, _ in self._changes.values()}
        self._is_alone = is_alone
        self._write()
        return changed

    def leave(self) -> None:
        """Record that this process ends with all its sockets, and stop its heartbeat.

        Another process removes it OFFLINE_AFTER seconds later. By then, its pages have
        reconnected elsewhere.
        """
        self._has_left = True
        expires = datetime.now(UTC) + timedelta(seconds=OFFLINE_AFTER)
        with self._retried_by_heartbeat():
            self._write()
            self.sockets.update_many({"process": self.id}, {"$set": {"closed": True}})
            self.processes.update_one({"_id": self.id}, {"$set": {"expires": expires}})

    def _register(self, open_sockets: Callable[[], list[OpenSocket]]) -> set[str]:
        """Register under a new ID, because another process may be removing the former one.

        Return the IDs of the users whose number of sockets may have changed.
        """
        former_id, self.id = self.id, uuid.uuid4().hex
        expires = datetime.now(UTC) + timedelta(seconds=LEASE)
        self.processes.insert_one({"_id": self.id, "name": self.name, "expires": expires})
        sockets = open_sockets()
        self._changes = {each.sid: (each.user_id, self._record(each)) for each in sockets}
        self._write()
        # A socket that closed during the write had no record then, and would keep this one.
        closed = {each.sid for each in sockets} - {each.sid for each in open_sockets()}
        self.sockets.delete_many({"_id": {"$in": list(closed)}})
        return self._remove(former_id) | {each.user_id for each in sockets}

    def _remove(self, process_id: str) -> set[str]:
        """Remove a process and its sockets, and return the IDs of their users.

        The process goes last. So an interrupted removal is repeated, and a process that was only
        late finds out that it was removed.
        """
        of_process = {"process": process_id}
        user_ids = set(self.sockets.distinct("user", of_process))
        self.sockets.delete_many(of_process)
        self.processes.delete_one({"_id": process_id})
        return user_ids


class SingleProcess:
    """Replaces Processes on the embedded database, which only one process can use."""

    id = "single"
    others = 0

    def __init__(self, name: str):
        self.name = name

    def add(self, socket: OpenSocket) -> None: ...

    def close(self, socket: OpenSocket) -> None: ...

    def remove(self, socket: OpenSocket) -> None: ...

    def elsewhere(self, *user_ids: str) -> list[OpenSocket]:
        return []

    def online_elsewhere(self, user_ids: Iterable[str]) -> set[str]:
        return set()

    def heartbeat(self, open_sockets: Callable[[], list[OpenSocket]]) -> set[str]:
        return set()

    def leave(self) -> None: ...
