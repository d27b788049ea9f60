"""Notifications: who is told of which post, what they have missed, and how far they have read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ..settings.quotas import PAGE, UNREAD
from .ids import look_back_from, object_id
from .newest import newest, older_than


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
        # A post has an entry for each reader. Without them, a page would read all posts of friends
        # that its user isn't told of, such as the replies in a long thread.
        posts.create_index([("to", 1), ("owner", 1), ("_id", 1)])

    def newest(
        self, user_id: str, owners: Iterable[str], before: str | None = None, limit: int = PAGE
    ) -> list[Notification]:
        """Return a user's notifications, newest first, or of those the ones older than `before`."""
        return self._find(user_id, owners, older_than(before), -1, limit)

    def missed(
        self,
        user_id: str,
        owners: Iterable[str],
        after: str | None,
        limit: int = 100,
        seen: Iterable[str] | None = None,
    ) -> list[Notification]:
        """Return what came after this notification, oldest first; `limit` of them at a time.

        Up to `limit` of the minute before it come first, because a document may become visible a
        moment later than one with a higher id. The receiver drops what it has, by id. Or it says
        what it has `seen`, by id: then only the others are returned, at most `limit` together.
        """
        last = object_id(after)
        since = {"$gte": look_back_from(last)} if last else {}
        if seen is not None:
            unseen = {"$nin": [each for each in map(object_id, seen) if each]}
            return self._find(user_id, owners, {"_id": unseen | since}, 1, limit)
        if not last:
            return self._find(user_id, owners, {}, 1, limit)
        late = self._find(user_id, owners, {"_id": since | {"$lte": last}}, -1, limit)[::-1]
        return late + self._find(user_id, owners, {"_id": {"$gt": last}}, 1, limit)

    def unread(self, user_id: str, owners: Iterable[str]) -> int:
        """Return how many notifications a user has not read, counting up to UNREAD."""
        conditions = visible(user_id, owners)
        if mark := object_id(self.read_mark(user_id)):
            conditions["_id"] = {"$gt": mark}
        return self.posts.count_documents(conditions, limit=UNREAD)

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
        for told in self._find(user_id, owners, {"_id": {"$lte": last}}, -1, 1):
            mark = {"$max": {"up_to": object_id(told.id)}}
            self.read_marks.update_one({"_id": user_id}, mark, upsert=True)

    def untell(self, post_id: str, user_ids: Iterable[str]) -> None:
        """Remove these users from those who are notified of a post."""
        told = {"$pullAll": {"to": list(user_ids)}}
        self.posts.update_one({"_id": object_id(post_id)}, told)

    def forget(self, user_id: str, owners: Iterable[str] | None = None) -> None:
        """Delete a user's notifications and read mark; what was written stays for the others.

        With `owners`, delete only the notifications of their threads.
        """
        told = {"to": user_id} if owners is None else visible(user_id, owners)
        self.posts.update_many(told, {"$pull": {"to": user_id}})
        self.read_marks.delete_one({"_id": user_id})

    def _find(
        self, user_id: str, owners: Iterable[str], conditions: dict, direction: int, limit: int
    ) -> list[Notification]:
        conditions = {**conditions, "to": user_id}
        found = newest(self.posts, conditions, "owner", owners, limit, direction)
        return [as_notification(each) for each in found]


def visible(user_id: str, owners: Iterable[str]) -> dict:
    return {"to": user_id, "owner": {"$in": list(owners)}}


def as_notification(document: dict) -> Notification:
    return Notification(
        id=str(document["_id"]),
        by=document["author_id"],
        thread_id=str(document["thread"] or document["_id"]),
        text=document["text"],
        at=document["created_at"],
    )
