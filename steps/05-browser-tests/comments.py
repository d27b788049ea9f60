"""Comments: short texts that people write for their friends."""

from datetime import UTC, datetime

from bson import ObjectId

from db import db
from users import User

MAX_LENGTH = 500  # characters


def add(author: User, text: str) -> dict:
    """Store a comment. Return it as JSON data."""
    comment = {
        "_id": ObjectId(),
        "author_id": author.id,
        "text": text,
        "created_at": datetime.now(UTC),
    }
    db.comments.insert_one(comment)
    return {
        "id": str(comment["_id"]),
        "author": author.as_json(),
        "text": text,
        "createdAt": comment["created_at"].isoformat(timespec="seconds"),
    }
