"""Comments: what people write, for their friends to read."""

from datetime import UTC, datetime

import users
from db import db
from ids import new_id
from users import User

MAX_LENGTH = 500  # characters
PAGE = 100  # comments in a list


def add(author: User, text: str, to: list[str]) -> dict:
    """Store a comment, and the IDs of the users it is for. Return it as it travels."""
    comment = {
        "_id": new_id(),
        "author_id": author.id,
        "text": text,
        "created_at": datetime.now(UTC),
        "to": to,
    }
    db.comments.insert_one(comment)
    return as_json(comment)


def newest(author_ids: list[str]) -> list[dict]:
    """Return the newest comments of these authors, newest first."""
    found = db.comments.find({"author_id": {"$in": author_ids}}).sort("_id", -1).limit(PAGE)
    return [as_json(comment) for comment in found]


def as_json(comment: dict) -> dict:
    """Return a comment in the form in which it travels."""
    return {
        "id": str(comment["_id"]),
        "author": users.find(comment["author_id"]).as_json(),
        "text": comment["text"],
        "createdAt": comment["created_at"].isoformat(timespec="seconds"),
    }
