"""Adds to Flask-Session the time of a session's last change, and a view without secrets."""

import hashlib
import time
from datetime import UTC, datetime

from flask import Response, current_app, session

RENEW_EVERY = 60  # seconds
NOT_SHOWN = {"_permanent", "last_modified"}  # keys that the app hasn't set


def renew() -> None:
    """Extend an active session by a full term. To do so, store it again once a minute."""
    if session and time.time() - session["last_modified"] > RENEW_EVERY:
        session.modified = True


def note_change(response: Response) -> Response:
    if session and session.modified:
        session["last_modified"] = int(time.time())
    return response


def exposed() -> dict:
    """Return the exposed part of the session: a short hash of its ID, and data without secrets."""
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
