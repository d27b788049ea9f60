"""What a session exposes: the part that is safe to show to its user."""

import json
import logging
from datetime import datetime

from .session import Session

log = logging.getLogger(__name__)


def exposed(session: Session) -> dict:
    """Return the safe part of a session: its data, and a shortened hash of its ID."""
    return {
        "id": fingerprint(session.id),
        "cookie": {
            "path": "/",
            "expires": iso(session.expires),
            "max_age": int(session.max_age.total_seconds()),
            "http_only": True,
            "same_site": "Lax",
        },
        "data": dict(session),
        "last_modified": iso(session.last_modified),
    }


def log_session(door: str, session: Session) -> None:
    """Log the exposed part of the session at this door, and the bare ID of its user."""
    if log.isEnabledFor(logging.DEBUG):
        log.debug("%s session %s", door, json.dumps(exposed(session), indent=2, ensure_ascii=False))
        log.debug("%s user id %s", door, session["_user_id"])


def fingerprint(session_id: str | None) -> str | None:
    """Return enough of a session's ID to tell it from others."""
    return session_id and session_id[:8] + "…"


def iso(time: datetime | None) -> str | None:
    """Return a time in UTC as text, such as 2026-11-27T09:30:00Z."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ") if time else None
