"""Users: their accounts and passwords, and the search for people."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from operator import call

from bson import ObjectId
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError
from werkzeug.security import check_password_hash, generate_password_hash

from ..settings.quotas import KNOWN_NETWORKS
from . import texts
from .ids import object_id, object_ids

LAST_CHARACTER = "\U0010ffff"  # sorts after every character that a name can have

# Checked if there is no such user, so that the answer takes as long as with a user.
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
        return texts.first_visible(self.first_name) + texts.first_visible(self.last_name)

    def as_json(self) -> dict:
        return {"id": self.id, "firstName": self.first_name, "lastName": self.last_name}


class Users:
    """The users in MongoDB, one document each:

    {_id, first_name, last_name, names: [folded names for the search], email, password: its hash,
    networks: [from which the user has logged in], demo: True for the demo people only, is_leaving:
    True while the account is being deleted}

    Password hashes are slow on purpose: each takes 60 ms of a processor. `run` calls a function
    with arguments, and may do so in a thread, so that a server with one thread serves others
    meanwhile.
    """

    def __init__(self, collection: Collection, run: Callable = call):
        self.collection = collection
        self.run = run
        collection.create_index("email", unique=True)
        collection.create_index("names")
        collection.create_index("demo", sparse=True)

    def create(self, first_name: str, last_name: str, email: str, password: str) -> User | None:
        """Add a user and return it, or None if the email is taken."""
        document = {
            "_id": ObjectId(),
            **name_fields(first_name, last_name),
            "email": texts.clean_email(email),
            "password": self._hash(password),
        }
        try:
            self.collection.insert_one(document)
        except DuplicateKeyError:
            return None
        return as_user(document)

    def find(self, user_id: str | None) -> User | None:
        return self._find({"_id": object_id(user_id)})

    def find_many(self, ids: Iterable[str]) -> dict[str, User]:
        """Return the users with these IDs, by ID. IDs without a user are left out."""
        found = self.collection.find({"_id": {"$in": object_ids(ids)}})
        return {user.id: user for user in map(as_user, found)}

    def find_by_email(self, email: str) -> User | None:
        return self._find({"email": texts.clean_email(email)})

    def search(self, query: str, limit: int = 20) -> list[User]:
        """Return users, by name, with a name that begins with the query, or with this email."""
        name = texts.folded(query)
        if not name:
            return []
        # A range can use the index, and unlike a pattern it gives no character a meaning.
        begins = {"$elemMatch": {"$gte": name, "$lt": name + LAST_CHARACTER}}
        either = {"$or": [{"email": texts.clean_email(query)}, {"names": begins}]}
        return by_name(map(as_user, self.collection.find(either).limit(limit)))

    def authenticate(self, email: str, password: str) -> User | None:
        """Return the user with this email and password."""
        document = self.collection.find_one({"email": texts.clean_email(email)})
        is_right = self._matches(document, password)
        return as_user(document) if document and is_right else None

    def password_version(self, email: str) -> str | None:
        """Return a text that changes whenever this user's password does; None without a user."""
        wanted = {"email": texts.clean_email(email)}
        document = self.collection.find_one(wanted, {"password": True})
        return document and document["password"]

    def check_password(self, user_id: str, password: str) -> bool:
        """Return whether this is the user's password."""
        return self._matches(self.collection.find_one({"_id": object_id(user_id)}), password)

    def rename(self, user_id: str, first_name: str, last_name: str) -> None:
        self._set(user_id, name_fields(first_name, last_name))

    def set_password(self, user_id: str, password: str, version: str | None = None) -> str | None:
        """Set a new password, and return its version.

        Return None if the user is gone or if the current password has another version than this
        one. So of two changes at once, only the first is made.
        """
        wanted = {"_id": object_id(user_id)} | ({"password": version} if version else {})
        fields = {"password": self._hash(password)}
        found = self.collection.update_one(wanted, {"$set": fields}).matched_count
        return fields["password"] if found else None

    def has_logged_in_from(self, email: str, network: str) -> bool:
        """Return whether this account has logged in from this network before."""
        wanted = {"email": texts.clean_email(email), "networks": network}
        return self.collection.find_one(wanted, {"_id": True}) is not None

    def remember_network(self, user_id: str, network: str) -> None:
        """Remember that this user has logged in from a network. Keep the last KNOWN_NETWORKS."""
        wanted = {"_id": object_id(user_id), "networks": {"$ne": network}}
        last = {"$each": [network], "$slice": -KNOWN_NETWORKS}
        self.collection.update_one(wanted, {"$push": {"networks": last}})

    def demo_users(self) -> list[User]:
        """Return the users who belong to the demo."""
        return [*map(as_user, self.collection.find({"demo": True}))]

    def mark_as_demo(self, user_id: str) -> None:
        self._set(user_id, {"demo": True})

    def begin_deletion(self, user_id: str) -> None:
        """Mark this account as being deleted, so that nothing more is stored for it."""
        self._set(user_id, {"is_leaving": True})

    def all_active(self, *user_ids: str) -> bool:
        """Return whether all these accounts exist and none is being deleted."""
        active = {"_id": {"$in": object_ids(user_ids)}, "is_leaving": {"$ne": True}}
        return self.collection.count_documents(active) == len(set(user_ids))

    def delete(self, user_id: str) -> None:
        self.collection.delete_one({"_id": object_id(user_id)})

    def _find(self, conditions: dict) -> User | None:
        document = self.collection.find_one(conditions)
        return as_user(document) if document else None

    def _hash(self, password: str) -> str:
        return self.run(generate_password_hash, texts.clean_password(password))

    def _matches(self, document: dict | None, password: str) -> bool:
        expected = document["password"] if document else NOBODYS_PASSWORD
        is_right = self.run(check_password_hash, expected, texts.clean_password(password))
        return is_right and document is not None

    def _set(self, user_id: str, fields: dict) -> None:
        self.collection.update_one({"_id": object_id(user_id)}, {"$set": fields})


def name_fields(first_name: str, last_name: str) -> dict:
    """Return the fields of a user's document that hold the name."""
    names = [texts.folded(name) for name in (first_name, last_name, f"{first_name} {last_name}")]
    return {"first_name": first_name, "last_name": last_name, "names": names}


def by_name(users: Iterable[User]) -> list[User]:
    return sorted(users, key=lambda user: texts.folded(user.full_name))


def as_user(document: dict) -> User:
    return User(
        id=str(document["_id"]),
        first_name=document["first_name"],
        last_name=document["last_name"],
        email=document["email"],
    )
