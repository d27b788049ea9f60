"""The registry: which sockets has a user? It is how a route finds them."""

import threading
from collections import defaultdict


class UserSockets:
    """user id → the sids of that user's sockets: a set, because a person has several tabs."""

    def __init__(self):
        self._sids: defaultdict[str, set[str]] = defaultdict(set)
        self._lock = threading.Lock()  # routes and handlers run in many threads

    def add(self, user_id: str, sid: str) -> None:
        with self._lock:
            self._sids[user_id].add(sid)

    def remove(self, user_id: str, sid: str) -> None:
        with self._lock:
            self._sids[user_id].discard(sid)
            if not self._sids[user_id]:
                del self._sids[user_id]

    def of(self, user_id: str) -> set[str]:
        """Return the sids of a user's sockets: a copy, which stays as it is while you use it."""
        with self._lock:
            return set(self._sids.get(user_id, ()))


user_sockets = UserSockets()
