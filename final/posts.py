"""Posts and the replies to them: what people write, for their friends to read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from bson import ObjectId
from pymongo.errors import DuplicateKeyError

from .ids import new_id, object_id

NO_POST = ObjectId(bytes(12))  # comes before every id
ALL_BUT_TO = {"to": False}  # is what is read: they may be many who are told


@dataclass(frozen=True)
class Post:
    """A post; or a reply, whose `thread_id` is the id of the post it belongs to."""

    id: str
    author_id: str
    text: str
    created_at: datetime
    thread_id: str | None


class Posts:
    """The posts and replies, each in one document with who is told of it.

    {_id; author_id; text; created_at; thread: its post's _id or None; owner: who began the thread;
    to: [user ids]; once, perhaps: who sent it, and under which key}. What is told is for
    Notifications to find.
    """

    def __init__(self, collection):
        self.collection = collection
        collection.create_index([("author_id", 1), ("thread", 1), ("_id", 1)])
        collection.create_index([("thread", 1), ("_id", 1)])
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
        limit: int = 200,
    ) -> list[Post]:
        """Return posts that belong on a page and aren't shown there, oldest first.

        These are the replies to `threads`, if `owners` began them. With `after`, the author's own
        posts after that post are included. Of more than `limit` posts, return the newest.

        `shown` has the ids of the posts on the page, or of the newest part of a long page. So no
        reply is returned that is older than all of them.
        """
        shown = [each for each in map(object_id, shown) if each]
        threads = [each for each in map(object_id, threads) if each]
        newer = {"$gt": min(shown, default=NO_POST)}
        wanted = []
        if threads:
            replies = {"thread": {"$in": threads}, "owner": {"$in": list(owners)}, "_id": newer}
            wanted.append(replies)
        if after is not None:
            newer = {"$gt": object_id(after) or NO_POST}
            wanted.append({"author_id": author_id, "thread": None, "_id": newer})
        if not wanted:
            return []
        missing = {"$or": wanted, "_id": {"$nin": shown}}
        found = self.collection.find(missing, ALL_BUT_TO).sort("_id", -1).limit(limit)
        return [as_post(each) for each in found][::-1]

    def feed(
        self, author_ids: Iterable[str], before: str | None = None, limit: int = 20
    ) -> list[Post]:
        """Return what these people have posted, without replies, newest first.

        `before` is the id of a post: what is older follows.
        """
        conditions = {"author_id": {"$in": list(author_ids)}, "thread": None}
        if oldest := object_id(before):
            conditions["_id"] = {"$lt": oldest}
        found = self.collection.find(conditions, ALL_BUT_TO).sort("_id", -1).limit(limit)
        return [as_post(each) for each in found]

    def replies(self, post_ids: Iterable[str]) -> dict[str, list[Post]]:
        """Return the replies to each of these posts, oldest first."""
        replies = {post_id: [] for post_id in post_ids}
        threads = [thread for thread in map(object_id, replies) if thread]  # None has all posts
        if threads:
            found = self.collection.find({"thread": {"$in": threads}}, ALL_BUT_TO).sort("_id")
            for document in found:
                replies[str(document["thread"])].append(as_post(document))
        return replies

    def participants(self, post_id: str) -> set[str]:
        """Return the ids of those who have replied to a post."""
        thread = object_id(post_id)
        return set(self.collection.distinct("author_id", {"thread": thread})) if thread else set()

    def replied_to(self, author_id: str) -> set[str]:
        """Return the ids of those to whose posts this author has replied."""
        replies = {"author_id": author_id, "thread": {"$gt": NO_POST}}
        threads = self.collection.distinct("thread", replies)
        return set(self.collection.distinct("author_id", {"_id": {"$in": threads}}))

    def delete(self, post_id: str, author_id: str) -> list[str]:
        """Delete what this author has written, a post with its replies; return the ids gone."""
        own = {"_id": object_id(post_id), "author_id": author_id}
        if not self.collection.delete_one(own).deleted_count:
            return []
        return [str(own["_id"]), *self._delete_all({"thread": own["_id"]})]

    def forget(self, author_id: str) -> list[str]:
        """Delete all of this author, and the replies of others to it; return the ids gone."""
        gone = self._delete_all({"author_id": author_id})
        threads = [object_id(post_id) for post_id in gone]
        return gone + self._delete_all({"thread": {"$in": threads}})

    def _delete_all(self, conditions: dict) -> list[str]:
        ids = [each["_id"] for each in self.collection.find(conditions, {"_id": True})]
        self.collection.delete_many({"_id": {"$in": ids}})
        return [str(each) for each in ids]


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
    )
