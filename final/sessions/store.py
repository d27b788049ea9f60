"""The store: where sessions are kept, so that they outlive a request and a restart."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

KEY_CHARACTERS = "a session's keys are names: text without dots, which does not begin with a $"


class MongoSessionStore:
    """Keeps sessions in a MongoDB collection. A document is

    {_id, data: {…}, created, last_seen, last_modified, renewed, expires, idle, ends, browser}

    The `_id` is a hash of the id in the cookie: who reads the database cannot become its users.
    """

    def __init__(self, collection):
        self.collection = collection
        collection.create_index("expires", expireAfterSeconds=0)
        collection.create_index("data._user_id", sparse=True)

    # By the id in the cookie: what a request or a socket does with its own session.

    def load(self, sid: str) -> dict | None:
        """Return what is stored for this id, if it has not expired."""
        return self.collection.find_one({"_id": hashed(sid), **not_expired()})

    def load_first(self, sids: Sequence[str]) -> tuple[str | None, dict]:
        """Return the first of these ids that has a stored session, and its document.

        Return (None, {}) if there is none. This takes one query, or none.
        """
        if len(sids) < 2:
            documents = [self.load(sid) for sid in sids]
        else:
            found = self.collection.find({"_id": {"$in": [*map(hashed, sids)]}, **not_expired()})
            stored = {document["_id"]: document for document in found}
            documents = [stored.get(hashed(sid)) for sid in sids]
        both = zip(sids, documents, strict=True)
        return next(((sid, document) for sid, document in both if document), (None, {}))

    def insert(self, sid: str, document: dict) -> None:
        """Store a new session."""
        check_keys(document["data"])
        self.collection.insert_one({"_id": hashed(sid), **document})

    def update(self, sid: str, changed: dict, removed: Iterable[str], fields: dict) -> bool:
        """Write only the keys of the data that were changed or removed, and the other `fields`.

        So of two requests at once, which change different keys, neither undoes the other. Say
        whether the session is stored: this is never an upsert, or a session that was destroyed in
        the meantime would come back.
        """
        check_keys(changed)
        operations = {"$set": {f"data.{key}": value for key, value in changed.items()} | fields}
        if removed:
            operations["$unset"] = {f"data.{key}": "" for key in removed}
        result = self.collection.update_one({"_id": hashed(sid)}, operations)
        return result.matched_count == 1

    def destroy(self, session_ids: list[str]) -> None:
        self.collection.delete_many({"_id": {"$in": session_ids}})

    # By user: where somebody is logged in.

    def of_user(self, user_id: str) -> list[dict]:
        """Return the sessions of a user, the last used first."""
        found = self.collection.find({"data._user_id": user_id, **not_expired()})
        return sorted(found, key=lambda document: document["last_seen"], reverse=True)

    def end(self, user_id: str, session_id: str) -> bool:
        """End a session of this user by its `_id`; say whether there was such a one."""
        result = self.collection.delete_one({"_id": session_id, "data._user_id": user_id})
        return result.deleted_count == 1

    def end_all(self, user_id: str, but: str | None = None) -> list[str]:
        """End all sessions of a user, `but` one; return the ids of those that have ended."""
        mine = {"data._user_id": user_id, "_id": {"$ne": but}}
        ids = [document["_id"] for document in self.collection.find(mine, {"_id": 1})]
        self.collection.delete_many(mine)
        return ids

    def alive(self, session_ids: list[str]) -> set[str]:
        """Return those of these sessions that have not ended."""
        found = self.collection.find({"_id": {"$in": session_ids}, **not_expired()}, {"_id": 1})
        return {document["_id"] for document in found}


def not_expired() -> dict:
    """The database deletes what has expired, but up to a minute late."""
    return {"expires": {"$gt": datetime.now(UTC)}}


def check_keys(data: dict) -> None:
    if any(not isinstance(key, str) or "." in key or key[:1] in ("", "$") for key in data):
        raise ValueError(KEY_CHARACTERS)


def hashed(sid: str) -> str:
    return hashlib.sha256(sid.encode()).hexdigest()
