"""The feed: who may see what, and who is told of it. It joins posts, friends and notifications."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import chain

from .friends import Friends
from .notifications import Notification, Notifications
from .posts import Post, Posts
from .users import User, Users

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


class Feed:
    """What people write for their friends: a post is seen by its author and the author's friends.

    A reply is seen by those who see the post. It is asked again each time something is read or
    sent, so whoever is a friend no longer sees nothing more, from that moment.
    """

    def __init__(self, users: Users, friends: Friends, posts: Posts, notifications: Notifications):
        self.users = users
        self.friends = friends
        self.posts = posts
        self.notifications = notifications

    # Writing.

    def write(self, author: User, text: str, post_id: str | None = None) -> tuple[dict, set[str]]:
        """Store what `author` writes, and who is to be told; return both.

        That is the comment in the form in which it travels, and the ids of its readers: of those
        who can see it, the author's friends, and whoever takes part in the thread. LookupError, if
        it is a reply to a post that the author cannot see.
        """
        friends = set(self.friends.of(author.id))
        if post_id is None:
            owner_id, readers = author.id, friends
        else:
            owner_id = self.visible(author.id, post_id).author_id
            takes_part = self.posts.participants(post_id) | {owner_id}
            readers = (friends | takes_part) & self.viewers(owner_id)
        readers -= {author.id}
        post = self.posts.write(author.id, text, post_id)
        if post is None:
            raise LookupError(post_id)  # deleted in the meantime
        self.notifications.add(post, owner_id, readers)
        if self.posts.find(post.id) is None:  # deleted in the meantime, perhaps with its thread
            self.notifications.withdraw([post.id])
            raise LookupError(post.id)
        readers &= self.viewers(owner_id)  # again: a friendship may have ended in the meantime
        return comment_json(post.id, author, text, post.created_at, post_id), readers

    def delete(self, author_id: str, post_id: str) -> tuple[list[str], set[str]]:
        """Delete what `author_id` has written, a post with its replies.

        Return the ids of what is gone, and of who could see it; LookupError, if it is not theirs.
        """
        post = self.visible(author_id, post_id)
        owner_id = self.posts.find(post.thread_id).author_id if post.thread_id else author_id
        gone = self.posts.delete(post_id, author_id)
        if not gone:
            raise LookupError(post_id)
        self.notifications.withdraw(gone)
        return gone, self.viewers(owner_id)

    def forget(self, user_id: str) -> tuple[list[str], set[str]]:
        """Delete all that a user has written, with the replies, and all that they were told.

        Return the ids of what is gone, and of who could see some of it.
        """
        owners = self.posts.replied_to(user_id) | {user_id}
        viewers = set().union(*map(self.viewers, owners))
        gone = self.posts.forget(user_id)
        self.notifications.withdraw(gone)
        self.notifications.forget(user_id)
        return gone, viewers

    # Reading.

    def page(self, user_id: str, before: str | None = None) -> tuple[list[Thread], str | None]:
        """Return threads, the newest first, and before which post the next page begins."""
        posts = self.posts.feed(self.owners(user_id), before, PAGE + 1)
        older = posts[PAGE - 1].id if len(posts) > PAGE else None
        return self.threads(posts[:PAGE]), older

    def thread(self, user_id: str, post_id: str) -> Thread:
        """Return the thread that begins with this post, or raise LookupError."""
        post = self.visible(user_id, post_id)
        if post.thread_id:
            raise LookupError(post_id)
        threads = self.threads([post])
        if not threads:
            raise LookupError(post_id)
        return threads[0]

    def inbox(self, user_id: str, before: str | None = None) -> tuple[list[Told], str | None]:
        """Return what this user was told, the newest first, and where the next page begins."""
        found = self.notifications.newest(user_id, self.owners(user_id), before, PAGE + 1)
        older = found[PAGE - 1].id if len(found) > PAGE else None
        return self.told(found[:PAGE]), older

    def missed(self, user_id: str, after: str | None) -> list[dict]:
        """Return what this user was told after that notification, in order, as it travels."""
        missed = []
        for each in self.told(self.notifications.missed(user_id, self.owners(user_id), after)):
            what = each.notification
            post_id = what.thread_id if what.thread_id != what.id else None
            missed.append(comment_json(what.id, each.author, what.text, what.at, post_id))
        return missed

    def mark_read(self, user_id: str, up_to: str) -> int:
        """Note that the user has read all up to this notification; return how many are unread."""
        self.notifications.mark_read(user_id, up_to)
        return self.unread(user_id)

    def unread(self, user_id: str) -> int:
        return self.notifications.unread(user_id, self.owners(user_id))

    # Who sees what.

    def owners(self, user_id: str) -> list[str]:
        """Return whose posts this user sees."""
        return [user_id, *self.friends.of(user_id)]

    def viewers(self, owner_id: str) -> set[str]:
        """Return who sees the posts of this user: friendship is the same from both sides."""
        return set(self.owners(owner_id))

    def visible(self, user_id: str, post_id: str) -> Post:
        """Return a post or a reply, if this user may see it, or raise LookupError."""
        post = self.posts.find(post_id)
        first = self.posts.find(post.thread_id) if post and post.thread_id else post
        if first is None or first.author_id not in self.owners(user_id):
            raise LookupError(post_id)
        return post

    def threads(self, posts: list[Post]) -> list[Thread]:
        """Return the threads that begin with these posts. Who has just left, has left nothing."""
        replies = self.posts.replies([post.id for post in posts])
        people = self.users.find_many({each.author_id for each in chain(posts, *replies.values())})
        threads = []
        for post in posts:
            if post.author_id in people:
                known = [each for each in replies[post.id] if each.author_id in people]
                signed = [Reply(each, people[each.author_id]) for each in known]
                threads.append(Thread(post, people[post.author_id], signed))
        return threads

    def told(self, notifications: list[Notification]) -> list[Told]:
        people = self.users.find_many({each.by for each in notifications})
        return [Told(each, people[each.by]) for each in notifications if each.by in people]


def comment_json(
    comment_id: str, author: User, text: str, written: datetime, post_id: str | None
) -> dict:
    """Return a comment in the form in which it travels; a reply names its post, too."""
    comment = {
        "id": comment_id,
        "author": author.as_json(),
        "text": text,
        "createdAt": written.isoformat(timespec="seconds"),
    }
    return comment | {"post": post_id} if post_id else comment
