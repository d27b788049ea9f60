"""Reading: what one user sees of the feed, and what they are told, in one request or one event."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from .feed import Feed, comment_json
from .friends import Friendships
from .notifications import Notification
from .posts import Post
from .users import User

PAGE = 20  # posts, or notifications


@dataclass(frozen=True)
class Reply:
    """A reply, with its author."""

    post: Post
    author: User


@dataclass(frozen=True)
class Thread:
    """A post, and what was replied to it, the oldest first."""

    post: Post
    author: User
    replies: list[Reply]


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
        return self._threads(posts[:PAGE]), older

    def thread(self, post_id: str) -> Thread:
        """Return the thread that begins with this post, or raise LookupError."""
        post, _ = self.feed.visible(post_id, self.owners)
        threads = [] if post.thread_id else self._threads([post])
        if not threads:
            raise LookupError(post_id)
        return threads[0]

    def not_shown(self, shown: list[str], threads: list[str], after: str | None) -> list[dict]:
        """Return comments that belong on the user's page but aren't shown: see Posts.not_shown."""
        posts = self.feed.posts.not_shown(shown, threads, self.owners, self.user_id, after)
        people = self.people(each.author_id for each in posts)
        return [
            comment_json(
                each.id, people[each.author_id], each.text, each.created_at, each.thread_id
            )
            for each in posts
            if each.author_id in people
        ]

    # What the user is told.

    def inbox(self, before: str | None = None) -> tuple[list[Told], str | None]:
        """Return what this user was told, the newest first, and where the next page begins."""
        found = self._notifications(before) if before else self.newest
        older = found[PAGE - 1].id if len(found) > PAGE else None
        return self._told(found[:PAGE]), older

    def missed(self, after: str | None) -> list[dict]:
        """Return what this user was told after that notification, in order, as it travels."""
        missed = []
        for each in self._told(self.feed.notifications.missed(self.user_id, self.owners, after)):
            what = each.notification
            post_id = what.thread_id if what.thread_id != what.id else None
            missed.append(comment_json(what.id, each.author, what.text, what.at, post_id))
        return missed

    def _notifications(self, before: str | None) -> list[Notification]:
        return self.feed.notifications.newest(self.user_id, self.owners, before, PAGE + 1)

    # With those who wrote it. Who has just left, has left nothing.

    def _threads(self, posts: list[Post]) -> list[Thread]:
        replies = self.feed.posts.replies([post.id for post in posts])
        people = self.people(each.author_id for each in chain(posts, *replies.values()))
        threads = []
        for post in posts:
            if post.author_id in people:
                known = [each for each in replies[post.id] if each.author_id in people]
                signed = [Reply(each, people[each.author_id]) for each in known]
                threads.append(Thread(post, people[post.author_id], signed))
        return threads

    def _told(self, notifications: list[Notification]) -> list[Told]:
        people = self.people(each.by for each in notifications)
        return [Told(each, people[each.by]) for each in notifications if each.by in people]
