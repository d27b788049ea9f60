"""Threads: a post with the replies to it, and how they are read from the database."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from bson import ObjectId
from pymongo.collection import Collection

from ..settings.quotas import DELETED_AT_ONCE, FEED_LETTERS, FEED_REPLIES
from .ids import batched, object_id, object_ids
from .users import User

LOWEST_ID = ObjectId(bytes(12))  # sorts before every ID
WITHOUT_TO = {"to": False}  # the fields to read: `to` can be long
QUERIED_AT_ONCE = 100  # users or threads; with many more, MongoDB would read and sort all posts


@dataclass(frozen=True)
class Post:
    """A post, or a reply. The `thread_id` of a reply is the ID of the post that it belongs to."""

    id: str
    author_id: str
    text: str
    created_at: datetime
    thread_id: str | None
    # The author of the thread's first post. Old posts don't have it.
    owner_id: str | None = field(default=None, compare=False)


@dataclass(frozen=True)
class SignedPost:
    """A post or a reply, with its author."""

    post: Post
    author: User


@dataclass(frozen=True)
class Thread(SignedPost):
    """A post, and some of the replies to it, oldest first, all with their authors.

    Each page of replies ends before a certain reply, whose ID is its `before`, or None for the page
    with the newest replies. `end` is this page's own `before`. `earlier` and `later` are those of
    the neighbouring pages. If there are no earlier replies, `earlier` is None as well.
    """

    replies: list[SignedPost]
    earlier: str | None = None
    end: str | None = None
    later: str | None = None


class Threads:
    """The threads in MongoDB. posts.py shows the documents."""

    def __init__(self, collection: Collection):
        self.collection = collection
        collection.create_index([("thread", 1), ("_id", 1)])
        replies = {"thread": {"$gt": LOWEST_ID}}  # only these: the feed has better indexes
        participants = [("thread", 1), ("author_id", 1)]
        collection.create_index(participants, partialFilterExpression=replies)

    def replies(self, post_ids: Iterable[str], limit: int = FEED_REPLIES) -> dict[str, list[Post]]:
        """Return the newest replies to each of these posts, oldest first, at most `limit` of each.

        One query reads them all. If it returns so many that long threads may have crowded out the
        replies of others, read those again, a few threads at a time.
        """
        replies: dict[str, list[Post]] = {post_id: [] for post_id in post_ids}
        threads = object_ids(replies)
        most = limit * len(threads)
        found = newest(self.collection, {}, "thread", threads, most)
        for each in reversed(found):
            replies[str(each.thread_id)].append(each)
        if found and len(found) == most:
            incomplete = [post_id for post_id, some in replies.items() if len(some) < limit]
            for some in batched(incomplete, max(1, len(threads) // 4)):
                replies |= self.replies(some, limit)
        return {post_id: some[-limit:] for post_id, some in replies.items()}

    def replies_before(self, post_id: str, before: str | None, limit: int) -> list[Post]:
        """Return the newest replies to a post, oldest first; only those before `before`."""
        threads = object_ids([post_id])
        return newest(self.collection, older_than(before), "thread", threads, limit)[::-1]

    def reply_ids_from(self, post_id: str, reply_id: str, limit: int) -> list[str]:
        """Return the IDs of the replies to a post from this reply on, oldest first."""
        conditions = {"thread": object_id(post_id), "_id": {"$gte": object_id(reply_id)}}
        found = self.collection.find(conditions, {"_id": True}).sort("_id", 1).limit(limit)
        return [str(each["_id"]) for each in found]

    def participants(self, post_id: str) -> set[str]:
        """Return the IDs of the users who have replied to a post."""
        thread = object_id(post_id)
        return set(self.collection.distinct("author_id", {"thread": thread})) if thread else set()

    def replied_to(self, author_id: str) -> set[str]:
        """Return the IDs of the users to whose posts this author has replied."""
        replies = {"author_id": author_id, "thread": {"$gt": LOWEST_ID}}
        threads = self.collection.distinct("thread", replies)
        return {
            owner_id
            for some in batched(threads, DELETED_AT_ONCE)
            for owner_id in self.collection.distinct("author_id", {"_id": {"$in": some}})
        }


def newest_replies(replies: list[Post]) -> list[Post]:
    """Return the newest of a post's replies: at most FEED_REPLIES, of FEED_LETTERS together."""
    shown: list[Post] = []
    letters = 0
    for each in replies[: -FEED_REPLIES - 1 : -1]:
        letters += len(each.text)
        if shown and letters > FEED_LETTERS:
            break
        shown.append(each)
    return shown[::-1]


def newest(
    collection: Collection,
    conditions: dict,
    field: str,
    values: Iterable,
    limit: int,
    direction: int = -1,
) -> list[Post]:
    """Return the newest posts that meet the conditions and whose `field` has one of these values.

    At most `limit` are returned, newest first. With `direction` 1, return the oldest, oldest first.
    """
    found: list[dict] = []
    for some in batched(list(values), QUERIED_AT_ONCE):
        of_some = {**conditions, field: {"$in": some}}
        found += collection.find(of_some, WITHOUT_TO).sort("_id", direction).limit(limit)
    found.sort(key=lambda document: document["_id"], reverse=direction < 0)
    return [as_post(each) for each in found[:limit]]


def older_than(before: str | None) -> dict:
    """Return the condition that posts are older than `before`, or none if that is no ID."""
    oldest = object_id(before)
    return {"_id": {"$lt": oldest}} if oldest else {}


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
