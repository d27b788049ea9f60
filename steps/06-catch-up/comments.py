"""Comments: short texts that people write for their friends."""

import threading
from datetime import UTC, datetime

import users
from db import db
from ids import new_id

MAX_LENGTH = 500  # characters
PAGE = 100  # comments that one query returns, at most
NEWEST_FIRST, OLDEST_FIRST = -1, 1

storing = threading.Lock()


def add(author: users.User, text: str, to: list[str]) -> dict:
    """Store a comment with the IDs of its recipients. Return it as JSON data."""
    comment = {
        "author_id": author.id,
        "text": text,
        "created_at": datetime.now(UTC),
        "to": to,
    }
    # Only one thread at a time, because a page that has seen an ID never asks for lower ones.
    with storing:
        comment["_id"] = new_id()
        db.comments.insert_one(comment)
    return as_json(comment)


def by(author_ids: list[str]) -> list[dict]:
    """Return the newest comments of these authors, newest first."""
    return find({"author_id": {"$in": author_ids}}, NEWEST_FIRST)


def find(query: dict, order: int) -> list[dict]:
    """Return the first PAGE comments that match, as JSON data."""
    return [as_json(each) for each in db.comments.find(query).sort("_id", order).limit(PAGE)]


def as_json(comment: dict) -> dict:
    return {
        "id": str(comment["_id"]),
        "author": users.find(comment["author_id"]).as_json(),
        "text": comment["text"],
        "createdAt": comment["created_at"].isoformat(timespec="seconds"),
    }
