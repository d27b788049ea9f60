"""Presence: who is here. Several tabs are one presence, and who reloads a page does not leave."""

from collections import Counter
from collections.abc import Callable, Iterable
from itertools import islice


class Presence:
    """Which users are here: those with a socket, or with one just now, in whatever process."""

    def __init__(self, count: Callable[[str], int], elsewhere: Callable[[Iterable[str]], set[str]]):
        self.count = count  # how many sockets a user has in this process
        self.elsewhere = elsewhere  # who of these users is here in other processes
        self._here: set[str] = set()  # in this process
        self._leaving: Counter[str] = Counter()  # sockets that have gone, less than GRACE ago

    # A process announces every user who arrives or leaves, even one with a tab in another process.
    # Otherwise, if tabs opened in two processes at once, neither process would announce the user.

    def arrive(self, user_id: str) -> bool:
        """Note that this user has a socket. Return True if they had not been in this process."""
        is_new = user_id not in self._here
        self._here.add(user_id)
        return is_new

    def lose(self, user_id: str) -> None:
        """Note that a socket of this user has gone. GRACE seconds later `leave` is to be asked."""
        self._leaving[user_id] += 1

    def leave(self, user_id: str) -> bool:
        """Return True if this user, who lost a socket GRACE seconds ago, has left this process."""
        self._leaving[user_id] -= 1
        if self._leaving[user_id]:
            return False
        del self._leaving[user_id]
        if self.count(user_id) or user_id not in self._here:
            return False
        self._here.discard(user_id)
        return True

    def here(self, user_ids: Iterable[str]) -> set[str]:
        """Return who of these users is here."""
        user_ids = list(user_ids)
        return self._here.intersection(user_ids) | self.elsewhere(user_ids)


def first_of(user_ids: Iterable[str], here: set[str], most: int) -> list[str]:
    """Return the first `most` of these users who are `here`, in their order."""
    return list(islice((user_id for user_id in user_ids if user_id in here), most))
