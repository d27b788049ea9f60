"""Ids: text everywhere outside, ObjectIds in the database."""

from bson import ObjectId


def object_id(text: object) -> ObjectId | None:
    """Return the id that this text is; None, which is nothing's id, if it is none.

    Capitals are none of ours, so two texts that differ are never the same id.
    """
    is_one = isinstance(text, str) and text == text.lower() and ObjectId.is_valid(text)
    return ObjectId(text) if is_one else None
