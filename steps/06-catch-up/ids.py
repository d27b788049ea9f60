"""IDs that sort by time, even after a restart of the server."""

import secrets
import time

from bson import ObjectId

_last_time = 0  # of new_id, in 2⁻²⁴ seconds


def new_id() -> ObjectId:
    """Return an ID that sorts after all earlier ones. Call it in one thread at a time.

    Like any ObjectId, it begins with the second in four bytes. Three more bytes hold the fraction
    of that second, and five are random. In a usual ObjectId the random bytes come first, so the
    IDs of two processes would not sort by time within a second.
    """
    global _last_time
    now = (time.time_ns() << 24) // 10**9
    _last_time = max(now, _last_time + 1)  # the clock may be set back a little
    return ObjectId(_last_time.to_bytes(7) + secrets.token_bytes(5))


def object_id(text: object) -> ObjectId | None:
    """Return the ObjectId for a text, or None if it isn't an ID."""
    return ObjectId(text) if isinstance(text, str) and ObjectId.is_valid(text) else None
