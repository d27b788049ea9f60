"""Keeps everything in memory until the process ends."""

import secrets
from collections import defaultdict
from datetime import datetime

from cachelib import SimpleCache

from .users import User

ENOUGH = 1_000_000  # sessions. Beyond this number, the cache would drop some


def connect() -> tuple["People", dict]:
    """Return the store of people, and the settings for Flask-Session."""
    return People(), {"SESSION_TYPE": "cachelib", "SESSION_CACHELIB": SimpleCache(ENOUGH)}


class People:
    """Users, friendships and comments. The class in mongo.py has the same methods."""

    def __init__(self):
        self.users: dict[str, User] = {}  # by id
        self.users_by_email: dict[str, User] = {}
        self.friend_ids: defaultdict[str, set[str]] = defaultdict(set)
        self.comments: list[dict] = []

    def add(self, **fields: str) -> User | None:
        """Add a user and return them, or return None if the email is taken."""
        if fields["email"] in self.users_by_email:
            return None
        user = User(id=new_id(), **fields)
        self.users[user.id] = self.users_by_email[user.email] = user
        return user

    def by_id(self, user_id: str) -> User | None:
        return self.users.get(user_id)

    def by_ids(self, user_ids: list[str]) -> list[User]:
        return [self.users[user_id] for user_id in user_ids]

    def by_email(self, email: str) -> User | None:
        return self.users_by_email.get(email)

    def befriend(self, user_id: str, friend_id: str) -> None:
        """Make two users friends. Change nothing if they already are."""
        self.friend_ids[user_id].add(friend_id)
        self.friend_ids[friend_id].add(user_id)

    def friend_ids_of(self, user_id: str) -> list[str]:
        return list(self.friend_ids.get(user_id, ()))

    def add_comment(self, author_id: str, text: str, created_at: datetime) -> str:
        """Store a comment and return its ID."""
        comment = {"id": new_id(), "author_id": author_id, "text": text, "created_at": created_at}
        self.comments.append(comment)
        return comment["id"]


def new_id() -> str:
    return secrets.token_hex(12)
