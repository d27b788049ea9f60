"""The session store: keeps sessions in the database, so that they outlive a request."""

import hashlib
from datetime import UTC, datetime, timedelta


class MongoSessionStore:
    """Keeps sessions in a MongoDB collection: {_id, data: {…}, last_modified, expires}.

    The `_id` is a hash of the ID in the cookie, so a leaked database can't be used to log in.
    """

    def __init__(self, collection, max_age: int):
        self.collection = collection
        self.max_age = timedelta(seconds=max_age)
        collection.create_index("expires", expireAfterSeconds=0)

    def load(self, sid: str) -> dict | None:
        """Return the document of a session, or None if it has ended."""
        return self.collection.find_one({"_id": hashed(sid), "expires": {"$gt": datetime.now(UTC)}})

    def save(self, session, is_new: bool) -> bool:
        """Write the session. Return False if it no longer exists."""
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
        """Store only the new expiry time. Return False if the session no longer exists."""
        return self._update(session, {"expires": session.expires})

    def destroy(self, session) -> None:
        self.collection.delete_one({"_id": hashed(session.sid)})

    def _update(self, session, fields: dict) -> bool:
        # Don't upsert: that would bring back a session that was destroyed in the meantime.
        result = self.collection.update_one({"_id": hashed(session.sid)}, {"$set": fields})
        return result.matched_count == 1


def hashed(sid: str) -> str:
    return hashlib.sha256(sid.encode()).hexdigest()
