"""The newest posts of many people, or in many threads, without reading all of them."""

from collections.abc import Iterable

from .ids import object_id, portions

ALL_BUT_TO = {"to": False}  # what is read of a post: it may have many readers
AT_ONCE = 100  # people or threads; of many more, MongoDB would read and sort all posts


def newest(
    collection, conditions: dict, field: str, values: Iterable, limit: int, direction: int = -1
) -> list[dict]:
    """Return the newest posts whose `field` has one of these values; with `direction` 1 the oldest.

    They meet the `conditions`. At most `limit` are returned, sorted by `_id` in this direction.
    """
    found = []
    for some in portions(list(values), AT_ONCE):
        of_some = {**conditions, field: {"$in": some}}
        found += collection.find(of_some, ALL_BUT_TO).sort("_id", direction).limit(limit)
    found.sort(key=lambda document: document["_id"], reverse=direction < 0)
    return found[:limit]


def older_than(before: str | None) -> dict:
    """Return the condition that posts are older than `before`; none if that isn't an ID."""
    oldest = object_id(before)
    return {"_id": {"$lt": oldest}} if oldest else {}
