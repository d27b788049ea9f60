"""What a user has with others, the outcome of a friend request, and why one is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple


@dataclass(frozen=True)
class Friendships:
    """What a user has with others, by their ids, the oldest first."""

    friends: list[str]
    asking: list[str]  # those who ask this user; of more than ASKING the newest
    asked: list[str]  # those whom this user has asked

    @property
    def state(self) -> str:
        """A fingerprint that changes whenever any of these friendships does."""
        told = repr((self.friends, self.asking, self.asked))
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    @classmethod
    def of_documents(cls, user_id: str, documents: Iterable[dict]) -> Friendships:
        """Return what this user has by these documents, in their order."""
        friends, asking, asked = [], [], []
        for each in documents:
            not_yet = asked if each["asked_by"] == user_id else asking
            (friends if each["accepted"] else not_yet).append(other(each["_id"], user_id))
        return cls(friends, asking, asked)


class Asked(NamedTuple):
    """The outcome of a friend request."""

    are_friends: bool
    is_new: bool  # False if the request changed nothing


class OverLimit(Exception):
    """A limit doesn't allow this friend request, or its acceptance."""


class FriendsFull(OverLimit):
    """A user has as many friends as one can have. `user_id` says which of the two it is."""

    def __init__(self, user_id: str):
        super().__init__(user_id)
        self.user_id = user_id


class RequestsFull(OverLimit):
    """The user has as many unanswered requests as one can have."""


class AskedRecently(OverLimit):
    """The user can ask the same person again only after `wait`."""

    def __init__(self, wait: timedelta):
        super().__init__(wait)
        self.wait = wait


def key(user_id: str, other_id: str) -> str:
    """Return the _id of what two people have, whoever comes first."""
    return ":".join(sorted([user_id, other_id]))


def other(friendship_id: str, user_id: str) -> str:
    """Return the other one of the two."""
    one, two = friendship_id.split(":")
    return two if one == user_id else one
