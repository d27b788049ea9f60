"""IDs: text outside the database, ObjectIds inside."""

import secrets
import time
from collections.abc import Iterable, Iterator, Sequence

from bson import ObjectId

OVERLAP = 60  # seconds

_last_time = 0  # of new_id, in 2⁻²⁴ seconds


def new_id() -> ObjectId:
    """Return an ID that sorts after all earlier ones, if the clocks of all processes agree.

    Like any ObjectId, it begins with the second in four bytes. Three more bytes hold the fraction
    of that second, and five are random. In a usual ObjectId the random bytes come first, so the
    IDs of two processes would not sort by time within a second.
    """
    global _last_time
    now = (time.time_ns() << 24) // 10**9  # one unit is 60 ns
    _last_time = max(now, _last_time + 1)  # the clock may be set back a little
    return ObjectId(_last_time.to_bytes(7) + secrets.token_bytes(5))


def object_id(text: object) -> ObjectId | None:
    """Return the ObjectId for a text, or None if the text is no ID.

    Capital letters are refused, so that two different texts never stand for the same ID.
    """
    if isinstance(text, str) and text == text.lower() and ObjectId.is_valid(text):
        return ObjectId(text)
    return None


def object_ids(texts: Iterable[object]) -> list[ObjectId]:
    """Return the ObjectIds for these texts, leaving out texts that are no IDs."""
    return [each for each in map(object_id, texts) if each]


def overlap_before(last: ObjectId) -> ObjectId:
    """Return the lowest ID of OVERLAP seconds before this one.

    A document may become visible a moment later than a document with a higher ID. So whoever asks
    for everything after an ID also asks for the time just before it.
    """
    second = max(0, int.from_bytes(last.binary[:4]) - OVERLAP)
    return ObjectId(second.to_bytes(4) + bytes(8))


def batched(ids: Sequence, size: int) -> Iterator[Sequence]:
    """Yield the IDs in order, at most `size` at a time."""
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
