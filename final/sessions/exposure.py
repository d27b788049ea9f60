"""What a session exposes: the part of it that may be looked at, for learning what is in there."""

import json
import logging
from datetime import datetime

from .session import Session

log = logging.getLogger(__name__)


def exposed(session: Session) -> dict:
    """Return what may be seen: the id hashed and shortened, and the data, which has no secrets."""
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
    """Log what the session exposes at this door, and the bare id of the user in it."""
    if log.isEnabledFor(logging.DEBUG):
        log.debug("%s session %s", door, json.dumps(exposed(session), indent=2, ensure_ascii=False))
        log.debug("%s user id %s", door, session["_user_id"])


def fingerprint(session_id: str | None) -> str | None:
    """Return enough of a session's id to tell it from others."""
    return session_id and session_id[:8] + "…"


def iso(moment: datetime | None) -> str | None:
    return moment and moment.strftime("%Y-%m-%dT%H:%M:%SZ")
