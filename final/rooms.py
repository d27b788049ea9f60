"""The rooms: a socket is in that of its user, and in that of its session."""

from .expose import fingerprint

USER, SESSION = "user:", "session:"


def room_of_user(user_id: str) -> str:
    return USER + user_id


def room_of_session(session_id: str) -> str:
    return SESSION + session_id


def shortened(room: str) -> str:
    """Show no more of a session's id than its fingerprint."""
    return SESSION + fingerprint(room[len(SESSION) :]) if room.startswith(SESSION) else room
