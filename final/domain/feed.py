"""The feed: which users can see a post, which are notified of it, and who can delete it."""

from collections.abc import Collection
from dataclasses import dataclass

from .stores import FriendStore, NotificationStore, PostStore, UserStore
from .threads import Post
from .users import User


class AccountDeleted(Exception):
    """The author's account is being deleted or is gone, so nothing was stored."""


@dataclass(frozen=True)
class Feed:
    """What users write for their friends. Only the author and the author's friends see a post.

    They also see the replies to it. Friends are looked up whenever something is read or sent, so a
    former friend no longer sees anything. reader.py has the reading.
    """

    users: UserStore
    friends: FriendStore
    posts: PostStore
    notifications: NotificationStore

    # Writing.

    def write(
        self, author: User, text: str, post_id: str | None = None, key: str = ""
    ) -> tuple[dict, set[str], set[str]]:
        """Store a comment: a post, or a reply to the post `post_id`.

        Return the comment as JSON, its readers and its onlookers, both as sets of user IDs. Readers
        are notified: the author's friends and everybody who takes part in the thread, if they can
        see it. Onlookers are the author and all others who can see it.

        Raise LookupError if the author can't see the post, AccountDeleted if the author's account
        is being deleted. A comment with a `key` is stored once, however often it is sent.
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
            raise LookupError(post_id)  # deleted meanwhile
        # Ask again, because a friendship may have ended before the comment was stored.
        viewers = self.viewers(owner_id)
        # `forget` deletes friendships before posts. So if one of these friends is still a friend,
        # `forget` will find this post. If not, it may have looked for posts already. New friends
        # don't count, because a request may have been accepted after `forget`.
        is_own = owner_id == author.id
        has_friend = not viewers.isdisjoint(friends) if is_own else author.id in viewers
        if not has_friend and not self.users.all_active(author.id):
            self.posts.delete(post.id, author.id)
            raise AccountDeleted(author.id)
        if former := readers - viewers:
            self.notifications.withdraw(post.id, former)
            readers -= former
        comment = comment_json(post, author)
        return comment, readers, viewers - readers

    def delete(self, user_id: str, post_id: str) -> tuple[list[str], set[str]]:
        """Delete a post with its replies, or a reply.

        Users can delete everything they have written, even where they can't see it any more, and
        all replies to their own posts. Return the IDs of the deleted posts, and the IDs of the
        users whose pages may show them. Raise LookupError if `user_id` can't delete this post.
        """
        post, owner_id = self._find(post_id)
        if post is None or user_id not in {post.author_id, owner_id}:
            raise LookupError(post_id)
        authors = self.posts.participants(post_id) | {post.author_id}  # also former friends
        deleted = self.posts.delete(post_id, post.author_id)
        if not deleted:
            raise LookupError(post_id)  # deleted meanwhile
        return deleted, self.viewers(owner_id or user_id) | authors

    def mark_read(self, user_id: str, owners: Collection[str], up_to: str) -> None:
        """Mark a user's notifications as read, up to this one."""
        self.notifications.mark_read(user_id, owners, up_to)
        if not self.users.all_active(user_id):
            self.notifications.forget(user_id)

    def forget(self, user_id: str) -> tuple[list[str], set[str]]:
        """Delete a user's friendships, posts, the replies to these, notifications and read mark.

        Return the IDs of the deleted posts, and the IDs of the users who could see any of them.

        Call `Users.begin_deletion` first. Then nothing is left of a comment that is written at the
        same moment: `write` stores it before it looks whether its author still has friends or an
        active account, so either we find the comment, or `write` removes it.
        """
        owners = self.posts.replied_to(user_id) | {user_id}
        viewers = owners.union(*self.friends.of_each(owners).values())
        self.friends.forget(user_id)
        deleted = self.posts.forget(user_id)
        self.notifications.forget(user_id)
        return deleted, viewers

    # Visibility.

    def viewers(self, owner_id: str) -> set[str]:
        """Return the IDs of the users who can see this user's posts.

        Friendship is mutual, so these are also the users whose posts this user can see.
        """
        return self.friends.of(owner_id) | {owner_id}

    def visible(self, post_id: str, owners: Collection[str]) -> tuple[Post, str]:
        """Return a post or a reply, and the ID of the user who owns the thread.

        Raise LookupError if it doesn't exist or if none of these `owners` owns its thread.
        """
        post, owner_id = self._find(post_id)
        if post is None or owner_id is None or owner_id not in owners:
            raise LookupError(post_id)
        return post, owner_id

    def _find(self, post_id: str) -> tuple[Post | None, str | None]:
        """Return a post or a reply, and the ID of the user who owns the thread, if they exist."""
        post = self.posts.find(post_id)
        first = self.posts.find(post.thread_id) if post and post.thread_id else post
        return post, first.author_id if first else None


def comment_json(post: Post, author: User) -> dict:
    """Return a post or a reply as JSON. A reply has the ID of its post, too."""
    comment = {
        "id": post.id,
        "author": author.as_json(),
        "text": post.text,
        "createdAt": post.created_at.isoformat(timespec="seconds"),
    }
    return comment | {"post": post.thread_id} if post.thread_id else comment
