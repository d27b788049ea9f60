"""Deleting an account with everything that its user leaves behind."""

from ..domain.feed import Feed
from ..domain.users import Users
from ..sessions.store import MongoSessionStore


def delete_account(
    user_id: str, users: Users, feed: Feed, store: MongoSessionStore, but: str | None = None
) -> tuple[list[str], set[str], list[str]]:
    """Delete a user and their sessions, friendships, posts and notifications.

    `but` is the ID of a session to keep, whose user is waiting for the answer. If this fails in
    between, it can be repeated.

    Return the IDs of the deleted posts, the IDs of the users who could see any of them, and the
    IDs of the sessions that have ended.
    """
    users.leave(user_id)  # first: whoever is writing for this user sees it, and removes it again
    ended = store.end_all(user_id, but=but)
    gone, viewers = feed.forget(user_id)
    users.delete(user_id)
    # A login that found the user just before has stored its session by now, or sees they are gone.
    ended += store.end_all(user_id, but=but)
    return gone, viewers, ended
