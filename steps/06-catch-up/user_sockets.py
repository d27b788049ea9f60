"""The registry: maps each user to their open sockets, so that routes can find them."""

import threading
from collections import defaultdict


class UserSockets:
    """Maps a user ID to the IDs of the user's sockets. A user may have several tabs open."""

    def __init__(self):
        self._sids: defaultdict[str, set[str]] = defaultdict(set)
        self._lock = threading.Lock()  # routes and event handlers run in many threads

    def add(self, user_id: str, sid: str) -> None:
        with self._lock:
            self._sids[user_id].add(sid)

    def remove(self, user_id: str, sid: str) -> None:
        with self._lock:
            self._sids[user_id].discard(sid)
            if not self._sids[user_id]:
                del self._sids[user_id]

    def of(self, user_id: str) -> set[str]:
        """Return the IDs of a user's sockets: a copy, so it doesn't change while you use it."""
        with self._lock:
            return set(self._sids.get(user_id, ()))


user_sockets = UserSockets()
