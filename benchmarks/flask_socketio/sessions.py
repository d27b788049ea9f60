"""What Flask-Session leaves open: when a session was changed, and what may be seen of it."""

import hashlib
import time
from datetime import UTC, datetime

from flask import Response, current_app, session

RENEW_EVERY = 60  # seconds
NOT_SHOWN = {"_permanent", "last_modified"}  # which are not the app's


def renew() -> None:
    """Let a session that is used live for another full term: once a minute store it anew."""
    if session and time.time() - session["last_modified"] > RENEW_EVERY:
        session.modified = True


def note_change(response: Response) -> Response:
    if session and session.modified:
        session["last_modified"] = int(time.time())
    return response


def exposed() -> dict:
    """Return what may be seen: the id hashed and shortened, and the data, which has no secrets."""
    max_age = int(current_app.permanent_session_lifetime.total_seconds())
    return {
        "id": hashlib.sha256(session.sid.encode()).hexdigest()[:8] + "…",
        "cookie": {
            "path": "/",
            "expires": iso(session["last_modified"] + max_age),
            "max_age": max_age,
            "http_only": True,
            "same_site": "Lax",
        },
        "data": {key: value for key, value in session.items() if key not in NOT_SHOWN},
        "last_modified": iso(session["last_modified"]),
    }


def iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
