"""Keeps everything in the MongoDB database that a URI names."""

import contextlib
from datetime import datetime

from bson import ObjectId
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from .users import User

NAME = "two_doors"  # the database's name if the URI has none


def connect(uri: str) -> tuple["People", dict]:
    """Return the store of people, and the settings for Flask-Session."""
    client = MongoClient(uri)
    db = client.get_default_database(NAME)
    # Flask-Session looks sessions up by this field, but it doesn't create an index for it.
    db.sessions.create_index("id", unique=True)
    settings = {"SESSION_MONGODB": client, "SESSION_MONGODB_DB": db.name}
    return People(db), {"SESSION_TYPE": "mongodb", **settings}


class People:
    """Users, friendships and comments. The class in memory.py has the same methods."""

    def __init__(self, db: Database):
        self.users = db.users  # {_id, first_name, last_name, email, password}
        self.friendships = db.friendships  # {_id: both ids, members: [id, id]}
        self.comments = db.comments  # {_id, author_id, text, created_at}
        self.users.create_index("email", unique=True)
        self.friendships.create_index("members")

    def add(self, **fields: str) -> User | None:
        """Add a user and return them, or return None if the email is taken."""
        document = {"_id": ObjectId(), **fields}
        try:
            self.users.insert_one(document)
        except DuplicateKeyError:
            return None
        return as_user(document)

    def by_id(self, user_id: str) -> User | None:
        return as_user(self.users.find_one({"_id": ObjectId(user_id)}))

    def by_ids(self, user_ids: list[str]) -> list[User]:
        return [as_user(each) for each in self.users.find({"_id": {"$in": as_keys(user_ids)}})]

    def by_email(self, email: str) -> User | None:
        return as_user(self.users.find_one({"email": email}))

    def befriend(self, user_id: str, friend_id: str) -> None:
        """Make two users friends. Change nothing if they already are."""
        members = sorted([user_id, friend_id])
        with contextlib.suppress(DuplicateKeyError):
            self.friendships.insert_one({"_id": ":".join(members), "members": members})

    def friend_ids_of(self, user_id: str) -> list[str]:
        friendships = self.friendships.find({"members": user_id})
        return [one for each in friendships for one in each["members"] if one != user_id]

    def add_comment(self, author_id: str, text: str, created_at: datetime) -> str:
        """Store a comment and return its ID."""
        comment = {"author_id": author_id, "text": text, "created_at": created_at}
        return str(self.comments.insert_one(comment).inserted_id)


def as_keys(user_ids: list[str]) -> list[ObjectId]:
    return [ObjectId(user_id) for user_id in user_ids]


def as_user(document: dict | None) -> User | None:
    if not document:
        return None
    return User(id=str(document.pop("_id")), **document)
