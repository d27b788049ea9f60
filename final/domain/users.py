"""The people: who has an account, and which password opens it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from bson import ObjectId
from pymongo.errors import DuplicateKeyError
from werkzeug.security import check_password_hash, generate_password_hash

from ..settings.quotas import KNOWN_NETWORKS
from . import words
from .ids import object_id

LAST_CHARACTER = "\U0010ffff"  # sorts after all that somebody may have in a name

# Checked where there is no such user, so that the answer takes as long as for one who is there.
NOBODYS_PASSWORD = generate_password_hash("")


@dataclass(frozen=True)
class User:
    """A person with an account; `id` is the `_id` in the database, as text."""

    id: str
    first_name: str
    last_name: str
    email: str

    @property
    def full_name(self) -> str:
        return " ".join(filter(None, [self.first_name, self.last_name]))

    @property
    def initials(self) -> str:
        return words.initials(self.first_name, self.last_name)

    def as_json(self) -> dict:
        return {"id": self.id, "firstName": self.first_name, "lastName": self.last_name}


def call(function: Callable, *args):
    return function(*args)


class Users:
    """The people: {_id, first_name, last_name, names: to be found by, email, password: its hash,
    networks: from which they have logged in, demo: True for people of the demo, is_leaving: True
    while the account is being deleted}.

    Making or checking a hash is meant to take long, 60 ms of a processor. Everybody else waits
    for it in a server with one thread: give `run`, which calls a function with arguments elsewhere.
    """

    def __init__(self, collection, run: Callable = call):
        self.collection = collection
        self.run = run
        collection.create_index("email", unique=True)
        collection.create_index("names")
        collection.create_index("demo", sparse=True)

    def create(
        self, first_name: str, last_name: str, email: str, password: str, of_demo: bool = False
    ) -> User | None:
        """Add a user and return them; None if the email is taken."""
        document = {
            "_id": ObjectId(),
            **naming(first_name, last_name),
            "email": words.email(email),
            "password": self._hash(password),
        }
        if of_demo:
            document["demo"] = True
        try:
            self.collection.insert_one(document)
        except DuplicateKeyError:
            return None
        return as_user(document)

    def find(self, user_id: str | None) -> User | None:
        """Return the user with this id, as a session holds it."""
        return as_user(self.collection.find_one({"_id": object_id(user_id)}))

    def find_many(self, ids: Iterable[str]) -> dict[str, User]:
        """Return the users with these ids, by id; who is gone is left out."""
        wanted = [object_id(user_id) for user_id in ids]
        found = map(as_user, self.collection.find({"_id": {"$in": wanted}}))
        return {user.id: user for user in found}

    def find_by_email(self, email: str) -> User | None:
        return as_user(self.collection.find_one({"email": words.email(email)}))

    def search(self, query: str, limit: int = 20) -> list[User]:
        """Find people by the beginning of a name or of the full name, or by the whole email."""
        name = words.folded(query)
        if not name:
            return []
        # A range and no pattern: an index serves it, and whatever is typed is only text.
        begins = {"$elemMatch": {"$gte": name, "$lt": name + LAST_CHARACTER}}
        either = {"$or": [{"email": words.email(query)}, {"names": begins}]}
        found = map(as_user, self.collection.find(either).limit(limit))
        return sorted(found, key=lambda user: words.folded(user.full_name))

    def authenticate(self, email: str, password: str) -> User | None:
        """Return the user whose email and password these are."""
        document = self.collection.find_one({"email": words.email(email)})
        return as_user(document) if self._opens(document, password) else None

    def password_mark(self, email: str) -> str | None:
        """Return what is another one as soon as this user has a new password, or is gone."""
        document = self.collection.find_one({"email": words.email(email)}, {"password": True})
        return document and document["password"]

    def is_password(self, user_id: str, password: str) -> bool:
        """Say whether this is the user's password."""
        return self._opens(self.collection.find_one({"_id": object_id(user_id)}), password)

    def rename(self, user_id: str, first_name: str, last_name: str) -> None:
        self._set(user_id, naming(first_name, last_name))

    def set_password(self, user_id: str, password: str, mark: str | None = None) -> str | None:
        """Set a new password, and return its mark.

        Return None if the user is gone, or if their password mark isn't `mark` any more: of two
        changes at once, only one is made.
        """
        wanted = {"_id": object_id(user_id)} | ({"password": mark} if mark else {})
        fields = {"password": self._hash(password)}
        found = self.collection.update_one(wanted, {"$set": fields}).matched_count
        return fields["password"] if found else None

    def has_logged_in_from(self, email: str, network: str) -> bool:
        """Return whether this account has logged in from this network before."""
        wanted = {"email": words.email(email), "networks": network}
        return self.collection.find_one(wanted, {"_id": True}) is not None

    def remember_network(self, user_id: str, network: str) -> None:
        """Remember that this user has logged in from a network, beside the last few others."""
        wanted = {"_id": object_id(user_id), "networks": {"$ne": network}}
        last = {"$each": [network], "$slice": -KNOWN_NETWORKS}
        self.collection.update_one(wanted, {"$push": {"networks": last}})

    def all_of_demo(self) -> list[User]:
        """Return the demo people who are there."""
        return [*map(as_user, self.collection.find({"demo": True}))]

    def mark_as_demo(self, user_id: str) -> None:
        self._set(user_id, {"demo": True})

    def leave(self, user_id: str) -> None:
        """Mark this account as being deleted, so that nothing more is stored for it."""
        self._set(user_id, {"is_leaving": True})

    def all_stay(self, *user_ids: str) -> bool:
        """Return whether all these users are here, and none is about to be deleted."""
        staying = {"_id": {"$in": [*map(object_id, user_ids)]}, "is_leaving": {"$ne": True}}
        return self.collection.count_documents(staying) == len(set(user_ids))

    def delete(self, user_id: str) -> None:
        self.collection.delete_one({"_id": object_id(user_id)})

    def _hash(self, password: str) -> str:
        return self.run(generate_password_hash, words.password(password))

    def _opens(self, document: dict | None, password: str) -> bool:
        expected = document["password"] if document else NOBODYS_PASSWORD
        is_right = self.run(check_password_hash, expected, words.password(password))
        return is_right and document is not None

    def _set(self, user_id: str, fields: dict) -> None:
        self.collection.update_one({"_id": object_id(user_id)}, {"$set": fields})


def naming(first_name: str, last_name: str) -> dict:
    """Return the fields that hold a name."""
    names = [words.folded(name) for name in (first_name, last_name, f"{first_name} {last_name}")]
    return {"first_name": first_name, "last_name": last_name, "names": names}


def as_user(document: dict | None) -> User | None:
    if not document:
        return None
    return User(
        id=str(document["_id"]),
        first_name=document["first_name"],
        last_name=document["last_name"],
        email=document["email"],
    )
