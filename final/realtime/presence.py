"""Presence: which users are online. Several tabs of a user count as one presence."""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from ..domain.stores import FriendStore
from ..settings import quotas
from .pacing import Batched, Throttled

if TYPE_CHECKING:
    from .sockets import Sockets

COUNTS_PER_SECOND = 1000  # sockets of one user that are sent their number


class Presence:
    """Knows which users are online: they have a socket in some process, or had one moments ago."""

    def __init__(self, count: Callable[[str], int], elsewhere: Callable[[Iterable[str]], set[str]]):
        self.count = count  # returns how many sockets a user has in this process
        self.elsewhere = elsewhere  # returns which of these users are online in other processes
        self._here: set[str] = set()  # users who are online in this process
        # By user: sockets that closed less than OFFLINE_AFTER seconds ago.
        self._leaving: Counter[str] = Counter()

    # A process announces every user who arrives or leaves, even one with a tab in another process.
    # Otherwise neither would announce a user who opens a tab in both at the same moment.

    def arrive(self, user_id: str) -> bool:
        """Note that a socket of this user has opened. Return True if it's the first one here."""
        is_new = user_id not in self._here
        self._here.add(user_id)
        return is_new

    def lose(self, user_id: str) -> None:
        """Note that a socket of this user has closed."""
        self._leaving[user_id] += 1

    def leave(self, user_id: str) -> bool:
        """Return True if this user has left. Call it OFFLINE_AFTER seconds after `lose`."""
        self._leaving[user_id] -= 1
        if self._leaving[user_id]:
            return False
        del self._leaving[user_id]
        if self.count(user_id) or user_id not in self._here:
            return False
        self._here.discard(user_id)
        return True

    def online(self, user_ids: Iterable[str]) -> set[str]:
        """Return which of these users are online."""
        user_ids = list(user_ids)
        return self._here.intersection(user_ids) | self.elsewhere(user_ids)


class Announcements:
    """Tells users how many sockets they have, and their friends whether they're online.

    Each process asks for the current state and tells its own sockets. A state that one process
    sent to another could arrive after a newer one.
    """

    def __init__(self, sockets: "Sockets", friends: FriendStore):
        self.sockets = sockets
        self.friends = friends
        # A user with many sockets is told their number less often, so all users cost the same.
        self.show_count = Throttled(
            Batched(self._show_counts),
            lambda user_id: sockets.local.count(user_id) / COUNTS_PER_SECOND,
            sockets.spawn,
        )
        self.show_presence = Batched(self._show_presence)
        if sockets.bus:
            sockets.bus.on("count", lambda ids: sockets.spawn(self.show_count, *ids))
            sockets.bus.on("presence", lambda ids: sockets.spawn(self.show_presence, *ids))

    def announce_count(self, *user_ids: str) -> None:
        """Tell all sockets of these users how many sockets their user has."""
        self.show_count(*user_ids)
        self.sockets.publish("count", user_ids)

    def announce_presence(self, *user_ids: str) -> None:
        """Tell the friends of these users whether they're online."""
        self.show_presence(*user_ids)
        self.sockets.publish("presence", user_ids)

    def _show_counts(self, user_ids: list[str]) -> None:
        local = self.sockets.local
        user_ids = [user_id for user_id in user_ids if local.count(user_id)]
        others = self.sockets.processes.elsewhere(*user_ids)
        elsewhere = Counter(each.user_id for each in others)
        for user_id in user_ids:
            count = local.count(user_id) + elsewhere[user_id]
            if count > quotas.SOCKETS_PER_USER:
                local.drop_newest(user_id, others)
            self.sockets.emit_to([user_id], "sockets", {"count": count}, local=True)

    def _show_presence(self, user_ids: list[str]) -> None:
        friends = self.friends.of_each(user_ids)
        online = self.sockets.presence.online(friends)
        users = self.sockets.users.find_many(online) if online else {}
        for user_id, friend_ids in friends.items():
            user = users.get(user_id)
            data = {"id": user_id, "here": bool(user)} | (user.as_json() if user else {})
            self.sockets.emit_to(friend_ids, "presence", data, local=True)


def first_online(user_ids: Iterable[str], online: set[str], most: int) -> list[str]:
    """Return the first `most` of these users who are `online`, in their order."""
    return [user_id for user_id in user_ids if user_id in online][:most]
