"""The people: who has an account, and which password opens it."""

import re
from dataclasses import dataclass

from bson import ObjectId
from flask_login import UserMixin
from pymongo.errors import DuplicateKeyError
from werkzeug.security import check_password_hash, generate_password_hash

from db import db

db.users.create_index("email", unique=True)

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")

# Checked where there is no such user, so that the answer takes as long as for one who is there.
NOBODYS_PASSWORD = generate_password_hash("")


@dataclass(frozen=True)
class User(UserMixin):
    """A person with an account; `id` is the `_id` in the database, as text."""

    id: str
    first_name: str
    last_name: str
    email: str

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"


def find_problems(first_name: str, last_name: str, email: str, password: str) -> dict[str, str]:
    """Say what is wrong with these, by field. Nothing, if somebody can sign up with them."""
    found = {}
    for field, name in ("first_name", first_name), ("last_name", last_name):
        if not 1 <= len(name) <= 50 or not name.isprintable():
            found[field] = "A name has 1 to 50 characters."
    if len(email) > 254 or not email.isprintable() or not EMAIL.fullmatch(email):
        found["email"] = "An email address looks like ada@example.org."
    if not 8 <= len(password) <= 200:
        found["password"] = "A password has 8 to 200 characters."
    return found


def create(first_name: str, last_name: str, email: str, password: str) -> User | None:
    """Add a user and return them; None if the email is taken."""
    document = {
        "_id": ObjectId(),
        "first_name": first_name,
        "last_name": last_name,
        "email": email.lower(),
        "password": generate_password_hash(password),
    }
    try:
        db.users.insert_one(document)
    except DuplicateKeyError:
        return None
    return as_user(document)


def find(user_id: str | None) -> User | None:
    """Return the user with this id, as a session holds it."""
    return as_user(user_id and db.users.find_one({"_id": ObjectId(user_id)}))


def authenticate(email: str, password: str) -> User | None:
    """Return the user whose email and password these are."""
    document = db.users.find_one({"email": email.lower()})
    expected = document["password"] if document else NOBODYS_PASSWORD
    return as_user(document) if check_password_hash(expected, password) else None


def as_user(document: dict | None) -> User | None:
    if not document:
        return None
    return User(
        id=str(document["_id"]),
        first_name=document["first_name"],
        last_name=document["last_name"],
        email=document["email"],
    )
