"""The session store: keeps sessions in the database, so that they outlive a request."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from pymongo.collection import Collection


class SessionStore(Protocol):
    """A store of sessions. MongoSessionStore is one, and says what each method does.

    A `sid` is the secret ID in a cookie. A `session_id` is its hash, which is safe to store.
    """

    def load(self, sid: str) -> dict | None: ...
    def load_first(self, sids: Sequence[str]) -> tuple[str | None, dict]: ...
    def insert(self, sid: str, document: dict) -> None: ...
    def update(self, sid: str, changed: dict, removed: Iterable[str], fields: dict) -> bool: ...
    def destroy(self, session_ids: list[str]) -> None: ...
    def of_user(self, user_id: str) -> list[dict]: ...
    def end(self, user_id: str, session_id: str) -> bool: ...
    def end_all(self, user_id: str, but: str | None = None) -> list[str]: ...
    def alive(self, session_ids: list[str]) -> set[str]: ...


class MongoSessionStore:
    """The sessions in MongoDB, one document each:

    {_id, data: {…}, created, last_seen, last_modified, renewed, expires, idle: seconds, ends,
    browser: its User-Agent}

    The `_id` is a hash of the ID in the cookie, so a leaked database can't be used to log in.
    """

    def __init__(self, collection: Collection):
        self.collection = collection
        collection.create_index("expires", expireAfterSeconds=0)
        collection.create_index("data._user_id", sparse=True)

    # For a request or a socket, by the ID in its cookie.

    def load(self, sid: str) -> dict | None:
        """Return the document of a session, or None if it has ended."""
        return self.collection.find_one({"_id": hashed(sid), **not_expired()})

    def load_first(self, sids: Sequence[str]) -> tuple[str | None, dict]:
        """Return the first of these IDs that has a session, and its document; else None and {}."""
        if len(sids) < 2:
            documents = [self.load(sid) for sid in sids]
        else:
            found = self.collection.find({"_id": {"$in": [*map(hashed, sids)]}, **not_expired()})
            stored = {document["_id"]: document for document in found}
            documents = [stored.get(hashed(sid)) for sid in sids]
        pairs = zip(sids, documents, strict=True)
        return next(((sid, document) for sid, document in pairs if document), (None, {}))

    def insert(self, sid: str, document: dict) -> None:
        """Store a new session."""
        check_keys(document["data"])
        self.collection.insert_one({"_id": hashed(sid), **document})

    def update(self, sid: str, changed: dict, removed: Iterable[str], fields: dict) -> bool:
        """Write the changed keys of the data, delete the removed ones, and write other `fields`.

        All other keys stay, so two requests at once don't undo each other's changes. Return whether
        the session still exists. This is never an upsert, because that would bring back a session
        that was destroyed meanwhile.
        """
        check_keys(changed)
        operations = {"$set": {f"data.{key}": value for key, value in changed.items()} | fields}
        if removed:
            operations["$unset"] = {f"data.{key}": "" for key in removed}
        return self.collection.update_one({"_id": hashed(sid)}, operations).matched_count == 1

    def destroy(self, session_ids: list[str]) -> None:
        """Delete these sessions."""
        self.collection.delete_many({"_id": {"$in": session_ids}})

    # For a user: the browsers in which they are logged in.

    def of_user(self, user_id: str) -> list[dict]:
        """Return the documents of a user's sessions, last used first."""
        found = self.collection.find({"data._user_id": user_id, **not_expired()})
        return sorted(found, key=lambda document: document["last_seen"], reverse=True)

    def end(self, user_id: str, session_id: str) -> bool:
        """Delete a session of this user. Return False if the user has no such session."""
        result = self.collection.delete_one({"_id": session_id, "data._user_id": user_id})
        return result.deleted_count == 1

    def end_all(self, user_id: str, but: str | None = None) -> list[str]:
        """Delete all sessions of a user, except the session `but`. Return their IDs."""
        conditions = {"data._user_id": user_id, "_id": {"$ne": but}}
        ids = [document["_id"] for document in self.collection.find(conditions, {"_id": 1})]
        self.collection.delete_many(conditions)
        return ids

    def alive(self, session_ids: list[str]) -> set[str]:
        """Return the IDs of those of these sessions that have not ended."""
        found = self.collection.find({"_id": {"$in": session_ids}, **not_expired()}, {"_id": 1})
        return {document["_id"] for document in found}


def not_expired() -> dict:
    """Return a condition, because MongoDB deletes expired sessions up to a minute late."""
    return {"expires": {"$gt": datetime.now(UTC)}}


def check_keys(data: dict) -> None:
    """Raise ValueError if a key of the data can't be the name of a field in MongoDB."""
    if any(not isinstance(key, str) or "." in key or key[:1] in ("", "$") for key in data):
        raise ValueError("a session's keys are names: text without dots and without a $ in front")


def hashed(sid: str) -> str:
    """Return the ID under which a session is stored."""
    return hashlib.sha256(sid.encode()).hexdigest()
