"""Posts: what people write for their friends, and the replies to it.

feed.py decides who can see, answer or delete a post.
"""

from collections.abc import Iterable

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from ..settings.quotas import DELETED_AT_ONCE, MISSED, PAGE
from .database import now
from .ids import batched, new_id, object_id, object_ids, overlap_before
from .threads import LOWEST_ID, WITHOUT_TO, Post, Threads, as_post, newest, older_than


class Posts(Threads):
    """The posts and replies in MongoDB, one document each:

    {_id, author_id, text, created_at, thread: _id of the first post, None if this is it,
    owner: author of the first post, to: [IDs of the users who are notified],
    once: "author_id key", where the browser sent a key}

    So the notifications are part of the post: see notifications.py.
    """

    def __init__(self, collection: Collection):
        super().__init__(collection)
        collection.create_index([("author_id", 1), ("thread", 1), ("_id", 1)])
        collection.create_index([("author_id", 1), ("_id", 1)])
        collection.create_index("once", unique=True, sparse=True)

    def write(
        self,
        author_id: str,
        text: str,
        thread_id: str | None = None,
        owner_id: str | None = None,
        to: Iterable[str] = (),
        key: str = "",
    ) -> Post | None:
        """Store a post, or a reply in the thread `thread_id` of `owner_id`, and notify `to`.

        Post and notifications are stored together or not at all. Return None if the thread no
        longer exists. If this author has stored something with the same `key` before, return that.

        The caller checks whether the author can see the thread.
        """
        thread = object_id(thread_id)
        if thread_id is not None and not thread:
            return None
        document = {
            "_id": new_id(),
            "author_id": author_id,
            "text": text,
            "created_at": now(),
            "thread": thread,
            "owner": owner_id or author_id,
            "to": sorted(to),
        }
        if key:
            document["once"] = f"{author_id} {key}"
        try:
            self.collection.insert_one(document)
        except DuplicateKeyError:
            first = self.collection.find_one({"once": document["once"]}, WITHOUT_TO)
            return as_post(first) if first else None
        # Look for the thread after the insert. If it is deleted at the same moment, either we see
        # that it is gone, or the deletion finds our reply. A page that has shown the reply already
        # removes it when it next asks for its current state.
        if thread and not self.collection.find_one({"_id": thread, "thread": None}, WITHOUT_TO):
            self.collection.delete_one({"_id": document["_id"]})
            return None
        return as_post(document)

    def find(self, post_id: str | None) -> Post | None:
        """Return the post or reply with this ID."""
        document = self.collection.find_one({"_id": object_id(post_id)}, WITHOUT_TO)
        return as_post(document) if document else None

    def no_longer_visible(self, post_ids: Iterable[str], owners: Iterable[str]) -> list[str]:
        """Return the IDs of posts that were deleted or are in a thread of none of these owners."""
        ids = object_ids(post_ids)
        if not ids:
            return []
        # None: old posts, which have no owner, always count as visible.
        visible = {"_id": {"$in": ids}, "owner": {"$in": [*owners, None]}}
        found = set(self.collection.distinct("_id", visible))
        return [str(each) for each in ids if each not in found]

    def not_shown(
        self,
        shown: Iterable[str],
        threads: Iterable[str],
        owners: Iterable[str],
        author_id: str,
        after: str | None = None,
        since: str | None = None,
        limit: int = MISSED,
    ) -> list[Post]:
        """Return posts that belong on a page and aren't shown there, oldest first.

        These are the replies to `threads`, if `owners` began them. With `after`, the author's own
        posts after that post are included. Of more than `limit` posts, return the newest.

        `shown` has the IDs of the posts on the page, or of the newest part of a long page. So no
        reply is returned that is older than all of them. With `since`, the page has missed nothing
        up to that post, so only the replies after it and of the time just before it are returned.
        """
        shown_ids, last = object_ids(shown), object_id(since)
        oldest = max(min(shown_ids, default=LOWEST_ID), overlap_before(last) if last else LOWEST_ID)
        replies = {"owner": {"$in": list(owners)}, "_id": {"$gt": oldest, "$nin": shown_ids}}
        found = newest(self.collection, replies, "thread", object_ids(threads), limit)
        if after is not None:
            newer = {"$gt": object_id(after) or LOWEST_ID, "$nin": shown_ids}
            own = {"thread": None, "_id": newer}
            found += newest(self.collection, own, "author_id", [author_id], limit)
        return sorted(found, key=lambda post: post.id)[-limit:]

    def feed(
        self, author_ids: Iterable[str], before: str | None = None, limit: int = PAGE
    ) -> list[Post]:
        """Return these authors' posts without replies, newest first; only those before `before`."""
        conditions = older_than(before) | {"thread": None}
        return newest(self.collection, conditions, "author_id", author_ids, limit)

    def written_by(self, author_id: str, before: str | None, limit: int) -> list[Post]:
        """Return an author's posts and replies, newest first; only those before `before`."""
        return newest(self.collection, older_than(before), "author_id", [author_id], limit)

    def delete(self, post_id: str, author_id: str) -> list[str]:
        """Delete this author's post with its replies, or a reply. Return the deleted IDs."""
        own = {"_id": object_id(post_id), "author_id": author_id}
        if not self.collection.delete_one(own).deleted_count:
            return []
        return [post_id, *self._delete_all({"thread": own["_id"]})]

    def forget(self, author_id: str) -> list[str]:
        """Delete an author's posts and replies, and the replies to them. Return the deleted IDs."""
        deleted = self._delete_all({"author_id": author_id})
        for some in batched(tuple(deleted), DELETED_AT_ONCE):
            deleted += self._delete_all({"thread": {"$in": object_ids(some)}})
        return deleted

    def _delete_all(self, conditions: dict) -> list[str]:
        """Delete the posts that meet the conditions, a batch at a time. Return their IDs."""
        deleted: list[str] = []
        while True:
            found = self.collection.find(conditions, {"_id": True}).limit(DELETED_AT_ONCE)
            ids = [each["_id"] for each in found]
            self.collection.delete_many({"_id": {"$in": ids}})
            deleted += map(str, ids)
            if len(ids) < DELETED_AT_ONCE:
                return deleted
