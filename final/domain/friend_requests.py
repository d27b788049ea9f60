"""Friend requests: asked by one user, accepted or declined by the other, and limited in number."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from ..settings.quotas import ASK_AGAIN, FRIENDS, REQUESTS, REQUESTS_TO_ONE
from .database import now


class RequestOutcome(NamedTuple):
    """What a friend request has led to."""

    are_friends: bool
    is_new: bool  # False if the request changed nothing


class OverLimit(Exception):
    """A limit doesn't allow this friend request, or its acceptance."""


class FriendsFull(OverLimit):
    """The user with the ID `user_id`, one of the two, already has FRIENDS friends."""

    def __init__(self, user_id: str):
        super().__init__(user_id)
        self.user_id = user_id


class RequestsFull(OverLimit):
    """The user already has REQUESTS unanswered requests."""


class AskedRecently(OverLimit):
    """The user can ask the same person again only after `wait`."""

    def __init__(self, wait: timedelta):
        super().__init__(wait)
        self.wait = wait


class FriendRequests:
    """The requests and friendships in MongoDB, one document for each two users:

    {_id: both IDs, sorted and joined; members: [id, id]; asked_by: id; accepted: bool; since;
    times: how often `asked_by` has asked recently}

    Two users have only one document, because its _id is made of their IDs, and each change is one
    conditional write. So if both act at the same moment, the second act finds the result of the
    first.

    A request that was declined or withdrawn stays for a day, with None for `accepted` and with
    `until`. It only limits how soon `asked_by` can ask again: no page shows it, and the database
    removes it at that time.
    """

    def __init__(self, collection: Collection):
        self.collection = collection
        self._last_time = now()
        for field in "members", "asked_by":
            collection.create_index([(field, 1), ("accepted", 1), ("since", 1), ("_id", 1)])
        collection.create_index("until", expireAfterSeconds=0)

    def ask(self, user_id: str, other_id: str) -> bool:
        """Do the same as `request`, but return only whether the two are friends now."""
        return self.request(user_id, other_id).are_friends

    def request(self, user_id: str, other_id: str) -> RequestOutcome:
        """Ask the other user, or accept if they have asked. Raise OverLimit if that's too much."""
        if user_id == other_id:
            raise ValueError("nobody is their own friend")
        while True:
            found = self._find(user_id, other_id)
            if found and found["accepted"]:
                return RequestOutcome(are_friends=True, is_new=False)
            if found and found["accepted"] is False:
                if found["asked_by"] == user_id:
                    return RequestOutcome(are_friends=False, is_new=False)
                if self.accept(user_id, other_id):
                    return RequestOutcome(are_friends=True, is_new=True)
            elif self._store_request(user_id, other_id, found):
                break
            # The document was changed after we read it, so read it again.
        if self._asks_more_than(REQUESTS, user_id):  # another tab asked somebody else just now
            self.end(user_id, other_id)
            raise RequestsFull
        return RequestOutcome(are_friends=False, is_new=True)

    def _store_request(self, user_id: str, other_id: str, former: dict | None) -> bool:
        """Store a request in place of the `former` one. Return False if that one has changed."""
        since, times = self._next_time(), 1
        if former and former["asked_by"] == user_id and former["until"] > since:
            if former["times"] >= REQUESTS_TO_ONE:
                raise AskedRecently(former["until"] - since)
            times += former["times"]
        if self._has_more_friends_than(FRIENDS - 1, user_id):
            raise FriendsFull(user_id)
        if self._asks_more_than(REQUESTS - 1, user_id):
            raise RequestsFull
        request = {
            "members": sorted([user_id, other_id]),
            "asked_by": user_id,
            "accepted": False,
            "since": since,
            "times": times,
        }
        if former:  # replace all of it, because the database would remove a request with `until`
            unchanged = {"_id": former["_id"], "until": former["until"]}
            return self.collection.replace_one(unchanged, request).matched_count == 1
        try:
            self.collection.insert_one({"_id": friendship_id(user_id, other_id), **request})
        except DuplicateKeyError:
            return False
        return True

    def accept(self, user_id: str, other_id: str) -> bool:
        """Accept the other user's request. Return False if there is none, or raise FriendsFull."""
        _id = friendship_id(user_id, other_id)
        request = {"_id": _id, "asked_by": other_id, "accepted": False}
        accepted = {"$set": {"accepted": True, "since": self._next_time()}}
        before = self.collection.find_one_and_update(request, accepted)
        if not before:
            return False
        # Count after the write: if two requests are accepted at once, the later count sees both.
        for each in user_id, other_id:
            if self._has_more_friends_than(FRIENDS, each):
                undone = {"$set": {"accepted": False, "since": before["since"]}}
                self.collection.update_one({"_id": _id, "accepted": True}, undone)
                raise FriendsFull(each)
        return True

    def end(self, user_id: str, other_id: str) -> bool:
        """End a friendship, or decline or withdraw a request. Return False if there is neither."""
        while True:
            found = self._find(user_id, other_id)
            if not found or found["accepted"] is None:
                return False
            unchanged = {name: found[name] for name in ("_id", "asked_by", "accepted")}
            if found["accepted"]:
                done = self.collection.delete_one(unchanged).deleted_count
            else:
                is_own = found["asked_by"] == user_id
                times = found.get("times", 1) if is_own else REQUESTS_TO_ONE
                ended = {"accepted": None, "until": datetime.now(UTC) + ASK_AGAIN, "times": times}
                done = self.collection.update_one(unchanged, {"$set": ended}).matched_count
            if done:
                return True

    def _next_time(self) -> datetime:
        """Return the time, but never the same time twice, because friends are sorted by it."""
        self._last_time = max(now(), self._last_time + timedelta(milliseconds=1))
        return self._last_time

    def _find(self, user_id: str, other_id: str) -> dict | None:
        return self.collection.find_one({"_id": friendship_id(user_id, other_id)})

    def _has_more_friends_than(self, limit: int, user_id: str) -> bool:
        return self._are_more_than(limit, {"accepted": True, "members": user_id})

    def _asks_more_than(self, limit: int, user_id: str) -> bool:
        return self._are_more_than(limit, {"asked_by": user_id, "accepted": False})

    def _are_more_than(self, limit: int, conditions: dict) -> bool:
        return self.collection.count_documents(conditions, limit=limit + 1) > limit


def friendship_id(user_id: str, other_id: str) -> str:
    """Return the _id of the document of two users, in whichever order they come."""
    return ":".join(sorted([user_id, other_id]))
