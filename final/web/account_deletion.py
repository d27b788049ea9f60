"""Deletes an account with everything that belongs to it."""

from ..domain.feed import Feed
from ..domain.stores import UserStore
from ..sessions.store import SessionStore


def delete_account(
    user_id: str, users: UserStore, feed: Feed, store: SessionStore, but: str | None = None
) -> tuple[list[str], set[str], list[str]]:
    """Delete a user and their sessions, friendships, posts and notifications.

    `but` is the ID of a session to keep, because its user waits for the answer. If this fails
    halfway, it can be repeated.

    Return the IDs of the deleted posts, the IDs of the users who could see any of them, and the
    IDs of the sessions that have ended.
    """
    # First, so that a concurrent request for this user notices it and removes what it has stored.
    users.begin_deletion(user_id)
    ended = store.end_all(user_id, but=but)
    gone, viewers = feed.forget(user_id)
    users.delete(user_id)
    # A login that found the user just before has stored its session by now, or sees they are gone.
    ended += store.end_all(user_id, but=but)
    return gone, viewers, ended
