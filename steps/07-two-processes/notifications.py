"""Notifications: comments for a user, and how far the user has read them.

A comment's field `to` contains the IDs of its recipients. The collection `read_marks` has
{_id: user ID, up_to: ID of the newest comment that the user has read}.
"""

from bson import ObjectId

import friends
from comments import NEWEST_FIRST, OLDEST_FIRST, find
from db import db
from ids import overlap_before

db.comments.create_index([("to", 1), ("_id", 1)])


def newest(user_id: str) -> list[dict]:
    """Return a user's newest notifications, newest first."""
    return find(query_for(user_id), NEWEST_FIRST)


def missed(user_id: str, after: ObjectId | None) -> list[dict]:
    """Return notifications from the minute before this ID, then a portion of the newer ones.

    Both are oldest first. Two processes store comments at the same time, so a comment can be stored
    a moment later than one with a higher ID.
    """
    late = []
    if after:
        of_the_minute = {"_id": {"$gte": overlap_before(after), "$lte": after}}
        late = find(query_for(user_id) | of_the_minute, NEWEST_FIRST)[::-1]
    return late + find(query_for(user_id, after), OLDEST_FIRST)


def unread(user_id: str) -> int:
    mark = db.read_marks.find_one({"_id": user_id}) or {"up_to": None}
    return db.comments.count_documents(query_for(user_id, after=mark["up_to"]))


def mark_read(user_id: str, up_to: ObjectId) -> None:
    """Mark the notifications up to this ID as read. Never move the mark back."""
    # Mark one that exists, because an invented ID could be higher than the next notification's.
    query = query_for(user_id) | {"_id": {"$lte": up_to}}
    if last := db.comments.find_one(query, sort=[("_id", NEWEST_FIRST)]):
        db.read_marks.update_one({"_id": user_id}, {"$max": {"up_to": last["_id"]}}, upsert=True)


def query_for(user_id: str, after: ObjectId | None = None) -> dict:
    """Return the query for a user's notifications, without comments of former friends."""
    query = {"to": user_id, "author_id": {"$in": friends.of(user_id)}}
    return query | ({"_id": {"$gt": after}} if after else {})
