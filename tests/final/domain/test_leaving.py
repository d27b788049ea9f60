"""Deleting an account leaves nothing behind, even if something is being written at that moment.

Some tests hold a write at one of its steps, delete the account, and let the write continue. Others
hold the deletion at one of its steps, and write something.
"""

from collections.abc import Callable
from contextlib import suppress

import pytest

from final.domain.feed import AccountDeleted, Feed
from final.domain.friends import Friends
from final.domain.notifications import Notifications
from final.domain.posts import Posts
from final.domain.users import User, Users


class Village:
    """Ada, who is about to delete her account, her friend Grace, and Grace's friend Alan."""

    def __init__(self, database):
        self.database = database
        self.users = Users(database.users, run=lambda *_: "no hash")
        self.friends = Friends(database.friendships)
        self.posts = Posts(database.posts)
        self.notifications = Notifications(database.posts, database.read_marks)
        self.feed = Feed(self.users, self.friends, self.posts, self.notifications)
        names = ["Ada Lovelace", "Grace Hopper", "Alan Turing"]
        self.ada, self.grace, self.alan = map(self.join, names)
        for one, other in (self.ada, self.grace), (self.grace, self.alan):
            self.friends.ask(one.id, other.id)
            self.friends.ask(other.id, one.id)

    def join(self, name: str) -> User:
        first, last = name.split()
        return self.users.create(first, last, f"{first}@example.org", "")

    def write(self, author: User, text: str, post_id: str | None = None) -> str:
        comment, *_ = self.feed.write(author, text, post_id)
        return comment["id"]

    def leave(self, user: User) -> tuple[list[str], set[str]]:
        """Delete an account as the route does. Return the deleted IDs, and who could see them."""
        self.users.begin_deletion(user.id)
        gone = self.feed.forget(user.id)
        self.users.delete(user.id)
        return gone

    def traces(self, user: User) -> list[str]:
        """Return the names of the collections that contain this user's ID."""
        names = self.database.list_collection_names()
        return [name for name in names if user.id in str([*self.database[name].find()])]


@pytest.fixture
def village(database) -> Village:
    return Village(database)


@pytest.fixture
def hold(monkeypatch) -> Callable:
    """Return a function that makes `act` run right before, or after, a method's next call."""

    def hold_it(owner: object, method: str, act: Callable[[], object], before: bool) -> None:
        call = getattr(owner, method)

        def held(*args, **options):
            monkeypatch.setattr(owner, method, call)
            if before:
                act()
            result = call(*args, **options)
            if not before:
                act()
            return result

        monkeypatch.setattr(owner, method, held)

    return hold_it


def writes(village: Village) -> dict[str, Callable[[], object]]:
    """Return writes by name: Ada writes a comment, or somebody writes one that notifies Ada."""
    hers, graces = village.write(village.ada, "By Ada."), village.write(village.grace, "By Grace.")
    village.write(village.ada, "She takes part.", graces)
    return {
        "a post": lambda: village.write(village.ada, "Her last post."),
        "a reply": lambda: village.write(village.ada, "Her last reply.", graces),
        "a reply to herself": lambda: village.write(village.ada, "Her last words.", hers),
        "a reply of a friend to her": lambda: village.write(village.grace, "To Ada.", hers),
        "a post of a friend": lambda: village.write(village.grace, "To all friends."),
        "a reply beside hers": lambda: village.write(village.alan, "To both.", graces),
    }


ALONE = ["a post", "a reply to herself"]
WITH_FRIENDS = [
    "a reply",
    "a reply of a friend to her",
    "a post of a friend",
    "a reply beside hers",
]


@pytest.mark.parametrize("when", ["before the insert", "after the insert"])
@pytest.mark.parametrize(
    ("what", "has_friends"),
    [*((what, True) for what in ALONE + WITH_FRIENDS), *((what, False) for what in ALONE)],
)
def test_nothing_is_left_of_what_was_being_written(village, hold, what, has_friends, when):
    write = writes(village)[what]
    if not has_friends:
        village.friends.end(village.ada.id, village.grace.id)
    before = when == "before the insert"
    hold(village.posts.collection, "insert_one", lambda: village.leave(village.ada), before)
    try:
        write()
    except (AccountDeleted, LookupError):
        assert "of a friend" not in what or "to her" in what, "a friend's own words are kept"
    assert village.traces(village.ada) == []
    texts = [each["text"] for each in village.database.posts.find()]
    assert ("To all friends." in texts) == (what == "a post of a friend")
    assert ("To both." in texts) == (what == "a reply beside hers")


@pytest.mark.parametrize("what", ["a post", "a reply", "a reply of a friend to her"])
@pytest.mark.parametrize(
    "step",
    [
        ("friends", "forget"),
        ("posts", "forget"),
        ("notifications", "forget"),
        ("users", "delete"),
    ],
    ids=lambda step: "-".join(step),
)
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_nothing_is_left_of_what_is_written_during_a_deletion(village, hold, what, step, before):
    write = writes(village)[what]

    def write_if_possible() -> None:
        with suppress(AccountDeleted, LookupError):
            write()

    part, method = step
    hold(getattr(village, part), method, write_if_possible, before)
    village.leave(village.ada)
    assert village.traces(village.ada) == []


def test_a_friendship_that_begins_during_a_deletion_keeps_no_post(village, hold):
    """The route removes such a friendship, but a post may be written before it does."""

    def leave_and_find_a_friend() -> None:
        village.leave(village.ada)
        for one, other in (village.ada, village.alan), (village.alan, village.ada):
            village.friends.ask(one.id, other.id)

    hold(village.posts.collection, "insert_one", leave_and_find_a_friend, before=True)
    with pytest.raises(AccountDeleted):
        village.write(village.ada, "Her last post.")
    assert list(village.database.posts.find()) == []


def test_a_user_without_friends_keeps_their_posts(village):
    village.friends.end(village.ada.id, village.grace.id)
    post = village.write(village.ada, "To myself.")
    assert [each.id for each in village.posts.feed([village.ada.id])] == [post]


def test_a_deletion_that_failed_can_be_repeated(village, monkeypatch):
    village.write(village.ada, "By Ada.")

    def fail(*_):
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(village.posts, "forget", fail)
        with pytest.raises(ConnectionError):
            village.leave(village.ada)
    with pytest.raises(AccountDeleted):
        village.write(village.ada, "In between.")
    assert village.users.authenticate("ada@example.org", "") == village.ada, (
        "she can log in to try again"
    )
    village.leave(village.ada)
    assert village.traces(village.ada) == []


def test_notifications_of_a_former_friend_are_deleted_too(village):
    village.write(village.grace, "To Ada and Alan.")
    village.friends.end(village.ada.id, village.grace.id)
    village.leave(village.ada)
    assert village.traces(village.ada) == []
    owners = [village.grace.id]
    assert len(village.notifications.newest(village.alan.id, owners)) == 1


def test_reading_at_the_same_moment_leaves_no_mark(village, hold):
    post = village.write(village.grace, "Read me.")
    owners = [village.ada.id, village.grace.id]
    hold(village.notifications.read_marks, "update_one", lambda: village.leave(village.ada), True)
    village.feed.mark_read(village.ada.id, owners, post)
    assert village.traces(village.ada) == []


def test_a_deletion_returns_the_users_who_could_see_the_posts(village):
    graces = village.write(village.grace, "By Grace.")
    reply = village.write(village.ada, "By Ada.", graces)
    gone, viewers = village.leave(village.ada)
    assert gone == [reply]
    assert viewers == {village.ada.id, village.grace.id, village.alan.id}


def test_a_long_history_is_deleted_in_portions(village, monkeypatch):
    monkeypatch.setattr("final.domain.posts.DELETED_AT_ONCE", 3)
    hers, graces = village.write(village.ada, "By Ada."), village.write(village.grace, "By Grace.")
    ids = [hers]
    for n in range(8):
        ids.append(village.write(village.ada, f"{n}", graces))
        ids.append(village.write(village.grace, f"To Ada: {n}", hers))
        ids.append(village.write(village.ada, f"Post {n}"))
    gone, _ = village.leave(village.ada)
    assert sorted(gone) == sorted(ids)
    assert village.traces(village.ada) == []
    assert village.database.posts.count_documents({}) == 1


def test_a_post_goes_with_all_its_replies_in_portions(village, monkeypatch):
    monkeypatch.setattr("final.domain.posts.DELETED_AT_ONCE", 3)
    post = village.write(village.ada, "By Ada.")
    ids = [village.write(village.grace, f"{n}", post) for n in range(6)]
    gone, _ = village.feed.delete(village.ada.id, post)
    assert sorted(gone) == sorted([post, *ids])
    assert village.database.posts.count_documents({}) == 0
