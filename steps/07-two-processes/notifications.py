"""Notifications: the comments that a user is told of, and how far the user has read them.

The field `to` of a comment has the IDs of the users it is for. The collection `read_marks` has
{_id: user ID, up_to: ID of the newest comment that the user has read}.
"""

from bson import ObjectId

import friends
from comments import PAGE, as_json
from db import db
from ids import overlap_before

db.comments.create_index([("to", 1), ("_id", 1)])


def newest(user_id: str) -> list[dict]:
    """Return a user's newest notifications, newest first."""
    found = db.comments.find(told(user_id)).sort("_id", -1).limit(PAGE)
    return [as_json(comment) for comment in found]


def missed(user_id: str, after: ObjectId | None) -> list[dict]:
    """Return a portion of the notifications after the one with this ID, oldest first.

    Before them come those of the minute up to it, because two processes store at the same time: one
    comment may become visible after another with a higher ID.
    """
    late = []
    if after:
        query = told(user_id) | {"_id": {"$gte": overlap_before(after), "$lte": after}}
        late = list(db.comments.find(query).sort("_id", -1).limit(PAGE))
    found = db.comments.find(told(user_id, after)).sort("_id", 1).limit(PAGE)
    return [as_json(comment) for comment in [*reversed(late), *found]]


def unread(user_id: str) -> int:
    mark = db.read_marks.find_one({"_id": user_id})
    return db.comments.count_documents(told(user_id, mark and mark["up_to"]))


def mark_read(user_id: str, up_to: ObjectId) -> None:
    """Mark the notifications up to this ID as read."""
    # Mark one that exists. An invented ID could be higher than that of the next notification.
    query = told(user_id) | {"_id": {"$lte": up_to}}
    if last := db.comments.find_one(query, sort=[("_id", -1)]):
        mark = {"$max": {"up_to": last["_id"]}}  # never back: another tab may have read further
        db.read_marks.update_one({"_id": user_id}, mark, upsert=True)


def told(user_id: str, after: ObjectId | None = None) -> dict:
    """Return the query for what a user is told, without the comments of former friends."""
    query = {"to": user_id, "author_id": {"$in": friends.of(user_id)}}
    return query | ({"_id": {"$gt": after}} if after else {})
