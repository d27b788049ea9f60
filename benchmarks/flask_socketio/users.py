"""The users, with their accounts and passwords."""

import re
import unicodedata
from dataclasses import dataclass, field

from flask_login import UserMixin
from werkzeug.security import check_password_hash, generate_password_hash

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
UNSEEN = {"Cc", "Cf", "Mn", "Zl", "Zp", "Zs"}  # control, format, mark, line, paragraph, space
FILLERS = "\u115f\u1160\u2800\u3164\uffa0"  # letters that are invisible

# Checked if there is no such user, so that the response takes as long as for an existing user.
NOBODYS_PASSWORD = generate_password_hash("")


@dataclass(frozen=True)
class User(UserMixin):
    """A person with an account."""

    id: str
    first_name: str
    last_name: str
    email: str
    password: str = field(repr=False)  # the hash

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    def as_json(self) -> dict:
        return {"id": self.id, "firstName": self.first_name, "lastName": self.last_name}


def is_password(password: str, user: User | None) -> bool:
    """Return whether this is the user's password. Take as long if there is no user."""
    is_right = check_password_hash(user.password if user else NOBODYS_PASSWORD, prepared(password))
    return user is not None and is_right


def is_visible(text: str) -> bool:
    """Return whether a text shows anything: more than spaces, joiners, fillers and marks."""
    return any(unicodedata.category(c) not in UNSEEN and c not in FILLERS for c in text)


def has_control(text: str) -> bool:
    """Return whether a text has line breaks or control characters. Joiners are neither."""
    return any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in text)


def prepared(password: str) -> str:
    """Normalise a password, so that it's the same from every keyboard (RFC 8265)."""
    spaced = (" " if unicodedata.category(c) == "Zs" else c for c in password[:1000])
    return unicodedata.normalize("NFC", "".join(spaced))


def find_problems(first_name: str, last_name: str, email: str, password: str) -> dict[str, str]:
    """Return the problems of a sign-up form by field. The result is empty if the form is valid."""
    found = {}
    for name, value in ("first_name", first_name), ("last_name", last_name):
        if not 1 <= len(value) <= 50:
            found[name] = "A name has 1 to 50 characters."
        elif not is_visible(value):
            found[name] = "There's nothing to see in this name."
        elif has_control(value):
            found[name] = "A name can't have line breaks or control characters."
    if len(email) > 254 or has_control(email) or not EMAIL.fullmatch(email):
        found["email"] = "An email address looks like ada@example.org."
    if not 8 <= len(prepared(password)) <= 200:
        found["password"] = "A password has 8 to 200 characters."
    return found
