"""Friends: the friends and friend requests of each user, and the order of friends in lists."""

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from ..settings.quotas import ASKING, FRIENDS_ON_A_PAGE, REQUESTS
from .friend_requests import FriendRequests, friendship_id

FIRST_QUERY = 200  # friendships in the first query; most users have fewer
BATCH_SIZE = 1000  # friendships in one reply of MongoDB, which would send 101 at first
NEWEST_FIRST = [("accepted", -1), ("since", -1), ("_id", -1)]
NOT_ENDED = {"$in": [True, False]}  # `accepted` of friendships and open requests


@dataclass(frozen=True)
class Friendships:
    """The IDs of the users who have something to do with one user, oldest first."""

    friends: list[str]
    incoming: list[str]  # users who ask this user; only the newest ASKING
    outgoing: list[str]  # users whom this user has asked

    def page(self, number: int) -> tuple[list[str], int, int]:
        """Return a page of the friends, newest first, its number, and the number of pages."""
        newest_first = self.friends[::-1]
        pages = max(1, math.ceil(len(newest_first) / FRIENDS_ON_A_PAGE))
        number = min(max(number, 1), pages)
        start = (number - 1) * FRIENDS_ON_A_PAGE
        return newest_first[start : start + FRIENDS_ON_A_PAGE], number, pages

    @property
    def state(self) -> str:
        """A fingerprint that changes whenever any of these friendships does."""
        text = repr((self.friends, self.incoming, self.outgoing))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    @classmethod
    def of_documents(cls, user_id: str, documents: Iterable[dict]) -> Self:
        """Return the friendships of this user from documents, in the order of these."""
        found = cls([], [], [])
        for each in documents:
            one, two = each["_id"].split(":")
            requests = found.outgoing if each["asked_by"] == user_id else found.incoming
            (found.friends if each["accepted"] else requests).append(two if one == user_id else one)
        return found


class Friends(FriendRequests):
    """The friendships and open requests of all users."""

    def of(self, user_id: str) -> set[str]:
        """Return the IDs of a user's friends."""
        accepted = {"members": user_id, "accepted": True}
        return set(self.collection.distinct("members", accepted)) - {user_id}

    def of_each(self, user_ids: Iterable[str]) -> dict[str, set[str]]:
        """Return the IDs of each user's friends, by user. Users without friends are left out."""
        user_ids = set(user_ids)
        accepted = {"members": {"$in": list(user_ids)}, "accepted": True}
        found = self.collection.find(accepted, {"members": 1}).batch_size(BATCH_SIZE)
        friends = defaultdict(set)
        for first, second in (each["members"] for each in found):
            friends[first].add(second)
            friends[second].add(first)
        return {user_id: friends[user_id] for user_id in user_ids & friends.keys()}

    def all_of(self, user_id: str) -> Friendships:
        """Return a user's friends, the newest ASKING incoming requests and all outgoing ones.

        Most users have so few that one query is enough. If not, each list gets its own query.
        """
        found = self._newest({"members": user_id, "accepted": NOT_ENDED}, FIRST_QUERY)
        if len(found) == FIRST_QUERY:
            asking = {"members": user_id, "accepted": False, "asked_by": {"$ne": user_id}}
            found = self._newest({"members": user_id, "accepted": True})
            found += self._newest(asking, ASKING)
            found += self._newest({"asked_by": user_id, "accepted": False}, REQUESTS)
        known = Friendships.of_documents(user_id, reversed(found))
        return Friendships(known.friends, known.incoming[-ASKING:], known.outgoing)

    def incoming(self, user_id: str, limit: int, after: str | None = None) -> list[str]:
        """Return the IDs of users who ask this user, newest first.

        With `after`, the ID of one of them, return those that follow. If that user's request is
        gone, so is its place in the list, and the newest are returned.
        """
        conditions = {"members": user_id, "accepted": False, "asked_by": {"$ne": user_id}}
        if last := after and self._find(user_id, after):
            conditions["since"] = {"$lte": last["since"]}
            conditions["$nor"] = [{"since": last["since"], "_id": {"$gte": last["_id"]}}]
        return Friendships.of_documents(user_id, self._newest(conditions, limit)).incoming

    def between(self, user_id: str, other_ids: Iterable[str]) -> Friendships:
        """Return the friendships of a user with these others only, in no particular order."""
        ids = [friendship_id(user_id, other_id) for other_id in other_ids]
        found = self.collection.find({"_id": {"$in": ids}, "accepted": NOT_ENDED})
        return Friendships.of_documents(user_id, found)

    def forget(self, user_id: str) -> None:
        """Delete all friendships and requests of this user."""
        self.collection.delete_many({"members": user_id})

    def _newest(self, conditions: dict, limit: int = 0) -> list[dict]:
        found = self.collection.find(conditions, {"accepted": 1, "asked_by": 1})
        return list(found.sort(NEWEST_FIRST).limit(limit).batch_size(BATCH_SIZE))
