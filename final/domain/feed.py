"""The feed: who may see what, and who is told of it. It joins posts, friends and notifications."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from .friends import Friends
from .notifications import Notifications
from .posts import Post, Posts
from .users import User, Users


class IsLeaving(Exception):
    """The account is being deleted, or has been. Nothing was kept of what it was about to write."""


class Feed:
    """What people write for their friends: a post is seen by its author and the author's friends.

    A reply is seen by those who see the post. It is asked again each time something is read or
    sent, so whoever is a friend no longer sees nothing more, from that moment. How it is read, is
    in reader.py.
    """

    def __init__(self, users: Users, friends: Friends, posts: Posts, notifications: Notifications):
        self.users = users
        self.friends = friends
        self.posts = posts
        self.notifications = notifications

    # Writing.

    def write(
        self, author: User, text: str, post_id: str | None = None, key: str = ""
    ) -> tuple[dict, set[str], set[str]]:
        """Store what `author` writes. Return the comment, its readers and its onlookers.

        The comment is a dict for JSON, the other two are sets of user ids. Readers are notified:
        the author's friends and everybody who takes part in the thread, if they can see it.
        Onlookers are all others who can see it, and the author. Raise LookupError if it is a reply
        to a post that the author can't see, IsLeaving if the author's account is being deleted.
        With a `key`, it's stored once, however often it comes.
        """
        friends = self.friends.of(author.id)
        if post_id is None:
            owner_id, readers = author.id, friends
        else:
            _, owner_id = self.visible(post_id, friends | {author.id})
            takes_part = self.posts.participants(post_id) | {owner_id}
            readers = (friends | takes_part) & self.viewers(owner_id)
        readers -= {author.id}
        post = self.posts.write(author.id, text, post_id, owner_id, readers, key)
        if post is None:
            raise LookupError(post_id)  # deleted in the meantime
        viewers = self.viewers(owner_id)
        # `forget` deletes the friendships first, so if one of the author's is still there, `forget`
        # will find this post. Otherwise it may already be past it, so ask.
        has_friend = viewers - {author.id} if owner_id == author.id else author.id in viewers
        if not has_friend and not self.users.all_stay(author.id):
            self.posts.delete(post.id, author.id)
            raise IsLeaving(author.id)
        if former := readers - viewers:
            self.notifications.untell(post.id, former)  # for the same reason
        readers &= viewers  # again: a friendship may have ended in the meantime
        comment = comment_json(post.id, author, text, post.created_at, post_id)
        return comment, readers, viewers - readers

    def delete(self, user_id: str, post_id: str) -> tuple[list[str], set[str]]:
        """Delete a post with its replies, or a reply.

        People can delete whatever they have written, even where they can't see it any more, and
        all replies to their own posts. Return the ids of the deleted posts, and the ids of the
        users whose pages may show them. Raise LookupError if `user_id` can't delete this post.
        """
        post = self.posts.find(post_id)
        first = self.posts.find(post.thread_id) if post and post.thread_id else post
        owner_id = first.author_id if first else None
        if post is None or user_id not in {post.author_id, owner_id}:
            raise LookupError(post_id)
        authors = self.posts.participants(post_id) | {post.author_id}  # also former friends
        gone = self.posts.delete(post_id, post.author_id)
        if not gone:
            raise LookupError(post_id)  # deleted in the meantime
        return gone, self.viewers(owner_id or user_id) | authors

    def mark_read(self, user_id: str, owners: Collection[str], up_to: str) -> None:
        """Mark a user's notifications as read, up to this one."""
        self.notifications.mark_read(user_id, owners, up_to)
        if not self.users.all_stay(user_id):
            self.notifications.forget(user_id)

    def forget(self, user_id: str) -> tuple[list[str], set[str]]:
        """Delete a user's friendships, posts, the replies to these, notifications and read mark.

        Call `Users.leave` first. Whoever is writing at the same moment stores it first and then
        looks whether the user still has friends, or stays. Here it is the other way round. So
        either we find what they stored, or they see that the user leaves, and remove it.

        Return the ids of the deleted posts, and the ids of the users who could see any of them.
        """
        owners = self.posts.replied_to(user_id) | {user_id}
        viewers = owners.union(*self.friends.of_each(owners).values())
        self.friends.forget(user_id)
        gone = self.posts.forget(user_id)
        self.notifications.forget(user_id)
        return gone, viewers

    # Who sees what.

    def viewers(self, owner_id: str) -> set[str]:
        """Return who sees the posts of this user.

        Friendship is the same from both sides: it is also whose posts this user sees.
        """
        return self.friends.of(owner_id) | {owner_id}

    def visible(self, post_id: str, owners: Collection[str]) -> tuple[Post, str]:
        """Return a post or a reply, and whose thread it is in, which is one of these owners.

        LookupError, if there is no such post.
        """
        post = self.posts.find(post_id)
        first = self.posts.find(post.thread_id) if post and post.thread_id else post
        if first is None or first.author_id not in owners:
            raise LookupError(post_id)
        return post, first.author_id


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
