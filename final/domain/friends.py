"""Friendships: asked by one, accepted by the other, and then the same from both sides."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from pymongo.errors import DuplicateKeyError

from ..settings.quotas import ASK_AGAIN, ASKING, FRIENDS, REQUESTS, REQUESTS_TO_ONE
from .friendships import Asked, AskedRecently, FriendsFull, Friendships, RequestsFull, key
from .posts import to_the_millisecond

AT_FIRST = 200  # friendships in the first question; most people have fewer
IN_ONE_ANSWER = 1000  # friendships; the database gives 101 by itself, and has to be asked for more
NEWEST_FIRST = [("accepted", -1), ("since", -1), ("_id", -1)]
IN_FORCE = {"$in": [True, False]}  # `accepted` of a friendship or a request


class Friends:
    """The friendships, also those only asked for so far.

    {_id: both ids, sorted and joined; members: [id, id]; asked_by: id; accepted: bool; since;
    times: how often `asked_by` has asked recently}

    Two people have one document at most, by its _id, and each change of it is one conditional
    write. So what both do at the same moment has one order, and the second act meets the first.

    A request that was declined or withdrawn stays for a day, with None for `accepted` and with
    `until`. Its only use is to limit how soon `asked_by` can ask again: no page shows it, and
    the database removes it after that time.
    """

    def __init__(self, collection):
        self.collection = collection
        self._last = to_the_millisecond(datetime.now(UTC))
        for whose in "members", "asked_by":
            collection.create_index([(whose, 1), ("accepted", 1), ("since", 1), ("_id", 1)])
        collection.create_index("until", expireAfterSeconds=0)

    # What people do.

    def ask(self, user_id: str, other_id: str) -> bool:
        """Ask the other, or accept if they have asked; say whether the two are friends now.

        Raise what `request` raises.
        """
        return self.request(user_id, other_id).are_friends

    def request(self, user_id: str, other_id: str) -> Asked:
        """Ask the other, or accept if they have asked. Return the outcome.

        Raise OverLimit if the user can't ask now: FriendsFull, RequestsFull or AskedRecently.
        """
        if user_id == other_id:
            raise ValueError("nobody is their own friend")
        while True:
            there = self._find(user_id, other_id)
            if there and there["accepted"]:
                return Asked(are_friends=True, is_new=False)
            if there and there["accepted"] is False:
                if there["asked_by"] == user_id:
                    return Asked(are_friends=False, is_new=False)
                if self.accept(user_id, other_id):
                    return Asked(are_friends=True, is_new=True)
            elif self._store_request(user_id, other_id, there):
                break
            # Somebody has changed it in the meantime, so look again.
        if self._asks_more_than(REQUESTS, user_id):  # another tab has asked at the same moment
            self.end(user_id, other_id)
            raise RequestsFull
        return Asked(are_friends=False, is_new=True)

    def _store_request(self, user_id: str, other_id: str, former: dict | None) -> bool:
        """Store a request, in place of a `former` one. Return False if that has changed."""
        now, times = self._now(), 1
        if former and former["asked_by"] == user_id and former["until"] > now:
            if former["times"] >= REQUESTS_TO_ONE:
                raise AskedRecently(former["until"] - now)
            times += former["times"]
        if self._has_more_friends_than(FRIENDS - 1, user_id):
            raise FriendsFull(user_id)
        if self._asks_more_than(REQUESTS - 1, user_id):
            raise RequestsFull
        request = {
            "members": sorted([user_id, other_id]),
            "asked_by": user_id,
            "accepted": False,
            "since": now,
            "times": times,
        }
        if former:  # replaced as a whole: the database would remove a request with an `until`
            unchanged = {"_id": former["_id"], "until": former["until"]}
            return self.collection.replace_one(unchanged, request).matched_count == 1
        try:
            self.collection.insert_one({"_id": key(user_id, other_id), **request})
        except DuplicateKeyError:
            return False
        return True

    def accept(self, user_id: str, other_id: str) -> bool:
        """Accept what the other has asked; False if they have not, or no longer.

        Raise FriendsFull if one of the two has FRIENDS friends already.
        """
        asked = {"_id": key(user_id, other_id), "asked_by": other_id, "accepted": False}
        accepted = {"$set": {"accepted": True, "since": self._now()}}
        before = self.collection.find_one_and_update(asked, accepted)
        if not before:
            return False
        # Count after the write: if two are accepted at once, the later one counts both.
        for each in user_id, other_id:
            if self._has_more_friends_than(FRIENDS, each):
                undone = {"$set": {"accepted": False, "since": before["since"]}}
                self.collection.update_one({"_id": before["_id"], "accepted": True}, undone)
                raise FriendsFull(each)
        return True

    def end(self, user_id: str, other_id: str) -> bool:
        """Decline, withdraw or unfriend, whichever it is by now; False if nothing was there."""
        while True:
            there = self._find(user_id, other_id)
            if not there or there["accepted"] is None:
                return False
            unchanged = {name: there[name] for name in ("_id", "asked_by", "accepted")}
            if there["accepted"]:
                done = self.collection.delete_one(unchanged).deleted_count
            else:
                is_own = there["asked_by"] == user_id
                times = there.get("times", 1) if is_own else REQUESTS_TO_ONE
                over = {"accepted": None, "until": datetime.now(UTC) + ASK_AGAIN, "times": times}
                done = self.collection.update_one(unchanged, {"$set": over}).matched_count
            if done:
                return True

    def remove(self, user_id: str, other_id: str) -> None:
        """Remove all that two people have, also the memory of a declined request."""
        self.collection.delete_one({"_id": key(user_id, other_id)})

    def forget(self, user_id: str) -> None:
        """Remove all that this user has with anybody."""
        self.collection.delete_many({"members": user_id})

    # What they have with each other.

    def of(self, user_id: str) -> set[str]:
        """Return the ids of a user's friends."""
        accepted = {"members": user_id, "accepted": True}
        return set(self.collection.distinct("members", accepted)) - {user_id}

    def of_each(self, user_ids: Iterable[str]) -> dict[str, set[str]]:
        """Return the ids of the friends of each of these users; who has none is left out."""
        user_ids = set(user_ids)
        accepted = {"members": {"$in": list(user_ids)}, "accepted": True}
        found = self.collection.find(accepted, {"members": 1}).batch_size(IN_ONE_ANSWER)
        friends = defaultdict(set)
        for first, second in (each["members"] for each in found):
            friends[first].add(second)
            friends[second].add(first)
        return {user_id: friends[user_id] for user_id in user_ids & friends.keys()}

    def all_of(self, user_id: str) -> Friendships:
        """Return what a user has with others: all friends, and ASKING of those who ask.

        Most people have so little that one question is enough. For the others, each kind that may
        be incomplete is asked for on its own.
        """
        mine = {"members": user_id, "accepted": IN_FORCE}
        found = self._newest(mine, AT_FIRST)  # the friends, and then the requests
        known = Friendships.of_documents(user_id, found)
        friends, asking, asked = known.friends, known.asking, known.asked
        if len(found) == AT_FIRST:
            if len(friends) == AT_FIRST:
                mine["accepted"] = True
                friends = Friendships.of_documents(user_id, self._newest(mine)).friends
            if len(asking) < ASKING:
                asking = self.asking(user_id, ASKING)
            mine = {"asked_by": user_id, "accepted": False}
            asked = Friendships.of_documents(user_id, self._newest(mine, REQUESTS)).asked
        return Friendships(friends[::-1], asking[:ASKING][::-1], asked[::-1])

    def asking(self, user_id: str, limit: int, after: str | None = None) -> list[str]:
        """Return the ids of those who ask this user, the newest first.

        `after` is the id of one of them: the next ones follow. If that request is gone, so is
        its place in the list, and the newest are returned.
        """
        mine = {"members": user_id, "accepted": False, "asked_by": {"$ne": user_id}}
        if last := after and self._find(user_id, after):
            mine["since"] = {"$lte": last["since"]}
            mine["$nor"] = [{"since": last["since"], "_id": {"$gte": last["_id"]}}]
        return Friendships.of_documents(user_id, self._newest(mine, limit)).asking

    def with_each(self, user_id: str, other_ids: Iterable[str]) -> Friendships:
        """Return what a user has with these others, in no particular order."""
        keys = [key(user_id, other_id) for other_id in other_ids]
        found = self.collection.find({"_id": {"$in": keys}, "accepted": IN_FORCE})
        return Friendships.of_documents(user_id, found)

    def _now(self) -> datetime:
        """Return the time, in milliseconds, and never the same twice: it's the order of a list."""
        now = to_the_millisecond(datetime.now(UTC))
        self._last = max(now, self._last + timedelta(milliseconds=1))
        return self._last

    def _find(self, user_id: str, other_id: str) -> dict | None:
        return self.collection.find_one({"_id": key(user_id, other_id)})

    def _newest(self, conditions: dict, limit: int = 0) -> list[dict]:
        found = self.collection.find(conditions, {"accepted": 1, "asked_by": 1})
        return list(found.sort(NEWEST_FIRST).limit(limit).batch_size(IN_ONE_ANSWER))

    def _has_more_friends_than(self, most: int, user_id: str) -> bool:
        accepted = {"accepted": True, "members": user_id}
        return self._are_more_than(most, accepted)

    def _asks_more_than(self, most: int, user_id: str) -> bool:
        return self._are_more_than(most, {"asked_by": user_id, "accepted": False})

    def _are_more_than(self, most: int, conditions: dict) -> bool:
        return self.collection.count_documents(conditions, limit=most + 1) > most
