"""Reading: what one user sees of the feed, and what they are told, in one request or one event."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from ..settings.quotas import FEED_LETTERS, FEED_REPLIES, MISSED, PAGE, THREAD_REPLIES
from .feed import Feed, comment_json
from .friendships import Friendships
from .notifications import Notification
from .posts import Post
from .users import User


@dataclass(frozen=True)
class Reply:
    """A reply, with its author."""

    post: Post
    author: User


@dataclass(frozen=True)
class Thread:
    """A post, and some of the replies to it, the oldest first.

    `earlier` is the id of the first of these replies, if there are earlier ones. `end` is the id of
    the reply that follows the last one, if there are later ones. A page that begins after these
    ends before the reply `later`, or with the newest reply if that is None.
    """

    post: Post
    author: User
    replies: list[Reply]
    earlier: str | None = None
    end: str | None = None
    later: str | None = None


@dataclass(frozen=True)
class Told:
    """A notification, with the author of what it tells of."""

    notification: Notification
    author: User


class Reader:
    """A user who reads something now. For the next request or event make a new one.

    What several parts of a page want to know is asked once: who the friends are, what is new, and
    who somebody is.
    """

    def __init__(self, feed: Feed, user_id: str):
        self.feed = feed
        self.user_id = user_id
        self._people: dict[str, User | None] = {}  # by id, as far as they were looked up
        self._expected: set[str] = set()  # ids

    # What is asked once.

    @cached_property
    def friendships(self) -> Friendships:
        return self.feed.friends.all_of(self.user_id)

    @property
    def owners(self) -> list[str]:
        """The ids of those whose posts the user sees."""
        return [self.user_id, *self.friendships.friends]

    def people(self, ids: Iterable[str]) -> dict[str, User]:
        """Return the users with these ids, by id; who is gone is left out."""
        ids = set(ids)
        if ids - self._people.keys():
            unknown = (ids | self._expected) - self._people.keys()
            self._people |= dict.fromkeys(unknown) | self.feed.users.find_many(unknown)
        return {user_id: user for user_id in ids if (user := self._people[user_id])}

    def expect(self, ids: Iterable[str]) -> None:
        """Look these up together with those who are looked up next."""
        self._expected.update(ids)

    @cached_property
    def newest(self) -> list[Notification]:
        """The user's newest notifications, a page and one more."""
        return self._notifications(None)

    @cached_property
    def read_mark(self) -> str:
        """The newest notification that the user has read, by id; "" if there is none."""
        return self.feed.notifications.read_mark(self.user_id) if self.newest else ""

    @cached_property
    def unread(self) -> int:
        """How many notifications the user has not read."""
        if not self.newest:
            return 0
        unread = [each for each in self.newest if each.id > self.read_mark]
        if len(unread) <= PAGE:
            return len(unread)
        return self.feed.notifications.unread(self.user_id, self.owners)

    # The feed.

    def page(self, before: str | None = None) -> tuple[list[Thread], str | None]:
        """Return threads, the newest first, and before which post the next page begins."""
        posts = self.feed.posts.feed(self.owners, before, PAGE + 1)
        older = posts[PAGE - 1].id if len(posts) > PAGE else None
        posts = posts[:PAGE]
        found = self.feed.posts.replies([post.id for post in posts], FEED_REPLIES + 1)
        newest = {post.id: newest_of(found[post.id]) for post in posts}
        people = self.people(each.author_id for each in chain(posts, *newest.values()))
        threads = []
        for post in posts:
            if post.author_id in people:
                replies = newest[post.id]
                earlier = replies[0].id if len(replies) < len(found[post.id]) else None
                author = people[post.author_id]
                threads.append(Thread(post, author, self._signed(replies), earlier))
        return threads, older

    def thread(self, post_id: str, before: str | None, reply_id: str | None) -> Thread:
        """Return a page of the thread that begins with this post, or raise LookupError.

        It has the newest replies, or those before the reply `before`, or those around `reply_id`.
        """
        post, _ = self.feed.visible(post_id, self.owners)
        if post.thread_id:
            raise LookupError(post_id)
        posts, most, later = self.feed.posts, THREAD_REPLIES, None
        if reply_id:
            following = posts.ids_from(post_id, reply_id, most // 2 + 1)
            before = following[-1] if len(following) > most // 2 else None
        if before:
            following = posts.ids_from(post_id, before, most + 1)
            before = following[0] if following else None
            later = following[-1] if len(following) > most else None
        found = posts.replies_before(post_id, before, most + 1)
        replies = found[-most:]
        earlier = replies[0].id if len(found) > most else None
        people = self.people(each.author_id for each in [post, *replies])
        if post.author_id not in people:
            raise LookupError(post_id)
        author = people[post.author_id]
        return Thread(post, author, self._signed(replies), earlier, before, later)

    def own(self, before: str | None = None) -> tuple[list[Post], str | None]:
        """Return the user's own posts and replies, newest first, and where the next page begins."""
        found = self.feed.posts.written_by(self.user_id, before, PAGE + 1)
        return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None

    def not_shown(
        self, shown: list[str], threads: list[str], after: str | None, since: str | None = None
    ) -> tuple[list[dict], str | None]:
        """Return comments that belong on the user's page but aren't shown: see Posts.not_shown.

        If there are more, also return the id of the first of these. Earlier ones are left out.
        """
        owners, posts = self.owners, self.feed.posts
        posts = posts.not_shown(shown, threads, owners, self.user_id, after, since, MISSED)
        people = self.people(each.author_id for each in posts)
        comments = [
            comment_json(
                each.id, people[each.author_id], each.text, each.created_at, each.thread_id
            )
            for each in posts
            if each.author_id in people
        ]
        return comments, posts[0].id if len(posts) == MISSED else None

    # What the user is told.

    def inbox(self, before: str | None = None) -> tuple[list[Told], str | None]:
        """Return what this user was told, the newest first, and where the next page begins."""
        found = self._notifications(before) if before else self.newest
        older = found[PAGE - 1].id if len(found) > PAGE else None
        return self._told(found[:PAGE]), older

    def missed(self, after: str | None, seen: list[str] | None = None) -> list[dict]:
        """Return what this user was told after that notification, in order, as it travels.

        See Notifications.missed.
        """
        missed = []
        found = self.feed.notifications.missed(self.user_id, self.owners, after, seen=seen)
        for each in self._told(found):
            what = each.notification
            post_id = what.thread_id if what.thread_id != what.id else None
            missed.append(comment_json(what.id, each.author, what.text, what.at, post_id))
        return missed

    def _notifications(self, before: str | None) -> list[Notification]:
        return self.feed.notifications.newest(self.user_id, self.owners, before, PAGE + 1)

    # With those who wrote it. Who has just left, has left nothing.

    def _signed(self, replies: list[Post]) -> list[Reply]:
        people = self.people(each.author_id for each in replies)
        return [Reply(each, people[each.author_id]) for each in replies if each.author_id in people]

    def _told(self, notifications: list[Notification]) -> list[Told]:
        people = self.people(each.by for each in notifications)
        return [Told(each, people[each.by]) for each in notifications if each.by in people]


def newest_of(replies: list[Post]) -> list[Post]:
    """Return those of a post's newest replies that the feed shows: few, and not too much text."""
    shown, letters = [], 0
    for each in replies[: -FEED_REPLIES - 1 : -1]:
        letters += len(each.text)
        if shown and letters > FEED_LETTERS:
            break
        shown.append(each)
    return shown[::-1]
