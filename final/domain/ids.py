"""Ids: text everywhere outside, ObjectIds in the database."""

import secrets
import time
from collections.abc import Iterator, Sequence

from bson import ObjectId

LOOK_BACK = 60  # seconds

_last = 0  # time, in new_id's measure


def new_id() -> ObjectId:
    """Return an id that comes after all others so far, whichever process has made them.

    Like any ObjectId it begins with the second of its making, in four bytes. But then three bytes
    go on with the time, and what is random comes last: else all the ids that one process makes in
    a second would come before all those of another.
    """
    global _last
    now = (time.time_ns() << 24) // 10**9  # in seconds / 2²⁴, which is 60 ns
    _last = max(now, _last + 1)  # also when the clock is set back a little
    return ObjectId(_last.to_bytes(7) + secrets.token_bytes(5))


def object_id(text: object) -> ObjectId | None:
    """Return the id that this text is; None, which is nothing's id, if it is none.

    Capitals are none of ours, so two texts that differ are never the same id.
    """
    is_one = isinstance(text, str) and text == text.lower() and ObjectId.is_valid(text)
    return ObjectId(text) if is_one else None


def look_back_from(one: ObjectId) -> ObjectId:
    """Return the lowest id of a minute before; an id begins with its second, in four bytes."""
    second = max(0, int.from_bytes(one.binary[:4]) - LOOK_BACK)
    return ObjectId(second.to_bytes(4) + bytes(8))


def portions(ids: Sequence, size: int) -> Iterator[Sequence]:
    """Yield the ids in order, at most `size` at a time."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
