"""Friendships: each between two people, and the same from both sides."""

import contextlib

from pymongo.errors import DuplicateKeyError

from db import db

db.friendships.create_index("members")


def add(user_id: str, friend_id: str) -> None:
    """Make the two friends, unasked. If they are already, nothing changes."""
    members = sorted([user_id, friend_id])
    with contextlib.suppress(DuplicateKeyError):
        db.friendships.insert_one({"_id": ":".join(members), "members": members})


def of(user_id: str) -> list[str]:
    """Return the ids of a user's friends."""
    friendships = db.friendships.find({"members": user_id})
    return [one for each in friendships for one in each["members"] if one != user_id]
