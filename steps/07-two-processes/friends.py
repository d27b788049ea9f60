"""Friendships, which are mutual and always between two people."""

import contextlib

from pymongo.errors import DuplicateKeyError

from db import db

db.friendships.create_index("members")


def add(user_id: str, friend_id: str) -> None:
    """Make two users friends, without asking the second one. Do nothing if they already are."""
    members = sorted([user_id, friend_id])
    with contextlib.suppress(DuplicateKeyError):
        db.friendships.insert_one({"_id": ":".join(members), "members": members})


def of(user_id: str) -> list[str]:
    """Return the IDs of a user's friends."""
    friendships = db.friendships.find({"members": user_id})
    members = [member for friendship in friendships for member in friendship["members"]]
    return [member for member in members if member != user_id]
