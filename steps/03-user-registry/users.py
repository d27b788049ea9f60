"""The users: their accounts and passwords."""

import re
import unicodedata
from dataclasses import dataclass

from bson import ObjectId
from flask_login import UserMixin
from pymongo.errors import DuplicateKeyError
from werkzeug.security import check_password_hash, generate_password_hash

import config
from db import db

db.users.create_index("email", unique=True)

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
UNSEEN = {"Cc", "Cf", "Mn", "Zl", "Zp", "Zs"}  # control, format, mark, line, paragraph, space
FILLERS = "\u115f\u1160\u2800\u3164\uffa0"  # letters that look like nothing

# Checked if there is no such user, so that the answer takes as long as with a user.
NOBODYS_PASSWORD = generate_password_hash("", config.PASSWORD_METHOD)


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


def is_visible(text: str) -> bool:
    """Return whether a text has anything to see: more than spaces and joiners."""
    return any(unicodedata.category(c) not in UNSEEN and c not in FILLERS for c in text)


def has_control(text: str) -> bool:
    """Return whether a text has line breaks or control characters. Joiners are neither."""
    return any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in text)


def prepared(password: str) -> str:
    """Return a password in the form that we compare, so that any keyboard can type it. RFC 8265."""
    spaced = (" " if unicodedata.category(c) == "Zs" else c for c in password[:1000])
    return unicodedata.normalize("NFC", "".join(spaced))


def find_problems(first_name: str, last_name: str, email: str, password: str) -> dict[str, str]:
    """Return the problems with the fields of a sign-up, by field name. Empty if there are none."""
    found = {}
    for field, name in ("first_name", first_name), ("last_name", last_name):
        if not 1 <= len(name) <= 50:
            found[field] = "A name has 1 to 50 characters."
        elif not is_visible(name):
            found[field] = "There's nothing to see in this name."
        elif has_control(name):
            found[field] = "A name can't have line breaks or control characters."
    if len(email) > 254 or has_control(email) or not EMAIL.fullmatch(email):
        found["email"] = "An email address looks like ada@example.org."
    if not 8 <= len(prepared(password)) <= 200:
        found["password"] = "A password has 8 to 200 characters."
    return found


def create(first_name: str, last_name: str, email: str, password: str) -> User | None:
    """Add a user and return it, or None if the email is taken."""
    document = {
        "_id": ObjectId(),
        "first_name": first_name,
        "last_name": last_name,
        "email": email.lower(),
        "password": generate_password_hash(prepared(password), config.PASSWORD_METHOD),
    }
    try:
        db.users.insert_one(document)
    except DuplicateKeyError:
        return None
    return as_user(document)


def find(user_id: str | None) -> User | None:
    """Return the user with this ID, or None."""
    return as_user(user_id and db.users.find_one({"_id": ObjectId(user_id)}))


def authenticate(email: str, password: str) -> User | None:
    """Return the user with this email and password."""
    document = db.users.find_one({"email": email.lower()})
    expected = document["password"] if document else NOBODYS_PASSWORD
    return as_user(document) if check_password_hash(expected, prepared(password)) else None


def as_user(document: dict | None) -> User | None:
    if not document:
        return None
    return User(
        id=str(document["_id"]),
        first_name=document["first_name"],
        last_name=document["last_name"],
        email=document["email"],
    )
