"""The stores of final/ in memory, for as long as the process lives, like express/memory.js.

The embedded database is for development. It reads every document to find one, so a benchmark would
measure nothing else. Each class here implements one of the Protocols in
final/domain/stores.py and final/sessions/store.py. IDs are text, and sort by time.
"""

from __future__ import annotations

import copy
import heapq
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice

from bson import ObjectId
from werkzeug.security import check_password_hash, generate_password_hash

from final.app import Data
from final.cluster.processes import SingleProcess
from final.domain import texts
from final.domain.database import now
from final.domain.friend_requests import RequestOutcome
from final.domain.friends import Friendships
from final.domain.ids import new_id, object_id, overlap_before
from final.domain.threads import Post
from final.domain.users import LAST_CHARACTER, NOBODYS_PASSWORD, User, name_fields
from final.sessions.store import check_keys, hashed
from final.settings.config import Config
from final.settings.quotas import FEED_REPLIES, KNOWN_NETWORKS, MISSED, PAGE
from final.web.hash_queue import HashQueue
from final.web.throttle import Guesses


def in_memory(config: Config) -> Data:
    """Return the parts of an app that keep everything in memory."""
    posts = Posts()
    return Data(
        store=Sessions(),
        users=Users(HashQueue()),
        friends=Friends(),
        posts=posts,
        notifications=Notifications(posts),
        guesses=Guesses(),
        processes=SingleProcess(f"memory:{config.port}"),
    )


class Sessions:
    """Implements SessionStore. Reading returns a copy, so changing it stores nothing."""

    def __init__(self):
        self.documents: dict[str, dict] = {}  # by `_id`
        self.ids_of: defaultdict[str, set[str]] = defaultdict(set)  # by user

    def load(self, sid: str) -> dict | None:
        document = self.documents.get(hashed(sid))
        return copy_of(document) if document and is_alive(document) else None

    def load_first(self, sids: Sequence[str]) -> tuple[str | None, dict]:
        both = ((sid, self.load(sid)) for sid in sids)
        return next(((sid, document) for sid, document in both if document), (None, {}))

    def insert(self, sid: str, document: dict) -> None:
        check_keys(document["data"])
        self._put({"_id": hashed(sid), **copy_of(document)})

    def update(self, sid: str, changed: dict, removed: Iterable[str], fields: dict) -> bool:
        check_keys(changed)
        document = self._take(hashed(sid))
        if document is None:
            return False
        kept = {key: value for key, value in document["data"].items() if key not in removed}
        self._put(document | fields | {"data": kept | copy.deepcopy(changed)})
        return True

    def destroy(self, session_ids: list[str]) -> None:
        for session_id in session_ids:
            self._take(session_id)

    def of_user(self, user_id: str) -> list[dict]:
        found = [self.documents[session_id] for session_id in self.ids_of[user_id]]
        return sorted(
            map(copy_of, filter(is_alive, found)), key=lambda each: each["last_seen"], reverse=True
        )

    def end(self, user_id: str, session_id: str) -> bool:
        return session_id in self.ids_of[user_id] and self._take(session_id) is not None

    def end_all(self, user_id: str, but: str | None = None) -> list[str]:
        ids = [*self.ids_of[user_id] - {but}]
        for session_id in ids:
            self._take(session_id)
        return ids

    def alive(self, session_ids: list[str]) -> set[str]:
        found = map(self.documents.get, session_ids)
        return {document["_id"] for document in found if document and is_alive(document)}

    def _put(self, document: dict) -> None:
        self.documents[document["_id"]] = document
        if "_user_id" in document["data"]:
            self.ids_of[document["data"]["_user_id"]].add(document["_id"])

    def _take(self, session_id: str) -> dict | None:
        document = self.documents.pop(session_id, None)
        if document:
            self.ids_of[document["data"].get("_user_id")].discard(session_id)
        return document


def copy_of(document: dict) -> dict:
    return {**document, "data": copy.deepcopy(document["data"])}


def is_alive(document: dict) -> bool:
    return document["expires"] > datetime.now(UTC)


class Users:
    """Implements UserStore. `run` calls a function that hashes a password, with its arguments."""

    def __init__(self, run: Callable):
        self.run = run
        self.by_id: dict[str, User] = {}
        self.by_email: dict[str, User] = {}
        self.passwords: dict[str, str] = {}  # hashes, by user ID
        self.leaving: set[str] = set()  # IDs
        self.networks: dict[str, deque[str]] = {}  # by user ID
        self.demo_ids: set[str] = set()  # IDs
        self.names: list[tuple[str, str]] = []  # (folded name, user ID), sorted

    def create(self, first_name: str, last_name: str, email: str, password: str) -> User | None:
        password = self.run(generate_password_hash, texts.clean_password(password))
        user = User(str(ObjectId()), first_name, last_name, texts.clean_email(email))
        if user.email in self.by_email:
            return None
        self.passwords[user.id] = password
        self._put(user)
        return user

    def find(self, user_id: str | None) -> User | None:
        return self.by_id.get(user_id) if isinstance(user_id, str) else None

    def find_many(self, ids: Iterable[str]) -> dict[str, User]:
        return {user_id: self.by_id[user_id] for user_id in ids if user_id in self.by_id}

    def find_by_email(self, email: str) -> User | None:
        return self.by_email.get(texts.clean_email(email))

    def search(self, query: str, limit: int = 20) -> list[User]:
        name = texts.folded(query)
        if not name:
            return []
        first = bisect_left(self.names, (name,))
        last = bisect_left(self.names, (name + LAST_CHARACTER,))
        found = {user_id: self.by_id[user_id] for _, user_id in self.names[first:last]}
        if user := self.find_by_email(query):
            found[user.id] = user
        some = islice(found.values(), limit)
        return sorted(some, key=lambda user: texts.folded(user.full_name))

    def authenticate(self, email: str, password: str) -> User | None:
        user = self.find_by_email(email)
        return user if self._matches(user, password) else None

    def password_version(self, email: str) -> str | None:
        user = self.find_by_email(email)
        return self.passwords[user.id] if user else None

    def check_password(self, user_id: str, password: str) -> bool:
        return self._matches(self.find(user_id), password)

    def rename(self, user_id: str, first_name: str, last_name: str) -> None:
        if user := self._take(user_id):
            self._put(replace(user, first_name=first_name, last_name=last_name))

    def set_password(self, user_id: str, password: str, version: str | None = None) -> str | None:
        password = self.run(generate_password_hash, texts.clean_password(password))
        if user_id not in self.by_id or version not in (None, self.passwords[user_id]):
            return None
        self.passwords[user_id] = password
        return password

    def has_logged_in_from(self, email: str, network: str) -> bool:
        user = self.find_by_email(email)
        return user is not None and network in self.networks.get(user.id, ())

    def remember_network(self, user_id: str, network: str) -> None:
        if user_id in self.by_id:
            known = self.networks.setdefault(user_id, deque(maxlen=KNOWN_NETWORKS))
            if network not in known:
                known.append(network)

    def demo_users(self) -> list[User]:
        return [self.by_id[user_id] for user_id in self.demo_ids]

    def mark_as_demo(self, user_id: str) -> None:
        self.demo_ids.add(user_id)

    def begin_deletion(self, user_id: str) -> None:
        self.leaving.add(user_id)

    def all_active(self, *user_ids: str) -> bool:
        return all(each in self.by_id and each not in self.leaving for each in user_ids)

    def delete(self, user_id: str) -> None:
        if self._take(user_id):
            del self.passwords[user_id]
            self.leaving.discard(user_id)
            self.networks.pop(user_id, None)
            self.demo_ids.discard(user_id)

    def _matches(self, user: User | None, password: str) -> bool:
        expected = self.passwords[user.id] if user else NOBODYS_PASSWORD
        return (
            self.run(check_password_hash, expected, texts.clean_password(password))
            and user is not None
        )

    def _put(self, user: User) -> None:
        self.by_id[user.id] = self.by_email[user.email] = user
        for name in name_fields(user.first_name, user.last_name)["names"]:
            insort(self.names, (name, user.id))

    def _take(self, user_id: str) -> User | None:
        user = self.find(user_id)
        if user:
            del self.by_id[user.id], self.by_email[user.email]
            for name in name_fields(user.first_name, user.last_name)["names"]:
                take_out((name, user.id), self.names)
        return user


@dataclass
class Friendship:
    """A friendship, or a request that isn't accepted yet."""

    asked_by: str
    since: datetime
    accepted: bool = False


class Friends:
    """Implements FriendStore, without its limits."""

    def __init__(self):
        # By user and by the other user, so each friendship is in here twice.
        self.friendships: defaultdict[str, dict[str, Friendship]] = defaultdict(dict)

    def ask(self, user_id: str, other_id: str) -> bool:
        return self.request(user_id, other_id).are_friends

    def request(self, user_id: str, other_id: str) -> RequestOutcome:
        if user_id == other_id:
            raise ValueError("nobody is their own friend")
        there = self.friendships[user_id].get(other_id)
        if there:
            is_new = self.accept(user_id, other_id)
            return RequestOutcome(there.accepted, is_new)
        there = Friendship(user_id, datetime.now(UTC))
        self.friendships[user_id][other_id] = self.friendships[other_id][user_id] = there
        return RequestOutcome(are_friends=False, is_new=True)

    def accept(self, user_id: str, other_id: str) -> bool:
        there = self.friendships[user_id].get(other_id)
        if not there or there.accepted or there.asked_by == user_id:
            return False
        there.accepted, there.since = True, datetime.now(UTC)
        return True

    def end(self, user_id: str, other_id: str) -> bool:
        self.friendships[other_id].pop(user_id, None)
        return self.friendships[user_id].pop(other_id, None) is not None

    def of(self, user_id: str) -> set[str]:
        return {one for one, each in self.friendships[user_id].items() if each.accepted}

    def of_each(self, user_ids: Iterable[str]) -> dict[str, set[str]]:
        friends = {user_id: self.of(user_id) for user_id in user_ids}
        return {user_id: theirs for user_id, theirs in friends.items() if theirs}

    def all_of(self, user_id: str) -> Friendships:
        found = Friendships([], [], [])
        for other_id, each in sorted(
            self.friendships[user_id].items(), key=lambda item: item[1].since
        ):
            requests = found.outgoing if each.asked_by == user_id else found.incoming
            (found.friends if each.accepted else requests).append(other_id)
        return found

    def incoming(self, user_id: str, limit: int, after: str | None = None) -> list[str]:
        newest_first = self.all_of(user_id).incoming[::-1]
        start = newest_first.index(after) + 1 if after in newest_first else 0
        return newest_first[start : start + limit]

    def between(self, user_id: str, other_ids: Iterable[str]) -> Friendships:
        all_of, others = self.all_of(user_id), set(other_ids)
        lists = all_of.friends, all_of.incoming, all_of.outgoing
        return Friendships(*([each for each in ids if each in others] for ids in lists))

    def forget(self, user_id: str) -> None:
        for other_id in self.friendships.pop(user_id, ()):
            del self.friendships[other_id][user_id]


class Posts:
    """Implements PostStore."""

    def __init__(self):
        self.by_id: dict[str, Post] = {}
        self.sent: dict[str, str] = {}  # IDs of posts, by author and key
        self.posts_of: defaultdict[str, list[str]] = defaultdict(list)  # IDs by author, sorted
        self.replies_of: defaultdict[str, list[str]] = defaultdict(list)  # likewise
        self.replies_to: defaultdict[str, list[str]] = defaultdict(list)  # IDs by post, sorted
        self.audience: dict[
            str, tuple[str, set[str]]
        ] = {}  # by ID: (owner of the thread, notified users)
        # Sorted IDs, by the user who is notified and by the thread's owner.
        self.notified: defaultdict[str, dict[str, list[str]]] = defaultdict(dict)

    def write(
        self,
        author_id: str,
        text: str,
        thread_id: str | None = None,
        owner_id: str | None = None,
        to: Iterable[str] = (),
        key: str = "",
    ) -> Post | None:
        once = f"{author_id} {key}" if key else None
        if once in self.sent:
            return self.find(self.sent[once])
        if thread_id is not None:
            thread = self.find(thread_id)
            if thread is None or thread.thread_id:
                return None
        post = Post(str(new_id()), author_id, text, now(), thread_id, owner_id or author_id)
        self.by_id[post.id] = post
        if once:
            self.sent[once] = post.id
        self.audience[post.id] = owner_id or author_id, set(to)
        for ids in self._lists_of(post):
            if ids and ids[-1] > post.id:  # as if a slower process had written it
                insort(ids, post.id)
            else:
                ids.append(post.id)
        return post

    def find(self, post_id: str | None) -> Post | None:
        return self.by_id.get(post_id) if post_id else None

    def no_longer_visible(self, post_ids: Iterable[str], owners: Iterable[str]) -> list[str]:
        owners = set(owners)
        return [each for each in post_ids if object_id(each) and self._owner(each) not in owners]

    def not_shown(
        self,
        shown: Iterable[str],
        threads: Iterable[str],
        owners: Iterable[str],
        author_id: str,
        after: str | None = None,
        since: str | None = None,
        limit: int = MISSED,
    ) -> list[Post]:
        shown, owners, last = set(shown), set(owners), object_id(since)
        first = max(min(shown, default=""), str(overlap_before(last)) if last else "")
        lists = [
            [each for each in self.replies_to.get(thread, ()) if each > first]
            for thread in threads
            if self._owner(thread) in owners
        ]
        if after is not None:
            first = after if after and object_id(after) else ""
            lists.append([each for each in self.posts_of[author_id] if each > first])
        missing = [[each for each in ids if each not in shown] for ids in lists]
        return [self.by_id[each] for each in newest(missing, LAST_CHARACTER, limit)][::-1]

    def feed(
        self, author_ids: Iterable[str], before: str | None = None, limit: int = PAGE
    ) -> list[Post]:
        lists = [self.posts_of[each] for each in author_ids if each in self.posts_of]
        return [self.by_id[each] for each in newest(lists, end(before), limit)]

    def written_by(self, author_id: str, before: str | None, limit: int) -> list[Post]:
        lists = [self.posts_of[author_id], self.replies_of[author_id]]
        return [self.by_id[each] for each in newest(lists, end(before), limit)]

    def replies(self, post_ids: Iterable[str], limit: int = FEED_REPLIES) -> dict[str, list[Post]]:
        return {post_id: self.replies_before(post_id, None, limit) for post_id in post_ids}

    def replies_before(self, post_id: str, before: str | None, limit: int) -> list[Post]:
        ids = newest([self.replies_to.get(post_id, [])], end(before), limit)
        return [self.by_id[each] for each in ids][::-1]

    def reply_ids_from(self, post_id: str, reply_id: str, limit: int) -> list[str]:
        ids = self.replies_to.get(post_id, ())
        first = bisect_left(ids, reply_id)
        return list(ids[first : first + limit])

    def participants(self, post_id: str) -> set[str]:
        return {self.by_id[each].author_id for each in self.replies_to.get(post_id, ())}

    def replied_to(self, author_id: str) -> set[str]:
        threads = {self.by_id[each].thread_id or each for each in self.replies_of[author_id]}
        return {self.by_id[each].author_id for each in threads}

    def delete(self, post_id: str, author_id: str) -> list[str]:
        post = self.find(post_id)
        if post is None or post.author_id != author_id:
            return []
        gone = [post_id, *self.replies_to.pop(post_id, ())]
        for each in map(self.by_id.pop, gone):
            for ids in self._lists_of(each):
                take_out(each.id, ids)
            del self.audience[each.id]
        return gone

    def forget(self, author_id: str) -> list[str]:
        written = [*self.posts_of[author_id], *self.replies_of[author_id]]
        return [gone for each in written for gone in self.delete(each, author_id)]

    def _owner(self, post_id: str) -> str | None:
        """Return the owner of a post's thread, or None if the post was deleted."""
        return self.audience[post_id][0] if post_id in self.audience else None

    def _lists_of(self, post: Post) -> list[list[str]]:
        """Return the lists that contain this post."""
        owner_id, to = self.audience[post.id]
        told = [self.notified[user_id].setdefault(owner_id, []) for user_id in to]
        if post.thread_id:
            return [self.replies_of[post.author_id], self.replies_to[post.thread_id], *told]
        return [self.posts_of[post.author_id], *told]


class Notifications:
    """Implements NotificationStore."""

    def __init__(self, posts: Posts):
        self.posts = posts
        self.read_marks: dict[str, str] = {}  # the newest read notification's ID, by user

    def newest(
        self, user_id: str, owners: Iterable[str], before: str | None = None, limit: int = 20
    ) -> list[Post]:
        lists = self._seen(user_id, owners)
        return self._notifications(newest(lists, end(before), limit))

    def missed(
        self,
        user_id: str,
        owners: Iterable[str],
        after: str | None,
        limit: int = 100,
        seen: Iterable[str] | None = None,
    ) -> list[Post]:
        lists, last = self._seen(user_id, owners), after if after and object_id(after) else ""
        late, first = [], str(overlap_before(ObjectId(last))) if last else ""
        if seen is not None:
            seen = set(seen)
            found = oldest(lists, first[:-1], limit + len(seen) + 16)  # from just before `first`
            unseen = [each for each in found if each >= first and each not in seen]
            return self._notifications(unseen[:limit])
        if last:
            late = [each for each in newest(lists, last + LAST_CHARACTER, limit) if each >= first]
        new = oldest(lists, last, limit)
        return self._notifications([*late[::-1], *new])

    def unread(self, user_id: str, owners: Iterable[str]) -> int:
        mark = self.read_mark(user_id)
        return sum(len(ids) - bisect_right(ids, mark) for ids in self._seen(user_id, owners))

    def read_mark(self, user_id: str) -> str:
        return self.read_marks.get(user_id, "")

    def mark_read(self, user_id: str, owners: Iterable[str], up_to: str) -> None:
        if object_id(up_to):
            told = newest(self._seen(user_id, owners), up_to + LAST_CHARACTER, 1)
            self.read_marks[user_id] = max([self.read_mark(user_id), *told])

    def withdraw(self, post_id: str, user_ids: Iterable[str]) -> None:
        owner_id, to = self.posts.audience[post_id]
        for user_id in user_ids:
            to.discard(user_id)
            take_out(post_id, self.posts.notified[user_id][owner_id])

    def forget(self, user_id: str) -> None:
        for ids in self.posts.notified.pop(user_id, {}).values():
            for each in ids:
                _, to = self.posts.audience[each]
                to.discard(user_id)
        self.read_marks.pop(user_id, None)

    def _seen(self, user_id: str, owners: Iterable[str]) -> list[list[str]]:
        """Return the sorted IDs of this user's notifications, by owner."""
        by_owner = self.posts.notified[user_id]
        return [by_owner[each] for each in owners if each in by_owner]

    def _notifications(self, ids: Iterable[str]) -> list[Post]:
        return [self.posts.by_id[each] for each in ids]


# Sorted lists.


def end(before: str | None) -> str:
    """Return `before`, or a text that sorts after all IDs if it isn't an ID."""
    return before if before and object_id(before) else LAST_CHARACTER


def newest(lists: Iterable[list[str]], before: str, limit: int) -> list[str]:
    """Return the last IDs of all these lists that are lower than `before`, highest first."""
    ends = ((ids, bisect_left(ids, before)) for ids in lists)
    parts = [ids[max(last - limit, 0) : last][::-1] for ids, last in ends]
    return [*islice(heapq.merge(*parts, reverse=True), limit)]


def oldest(lists: Iterable[list[str]], after: str, limit: int) -> list[str]:
    """Return the first IDs of all these lists that are higher than `after`, lowest first."""
    begins = ((ids, bisect_right(ids, after)) for ids in lists)
    parts = [ids[first : first + limit] for ids, first in begins]
    return [*islice(heapq.merge(*parts), limit)]


def take_out(item, items: list) -> None:
    """Remove an item from a sorted list, if it is there."""
    place = bisect_left(items, item)
    if items[place : place + 1] == [item]:
        del items[place]
