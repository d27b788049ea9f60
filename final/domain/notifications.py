"""Notifications: the posts that a user is notified of, and how far the user has read them.

feed.py decides who is notified of a post.
"""

from collections.abc import Iterable

from pymongo.collection import Collection

from ..settings.quotas import PAGE, UNREAD
from .ids import object_id, object_ids, overlap_before
from .threads import Post, newest, older_than


class Notifications:
    """The notifications in MongoDB, in the field `to` of each post.

    It has the users who are notified of the post, so notifications are stored and deleted with it.

    The collection `read_marks` has {_id: user ID, up_to: _id of the newest post that was read}

    `owners` are the user and the user's friends at this moment. Only posts in their threads are
    returned, so a former friend's posts are left out, also older ones.
    """

    def __init__(self, posts: Collection, read_marks: Collection):
        self.posts = posts
        self.read_marks = read_marks
        # A post has an entry for each user in `to`. With another index, a page would read all posts
        # of friends, for example every reply in a long thread of which the user isn't notified.
        posts.create_index([("to", 1), ("owner", 1), ("_id", 1)])

    def newest(
        self, user_id: str, owners: Iterable[str], before: str | None = None, limit: int = PAGE
    ) -> list[Post]:
        """Return posts that the user is notified of, newest first; only those before `before`."""
        return self._find(user_id, owners, older_than(before), -1, limit)

    def missed(
        self,
        user_id: str,
        owners: Iterable[str],
        after: str | None,
        limit: int = 100,
        seen: Iterable[str] | None = None,
    ) -> list[Post]:
        """Return the posts that the user is notified of after the post `after`, oldest first.

        They are at most `limit`. Before them come at most `limit` of the minute up to `after`,
        because a post may become visible a moment later than one with a higher ID. The client
        drops those that it has. If it sends the IDs that it has `seen`, these are left out, and at
        most `limit` are returned in all.
        """
        last = object_id(after)
        since = {"$gte": overlap_before(last)} if last else {}
        if seen is not None:
            unseen = {"$nin": object_ids(seen)}
            return self._find(user_id, owners, {"_id": unseen | since}, 1, limit)
        if not last:
            return self._find(user_id, owners, {}, 1, limit)
        late = self._find(user_id, owners, {"_id": since | {"$lte": last}}, -1, limit)[::-1]
        return late + self._find(user_id, owners, {"_id": {"$gt": last}}, 1, limit)

    def unread(self, user_id: str, owners: Iterable[str]) -> int:
        """Return the number of notifications that a user has not read, counting up to UNREAD."""
        conditions: dict = {"to": user_id, "owner": {"$in": list(owners)}}
        if mark := object_id(self.read_mark(user_id)):
            conditions["_id"] = {"$gt": mark}
        return self.posts.count_documents(conditions, limit=UNREAD)

    def read_mark(self, user_id: str) -> str:
        """Return the ID of the newest notification that the user has read, or an empty text."""
        mark = self.read_marks.find_one({"_id": user_id})
        return str(mark["up_to"]) if mark else ""

    def mark_read(self, user_id: str, owners: Iterable[str], up_to: str) -> None:
        """Mark this notification and all earlier ones as read. Never move the mark back."""
        last = object_id(up_to)
        if not last:
            return
        # Mark one that exists. An invented ID could be higher than the next notification's.
        for found in self._find(user_id, owners, {"_id": {"$lte": last}}, -1, 1):
            mark = {"$max": {"up_to": object_id(found.id)}}
            self.read_marks.update_one({"_id": user_id}, mark, upsert=True)

    def withdraw(self, post_id: str, user_ids: Iterable[str]) -> None:
        """Delete these users' notifications of a post."""
        withdrawn = {"$pullAll": {"to": list(user_ids)}}
        self.posts.update_one({"_id": object_id(post_id)}, withdrawn)

    def forget(self, user_id: str) -> None:
        """Delete a user's notifications and read mark. The posts stay."""
        self.posts.update_many({"to": user_id}, {"$pull": {"to": user_id}})
        self.read_marks.delete_one({"_id": user_id})

    def _find(
        self, user_id: str, owners: Iterable[str], conditions: dict, direction: int, limit: int
    ) -> list[Post]:
        return newest(self.posts, {**conditions, "to": user_id}, "owner", owners, limit, direction)
