"""Friendships: asked by one, accepted by the other, and then the same from both sides."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from pymongo.errors import DuplicateKeyError

IN_ONE_ANSWER = 1000  # friendships; the database gives 101 by itself, and has to be asked for more


@dataclass(frozen=True)
class Friendships:
    """What a user has with others, by their ids, the oldest first."""

    friends: list[str]
    asking: list[str]  # those who ask this user
    asked: list[str]  # those whom this user has asked

    @property
    def state(self) -> str:
        """A text that is another one as soon as anything of it is."""
        told = repr((self.friends, self.asking, self.asked))
        return hashlib.sha256(told.encode()).hexdigest()[:16]


class Friends:
    """The friendships, also those only asked for so far.

    {_id: both ids, sorted and joined; members: [id, id]; asked_by: id; accepted: bool; since}

    Two people have one document at most, by its _id, and each change of it is one conditional
    write. So what both do at the same moment has one order, and the second act meets the first.
    """

    def __init__(self, collection):
        self.collection = collection
        collection.create_index([("members", 1), ("accepted", 1), ("since", 1)])

    def ask(self, user_id: str, other_id: str) -> bool:
        """Ask the other, or accept if they have asked; say whether the two are friends now."""
        if user_id == other_id:
            raise ValueError("nobody is their own friend")
        request = {
            "_id": key(user_id, other_id),
            "members": sorted([user_id, other_id]),
            "asked_by": user_id,
            "accepted": False,
        }
        while True:
            try:
                self.collection.insert_one({**request, "since": datetime.now(UTC)})
                return False
            except DuplicateKeyError:
                if self.accept(user_id, other_id):
                    return True
            there = self.collection.find_one({"_id": request["_id"]})
            if there and (there["accepted"] or there["asked_by"] == user_id):
                return there["accepted"]
            # The other one has withdrawn in between: ask anew.

    def accept(self, user_id: str, other_id: str) -> bool:
        """Accept what the other has asked; False if they have not, or no longer."""
        asked = {"_id": key(user_id, other_id), "asked_by": other_id, "accepted": False}
        accepted = {"$set": {"accepted": True, "since": datetime.now(UTC)}}
        return self.collection.update_one(asked, accepted).matched_count == 1

    def end(self, user_id: str, other_id: str) -> bool:
        """Decline, withdraw or unfriend, whichever it is by now; False if nothing was there."""
        return self.collection.delete_one({"_id": key(user_id, other_id)}).deleted_count == 1

    def of(self, user_id: str) -> set[str]:
        """Return the ids of a user's friends."""
        accepted = {"members": user_id, "accepted": True}
        return set(self.collection.distinct("members", accepted)) - {user_id}

    def of_each(self, user_ids: Iterable[str]) -> dict[str, set[str]]:
        """Return the ids of the friends of each of these users; who has none is left out."""
        user_ids = set(user_ids)
        accepted = {"members": {"$in": list(user_ids)}, "accepted": True}
        found = self.collection.find(accepted, {"members": 1}).batch_size(IN_ONE_ANSWER)
        friends = defaultdict(set)
        for first, second in (each["members"] for each in found):
            friends[first].add(second)
            friends[second].add(first)
        return {user_id: friends[user_id] for user_id in user_ids & friends.keys()}

    def all_of(self, user_id: str) -> Friendships:
        """Return all that a user has with others."""
        found = self.collection.find({"members": user_id}, {"accepted": 1, "asked_by": 1})
        friends, asking, asked = [], [], []
        for each in found.sort([("accepted", 1), ("since", 1)]).batch_size(IN_ONE_ANSWER):
            not_yet = asked if each["asked_by"] == user_id else asking
            (friends if each["accepted"] else not_yet).append(other(each["_id"], user_id))
        return Friendships(friends, asking, asked)

    def forget(self, user_id: str) -> None:
        """Remove all that this user has with anybody."""
        self.collection.delete_many({"members": user_id})


def key(user_id: str, other_id: str) -> str:
    """Return the _id of what two people have, whoever comes first."""
    return ":".join(sorted([user_id, other_id]))


def other(friendship_id: str, user_id: str) -> str:
    """Return the other one of the two."""
    one, two = friendship_id.split(":")
    return two if one == user_id else one
