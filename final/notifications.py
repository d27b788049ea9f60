"""Notifications: who is told of which post, what they have missed, and how far they have read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId

from .ids import object_id
from .posts import ALL_BUT_TO

LOOK_BACK = 60  # seconds


@dataclass(frozen=True)
class Notification:
    """Word of a post or reply, whose id it has, `by` whom, and of the post at the thread's top."""

    id: str
    by: str
    thread_id: str
    text: str
    at: datetime


class Notifications:
    """One notification per post or reply, whatever the number of people who are told.

    It is the post's own document: told with what is written, and gone with it. In `read_marks`:
    {_id: user id; up_to: the newest notification that the user has read}

    What somebody may see is asked again whenever it is read: `owners` are those whose threads
    this user may see now, which is the user and their friends. So somebody who was unfriended
    is told nothing more, also not of the time before.
    """

    def __init__(self, posts, read_marks):
        self.posts = posts
        self.read_marks = read_marks
        # By whose thread it is, which is one. By who is told, a post would have as many entries in
        # the index as it has readers.
        posts.create_index([("owner", 1), ("_id", 1)])

    def newest(
        self, user_id: str, owners: Iterable[str], before: str | None = None, limit: int = 20
    ) -> list[Notification]:
        """Return a user's notifications, newest first, or of those the ones older than `before`."""
        conditions = visible(user_id, owners)
        if oldest := object_id(before):
            conditions["_id"] = {"$lt": oldest}
        return self._find(conditions, -1, limit)

    def missed(
        self, user_id: str, owners: Iterable[str], after: str | None, limit: int = 100
    ) -> list[Notification]:
        """Return what came after this notification, oldest first; `limit` of them at a time.

        Up to `limit` of the minute before it come first, because a document may become visible a
        moment later than one with a higher id. The receiver drops what it has, by id.
        """
        conditions = visible(user_id, owners)
        last = object_id(after)
        if not last:
            return self._find(conditions, 1, limit)
        late = {**conditions, "_id": {"$gte": look_back_from(last), "$lte": last}}
        new = {**conditions, "_id": {"$gt": last}}
        return self._find(late, -1, limit)[::-1] + self._find(new, 1, limit)

    def unread(self, user_id: str, owners: Iterable[str]) -> int:
        """Return how many a user has not read."""
        conditions = visible(user_id, owners)
        if mark := object_id(self.read_mark(user_id)):
            conditions["_id"] = {"$gt": mark}
        return self.posts.count_documents(conditions)

    def read_mark(self, user_id: str) -> str:
        """Return the id of the newest that a user has read; before the first one, an empty text."""
        mark = self.read_marks.find_one({"_id": user_id})
        return str(mark["up_to"]) if mark else ""

    def mark_read(self, user_id: str, owners: Iterable[str], up_to: str) -> None:
        """Note that a user has read this notification and all before; what is read stays read."""
        last = object_id(up_to)
        if not last:
            return
        # Mark one that is there: an invented id does not hide what is yet to come.
        told = {**visible(user_id, owners), "_id": {"$lte": last}}
        if newest := self.posts.find_one(told, {"_id": True}, sort=[("_id", -1)]):
            mark = {"$max": {"up_to": newest["_id"]}}
            self.read_marks.update_one({"_id": user_id}, mark, upsert=True)

    def forget(self, user_id: str, owners: Iterable[str]) -> None:
        """Tell this user nothing more; others keep what was written, and what they were told."""
        self.posts.update_many(visible(user_id, owners), {"$pull": {"to": user_id}})
        self.read_marks.delete_one({"_id": user_id})

    def _find(self, conditions: dict, direction: int, limit: int) -> list[Notification]:
        found = self.posts.find(conditions, ALL_BUT_TO).sort("_id", direction).limit(limit)
        return [as_notification(each) for each in found]


def visible(user_id: str, owners: Iterable[str]) -> dict:
    return {"to": user_id, "owner": {"$in": list(owners)}}


def look_back_from(notification_id: ObjectId) -> ObjectId:
    """Return the lowest id of a minute before; an id begins with its second, in four bytes."""
    second = max(0, int.from_bytes(notification_id.binary[:4]) - LOOK_BACK)
    return ObjectId(second.to_bytes(4) + bytes(8))


def as_notification(document: dict) -> Notification:
    return Notification(
        id=str(document["_id"]),
        by=document["author_id"],
        thread_id=str(document["thread"] or document["_id"]),
        text=document["text"],
        at=document["created_at"],
    )
