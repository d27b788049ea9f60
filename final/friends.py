"""Friendships: each between two people, and the same from both sides."""

import contextlib

from pymongo.errors import DuplicateKeyError


class Friends:
    """The collection of friendships: {_id: both ids, joined; members: [id, id]}."""

    def __init__(self, collection):
        self.collection = collection
        collection.create_index("members")

    def add(self, user_id: str, friend_id: str) -> None:
        """Make the two friends, unasked. If they are already, nothing changes."""
        members = sorted([user_id, friend_id])
        with contextlib.suppress(DuplicateKeyError):
            self.collection.insert_one({"_id": ":".join(members), "members": members})

    def of(self, user_id: str) -> list[str]:
        """Return the ids of a user's friends."""
        friendships = self.collection.find({"members": user_id})
        return [one for each in friendships for one in each["members"] if one != user_id]
