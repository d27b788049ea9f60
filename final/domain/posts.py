"""Posts and the replies to them: what people write, for their friends to read."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from ..settings.quotas import DELETED_AT_ONCE, FEED_REPLIES, MISSED, PAGE
from .ids import look_back_from, new_id, object_id, portions
from .newest import ALL_BUT_TO, newest, older_than

NO_POST = ObjectId(bytes(12))  # comes before every id


@dataclass(frozen=True)
class Post:
    """A post; or a reply, whose `thread_id` is the id of the post it belongs to.

    `owner_id` is who began the thread. Old posts don't have it.
    """

    id: str
    author_id: str
    text: str
    created_at: datetime
    thread_id: str | None
    owner_id: str | None = field(default=None, compare=False)


class Posts:
    """The posts and replies, each in one document with who is told of it.

    {_id; author_id; text; created_at; thread: its post's _id or None; owner: who began the thread;
    to: [user ids]; once, perhaps: who sent it, and under which key}. What is told is for
    Notifications to find.
    """

    def __init__(self, collection):
        self.collection = collection
        collection.create_index([("author_id", 1), ("thread", 1), ("_id", 1)])
        collection.create_index([("author_id", 1), ("_id", 1)])
        collection.create_index([("thread", 1), ("_id", 1)])
        replies = {"thread": {"$gt": NO_POST}}  # alone: the feed has better indexes for posts
        participants = [("thread", 1), ("author_id", 1)]
        collection.create_index(participants, partialFilterExpression=replies)
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
        """Store a post, or a reply to the post `thread_id` of `owner_id`; `to` are who is told.

        Both are one insert: whatever ends the process, neither is stored without the other. None,
        if that post is not there (any more). Whether the author may see it the caller has to know.

        What this author has stored with the same `key` already is returned, and not stored again.
        """
        thread = object_id(thread_id)
        if thread_id is not None and not thread:
            return None
        document = {
            "_id": new_id(),
            "author_id": author_id,
            "text": text,
            "created_at": to_the_millisecond(datetime.now(UTC)),
            "thread": thread,
            "owner": owner_id or author_id,
            "to": sorted(to),
        }
        if key:
            document["once"] = f"{author_id} {key}"
        try:
            self.collection.insert_one(document)
        except DuplicateKeyError:
            first = self.collection.find_one({"once": document["once"]}, ALL_BUT_TO)
            return as_post(first) if first else None
        # Looked for only now: when the post is deleted meanwhile, either we see that it is gone, or
        # whoever deletes it sees our reply. Who has caught up on that before we take it back, shows
        # it until their page next asks what is gone.
        if thread and not self.collection.find_one({"_id": thread, "thread": None}, ALL_BUT_TO):
            self.collection.delete_one({"_id": document["_id"]})
            return None
        return as_post(document)

    def find(self, post_id: str | None) -> Post | None:
        """Return the post or the reply with this id."""
        document = self.collection.find_one({"_id": object_id(post_id)}, ALL_BUT_TO)
        return as_post(document) if document else None

    def gone(self, post_ids: Iterable[str], owners: Iterable[str]) -> list[str]:
        """Return the ids of posts that were deleted or are in a thread of none of these owners."""
        ids = [each for each in map(object_id, post_ids) if each]
        if not ids:
            return []
        # None: posts from before posts had an owner are never gone.
        there = {"_id": {"$in": ids}, "owner": {"$in": [*owners, None]}}
        found = set(self.collection.distinct("_id", there))
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

        `shown` has the ids of the posts on the page, or of the newest part of a long page. So no
        reply is returned that is older than all of them. If the page has missed nothing up to the
        post `since`, replies more than a minute older are left out. A reply may become visible a
        moment later than one with a higher id.
        """
        shown = [each for each in map(object_id, shown) if each]
        threads = [each for each in map(object_id, threads) if each]
        last = object_id(since)
        oldest = max(min(shown, default=NO_POST), look_back_from(last) if last else NO_POST)
        replies = {"owner": {"$in": list(owners)}, "_id": {"$gt": oldest, "$nin": shown}}
        found = newest(self.collection, replies, "thread", threads, limit)
        if after is not None:
            newer = {"$gt": object_id(after) or NO_POST, "$nin": shown}
            own = {"thread": None, "_id": newer}
            found += newest(self.collection, own, "author_id", [author_id], limit)
        return sorted(map(as_post, found), key=lambda post: post.id)[-limit:]

    def feed(
        self, author_ids: Iterable[str], before: str | None = None, limit: int = PAGE
    ) -> list[Post]:
        """Return what these people have posted, without replies, newest first.

        `before` is the id of a post: what is older follows.
        """
        conditions = older_than(before) | {"thread": None}
        found = newest(self.collection, conditions, "author_id", author_ids, limit)
        return [as_post(each) for each in found]

    def written_by(self, author_id: str, before: str | None, limit: int) -> list[Post]:
        """Return what an author has written, newest first, or what is older than `before`."""
        return self._newest({"author_id": author_id}, before, limit)

    def replies(self, post_ids: Iterable[str], limit: int = FEED_REPLIES) -> dict[str, list[Post]]:
        """Return the newest replies to each of these posts, at most `limit` of each, oldest first.

        This is one query. If long threads fill it, others may have been crowded out. These are
        asked for again, fewer at a time.
        """
        replies = {post_id: [] for post_id in post_ids}
        threads = [thread for thread in map(object_id, replies) if thread]  # None has all posts
        at_once = len(threads)
        while threads:
            asked, threads = threads[:at_once], threads[at_once:]
            most = limit * len(asked)
            found = self._newest({"thread": {"$in": asked}}, None, most)
            replies |= {str(thread): [] for thread in asked}
            for each in found:
                replies[each.thread_id].append(each)
            crowded_out = [each for each in asked if len(replies[str(each)]) < limit]
            if len(found) == most and crowded_out:
                threads += crowded_out
                at_once = max(1, at_once // 4)
        return {post_id: found[:limit][::-1] for post_id, found in replies.items()}

    def replies_before(self, post_id: str, before: str | None, limit: int) -> list[Post]:
        """Return the newest replies to a post, or the newest older than `before`, oldest first."""
        thread = object_id(post_id)
        return self._newest({"thread": thread}, before, limit)[::-1] if thread else []

    def ids_from(self, post_id: str, reply_id: str, limit: int) -> list[str]:
        """Return the ids of the replies to a post from this reply on, oldest first."""
        conditions = {"thread": object_id(post_id), "_id": {"$gte": object_id(reply_id)}}
        found = self.collection.find(conditions, {"_id": True}).sort("_id", 1).limit(limit)
        return [str(each["_id"]) for each in found]

    def participants(self, post_id: str) -> set[str]:
        """Return the ids of those who have replied to a post."""
        thread = object_id(post_id)
        return set(self.collection.distinct("author_id", {"thread": thread})) if thread else set()

    def replied_to(self, author_id: str) -> set[str]:
        """Return the ids of those to whose posts this author has replied."""
        replies = {"author_id": author_id, "thread": {"$gt": NO_POST}}
        threads = self.collection.distinct("thread", replies)
        return {
            owner_id
            for some in portions(threads, DELETED_AT_ONCE)
            for owner_id in self.collection.distinct("author_id", {"_id": {"$in": some}})
        }

    def delete(self, post_id: str, author_id: str) -> list[str]:
        """Delete what this author has written, a post with its replies; return the ids gone."""
        own = {"_id": object_id(post_id), "author_id": author_id}
        if not self.collection.delete_one(own).deleted_count:
            return []
        return [str(own["_id"]), *self._delete_all({"thread": own["_id"]})]

    def forget(self, author_id: str) -> list[str]:
        """Delete all of this author, and the replies of others to it; return the ids gone."""
        gone = self._delete_all({"author_id": author_id})
        for some in portions(tuple(gone), DELETED_AT_ONCE):
            gone += self._delete_all({"thread": {"$in": [*map(object_id, some)]}})
        return gone

    def _delete_all(self, conditions: dict) -> list[str]:
        """Delete all posts that meet the conditions, a portion at a time; return their ids."""
        gone, ids = [], None
        while ids is None or len(ids) == DELETED_AT_ONCE:
            found = self.collection.find(conditions, {"_id": True}).limit(DELETED_AT_ONCE)
            ids = [each["_id"] for each in found]
            self.collection.delete_many({"_id": {"$in": ids}})
            gone += map(str, ids)
        return gone

    def _newest(self, conditions: dict, before: str | None, limit: int) -> list[Post]:
        """Return the newest posts that meet the conditions, or the newest older than `before`."""
        conditions = older_than(before) | conditions
        found = self.collection.find(conditions, ALL_BUT_TO).sort("_id", -1).limit(limit)
        return [as_post(each) for each in found]


def to_the_millisecond(time: datetime) -> datetime:
    """Return the time as the database keeps it."""
    return time.replace(microsecond=time.microsecond // 1000 * 1000)


def as_post(document: dict) -> Post:
    thread = document["thread"]
    return Post(
        id=str(document["_id"]),
        author_id=document["author_id"],
        text=document["text"],
        created_at=document["created_at"],
        thread_id=str(thread) if thread else None,
        owner_id=document.get("owner"),
    )
