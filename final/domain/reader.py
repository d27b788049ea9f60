"""Reading for one user: the feed, threads, notifications, and comments that a page has missed."""

from collections.abc import Iterable
from functools import cached_property
from itertools import chain

from ..settings.quotas import FEED_REPLIES, MISSED, PAGE, THREAD_REPLIES
from .feed import Feed, comment_json
from .friends import Friendships
from .threads import Post, SignedPost, Thread, newest_replies
from .users import User, by_name


class Reader:
    """A user who reads something, in one request or one event. Make a new one for the next.

    Several parts of a page need the same data: the user's friends, the newest notifications and the
    users behind IDs. A reader asks the stores for these once.
    """

    def __init__(self, feed: Feed, user_id: str):
        self.feed = feed
        self.user_id = user_id
        self._people: dict[str, User | None] = {}  # by ID; None for IDs without a user
        self._prefetched: set[str] = set()  # IDs

    # Data that is asked for once.

    @cached_property
    def friendships(self) -> Friendships:
        return self.feed.friends.all_of(self.user_id)

    @property
    def owners(self) -> list[str]:
        """The IDs of the users whose posts this user can see."""
        return [self.user_id, *self.friendships.friends]

    def people(self, ids: Iterable[str]) -> dict[str, User]:
        """Return the users with these IDs, by ID. IDs without a user are left out."""
        ids = set(ids)
        if ids - self._people.keys():
            unknown = (ids | self._prefetched) - self._people.keys()
            self._people |= dict.fromkeys(unknown) | self.feed.users.find_many(unknown)
        return {user_id: user for user_id in ids if (user := self._people[user_id])}

    def by_name(self, ids: Iterable[str]) -> list[User]:
        """Return the users with these IDs, sorted by name."""
        return by_name(self.people(ids).values())

    def prefetch(self, ids: Iterable[str]) -> None:
        """Look up these users together with the users who are looked up next."""
        self._prefetched.update(ids)

    @cached_property
    def newest(self) -> list[Post]:
        """The newest posts that the user is notified of: a page, and one more."""
        return self._notifications(None)

    @cached_property
    def read_mark(self) -> str:
        """The ID of the newest of them that the user has read, or an empty text."""
        return self.feed.notifications.read_mark(self.user_id) if self.newest else ""

    @cached_property
    def unread(self) -> int:
        """The number of notifications that the user has not read."""
        if not self.newest:
            return 0
        unread = [each for each in self.newest if each.id > self.read_mark]
        if len(unread) <= PAGE:
            return len(unread)
        return self.feed.notifications.unread(self.user_id, self.owners)

    # Posts.

    def feed_page(self, before: str | None = None) -> tuple[list[Thread], str | None]:
        """Return a page of threads, newest first, and the ID before which the next page begins."""
        posts = self.feed.posts.feed(self.owners, before, PAGE + 1)
        older = posts[PAGE - 1].id if len(posts) > PAGE else None
        posts = posts[:PAGE]
        found = self.feed.posts.replies([post.id for post in posts], FEED_REPLIES + 1)
        newest = {post.id: newest_replies(found[post.id]) for post in posts}
        self.prefetch(each.author_id for each in chain(posts, *newest.values()))
        threads = []
        for each in self._signed(posts):
            replies = newest[each.post.id]
            earlier = replies[0].id if len(replies) < len(found[each.post.id]) else None
            threads.append(Thread(each.post, each.author, self._signed(replies), earlier))
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
            following = posts.reply_ids_from(post_id, reply_id, most // 2 + 1)
            before = following[-1] if len(following) > most // 2 else None
        if before:
            following = posts.reply_ids_from(post_id, before, most + 1)
            before = following[0] if following else None
            later = following[-1] if len(following) > most else None
        found = posts.replies_before(post_id, before, most + 1)
        replies = found[-most:]
        earlier = replies[0].id if len(found) > most else None
        author = self.people(each.author_id for each in [post, *replies]).get(post.author_id)
        if not author:
            raise LookupError(post_id)
        return Thread(post, author, self._signed(replies), earlier, before, later)

    def own_posts(self, before: str | None = None) -> tuple[list[Post], str | None]:
        """Return the user's own posts and replies, newest first, and where the next page begins."""
        found = self.feed.posts.written_by(self.user_id, before, PAGE + 1)
        return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None

    def not_shown(
        self, shown: list[str], threads: list[str], after: str | None, since: str | None = None
    ) -> tuple[list[dict], str | None]:
        """Return comments that belong on the user's page but aren't shown: see Posts.not_shown.

        If there are more, also return the ID of the first of these. Earlier ones are left out.
        """
        posts = self.feed.posts.not_shown(
            shown, threads, self.owners, self.user_id, after, since, MISSED
        )
        comments = [comment_json(each.post, each.author) for each in self._signed(posts)]
        return comments, posts[0].id if len(posts) == MISSED else None

    # Notifications.

    def inbox(self, before: str | None = None) -> tuple[list[SignedPost], str | None]:
        """Return a page of notifications, newest first, and where the next page begins."""
        found = self._notifications(before) if before else self.newest
        older = found[PAGE - 1].id if len(found) > PAGE else None
        return self._signed(found[:PAGE]), older

    def missed(self, after: str | None, seen: list[str] | None = None) -> list[dict]:
        """Return the comments of later notifications, oldest first: see Notifications.missed."""
        found = self.feed.notifications.missed(self.user_id, self.owners, after, seen=seen)
        return [comment_json(each.post, each.author) for each in self._signed(found)]

    def _notifications(self, before: str | None) -> list[Post]:
        return self.feed.notifications.newest(self.user_id, self.owners, before, PAGE + 1)

    def _signed(self, posts: list[Post]) -> list[SignedPost]:
        """Return the posts with their authors. Leave out posts of users who are gone."""
        people = self.people(each.author_id for each in posts)
        return [
            SignedPost(each, people[each.author_id]) for each in posts if each.author_id in people
        ]
