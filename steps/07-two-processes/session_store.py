"""The store: where sessions are kept, so that they outlive a request and a restart."""

import hashlib
from datetime import UTC, datetime, timedelta


class MongoSessionStore:
    """Keeps sessions in a MongoDB collection: {_id, data: {…}, last_modified, expires}.

    The `_id` is a hash of the session's id: who reads the database cannot become its users.
    """

    def __init__(self, collection, max_age: int):
        self.collection = collection
        self.max_age = timedelta(seconds=max_age)
        collection.create_index("expires", expireAfterSeconds=0)

    def load(self, sid: str) -> dict | None:
        """Return what is stored for this id, if it has not expired."""
        return self.collection.find_one({"_id": hashed(sid), "expires": {"$gt": datetime.now(UTC)}})

    def save(self, session, is_new: bool) -> bool:
        """Write the session; say whether it is stored."""
        fields = {
            "data": dict(session),
            "last_modified": session.last_modified,
            "expires": session.expires,
        }
        if is_new:
            self.collection.insert_one({"_id": hashed(session.sid), **fields})
            return True
        return self._update(session, fields)

    def touch(self, session) -> bool:
        """Write only when the session expires; say whether it is stored."""
        return self._update(session, {"expires": session.expires})

    def destroy(self, session) -> None:
        self.collection.delete_one({"_id": hashed(session.sid)})

    def _update(self, session, fields: dict) -> bool:
        # Never an upsert: a session that was destroyed in the meantime must not come back.
        result = self.collection.update_one({"_id": hashed(session.sid)}, {"$set": fields})
        return result.matched_count == 1


def hashed(sid: str) -> str:
    return hashlib.sha256(sid.encode()).hexdigest()
