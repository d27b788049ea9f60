"""What a session exposes: the part that is safe to show to its user."""

import contextlib
import json
from datetime import datetime

from session import Session
from session_store import hashed


def exposed(session: Session) -> dict:
    """Return the safe part of a session: its data, and a shortened hash of its ID."""
    return {
        "id": session.sid and hashed(session.sid)[:8] + "…",
        "cookie": {
            "path": "/",
            "expires": iso(session.expires),
            "max_age": int(session.store.max_age.total_seconds()),
            "http_only": True,
            "same_site": "Lax",
        },
        "data": dict(session),
        "last_modified": iso(session.last_modified),
    }


def print_session(door: str, session: Session) -> None:
    """Print the exposed part of a session and its user's ID, labelled with the door."""
    what = json.dumps(exposed(session), indent=2, ensure_ascii=False)
    with contextlib.suppress(OSError):  # the terminal may have been closed
        print(f"{door} session {what}\n{door} user id {session['_user_id']}\n", end="", flush=True)


def iso(moment: datetime | None) -> str | None:
    return moment and moment.strftime("%Y-%m-%dT%H:%M:%SZ")
