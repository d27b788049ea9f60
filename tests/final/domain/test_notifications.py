"""Notifications: who sees which, what was missed, and what is read."""

from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId

from final.notifications import Notification, Notifications
from final.posts import Post

NOW = datetime(2026, 11, 22, 16, 33, 41, tzinfo=UTC)
NO_IDS = [None, "", "nothing", "A" * 24, 7]
ADAS = ["grace", "ada"]  # Grace may see the threads that she or Ada began


@pytest.fixture
def notifications(database) -> Notifications:
    return Notifications(database.notifications, database.read_marks)


def post_by(author_id: str, text: str = "Hello.", seconds: int = 0, thread_id=None) -> Post:
    """Return a post that was written so many seconds after NOW."""
    at = NOW + timedelta(seconds=seconds)
    post_id = ObjectId.from_datetime(at).binary[:4] + ObjectId().binary[4:]
    return Post(str(ObjectId(post_id)), author_id, text, at, thread_id)


def tell_grace(notifications: Notifications, *texts: str, seconds: int = 0) -> list[str]:
    """Tell Grace of these posts of Ada's; return their ids."""
    posts = [post_by("ada", text, seconds) for text in texts]
    for post in posts:
        notifications.add(post, "ada", {"grace"})
    return [post.id for post in posts]


def texts(found: list[Notification]) -> list[str]:
    return [each.text for each in found]


def test_who_is_told_of_a_post_sees_what_it_says(notifications: Notifications):
    post = post_by("ada")
    notifications.add(post, "ada", {"grace", "alan"})
    told = Notification(post.id, "ada", post.id, "Hello.", NOW)
    assert notifications.newest("grace", ["ada"]) == [told]
    assert notifications.newest("alan", ["ada"]) == [told]
    assert notifications.newest("zoe", ["ada"]) == []
    assert notifications.newest("ada", ["ada"]) == []


def test_a_reply_is_told_with_the_thread_it_belongs_to(notifications: Notifications):
    post = post_by("ada")
    reply = post_by("alan", "A reply.", thread_id=post.id)
    notifications.add(reply, "ada", {"grace"})
    [told] = notifications.newest("grace", ["ada"])
    assert (told.id, told.by, told.thread_id) == (reply.id, "alan", post.id)


def test_a_post_is_told_of_once(database, notifications: Notifications):
    post = post_by("ada")
    for to in {"grace"}, {"grace", "alan"}:
        notifications.add(post, "ada", to)
    assert notifications.unread("grace", ["ada"]) == 1
    assert database.notifications.count_documents({}) == 1


def test_where_nobody_is_told_nothing_is_stored(database, notifications: Notifications):
    notifications.add(post_by("ada"), "ada", set())
    assert database.notifications.count_documents({}) == 0


def test_who_was_unfriended_is_told_nothing_more_of_that_persons_threads(notifications):
    """G23: also not by catching up. It counts whose thread it is, not who wrote."""
    earlier, thread = post_by("ada", "Earlier."), post_by("alan")
    notifications.add(earlier, "ada", {"grace"})
    notifications.add(post_by("alan", "Under Ada's post.", thread_id=earlier.id), "ada", {"grace"})
    notifications.add(post_by("ada", "Under Alan's.", thread_id=thread.id), "alan", {"grace"})
    for owners, seen in (
        (["grace", "ada", "alan"], ["Earlier.", "Under Ada's post.", "Under Alan's."]),
        (["grace", "alan"], ["Under Alan's."]),
        (["grace"], []),
        ([], []),
    ):
        assert texts(notifications.newest("grace", owners)) == seen[::-1]
        assert texts(notifications.missed("grace", owners, None)) == seen
        assert texts(notifications.missed("grace", owners, earlier.id)) == seen
        assert notifications.unread("grace", owners) == len(seen)


def test_the_newest_come_first_in_pages(notifications: Notifications):
    tell_grace(notifications, *"12345")
    first = notifications.newest("grace", ADAS, limit=2)
    second = notifications.newest("grace", ADAS, before=first[-1].id, limit=2)
    third = notifications.newest("grace", ADAS, before=second[-1].id, limit=2)
    assert texts(first + second + third) == list("54321")
    assert notifications.newest("grace", ADAS, before="no id", limit=2) == first


def test_what_was_missed_comes_oldest_first(notifications: Notifications):
    had = tell_grace(notifications, "Had.")
    tell_grace(notifications, "First.", "Second.", seconds=100)
    new = [each for each in notifications.missed("grace", ADAS, had[0]) if each.id not in had]
    assert texts(new) == ["First.", "Second."]


@pytest.mark.parametrize("no_id", NO_IDS, ids=repr)
def test_who_has_had_nothing_has_missed_all(notifications: Notifications, no_id):
    tell_grace(notifications, *"123")
    assert texts(notifications.missed("grace", ADAS, no_id)) == ["1", "2", "3"]


def test_what_became_visible_late_is_not_missed(notifications: Notifications):
    """It has a lower id than one that Grace has; another process was a moment slower."""
    late, early = (post_by("ada", text, -59) for text in ("Late.", "Early."))
    long_ago = post_by("ada", "Long ago.", -61)
    notifications.add(early, "ada", {"grace"})
    [had] = tell_grace(notifications, "Had.")
    for post in late, long_ago:
        notifications.add(post, "ada", {"grace"})
    assert texts(notifications.missed("grace", ADAS, had)) == ["Late.", "Early.", "Had."]


def test_a_minute_with_many_does_not_keep_one_from_catching_up(notifications: Notifications):
    ids = tell_grace(notifications, *map(str, range(50)))
    had, last = [], None
    while new := [each for each in notifications.missed("grace", ADAS, last, 7) if each not in had]:
        had += new
        last = new[-1].id
    assert [each.id for each in had] == ids


@pytest.mark.parametrize("edge", ["0" * 24, "f" * 24])
def test_an_id_from_the_edge_of_time_is_an_id(notifications: Notifications, edge: str):
    tell_grace(notifications, "Hello.")
    expected = ["Hello."] if edge < "1" else []
    assert texts(notifications.missed("grace", ADAS, edge)) == expected


def test_what_is_read_is_not_counted(notifications: Notifications):
    ids = tell_grace(notifications, *"123")
    notifications.add(post_by("ada"), "ada", {"alan"})
    assert notifications.unread("grace", ADAS) == 3
    notifications.mark_read("grace", ids[1])
    assert notifications.unread("grace", ADAS) == 1
    notifications.mark_read("grace", ids[2])
    assert notifications.unread("grace", ADAS) == 0
    assert notifications.unread("alan", ADAS) == 1, "each has a mark of one's own"
    assert texts(notifications.newest("grace", ADAS)) == ["3", "2", "1"], "what is read stays"


def test_what_is_read_stays_read(notifications: Notifications):
    ids = tell_grace(notifications, *"123")
    for post_id in ids[1], ids[0], ids[1]:
        notifications.mark_read("grace", post_id)
        assert notifications.unread("grace", ADAS) == 1


def test_an_invented_mark_does_not_hide_what_comes(notifications: Notifications):
    tell_grace(notifications, *"12")
    notifications.mark_read("grace", "f" * 24)
    assert notifications.unread("grace", ADAS) == 0
    tell_grace(notifications, "3")
    assert notifications.unread("grace", ADAS) == 1


@pytest.mark.parametrize("no_id", [*NO_IDS, "0" * 24], ids=repr)
def test_what_is_no_mark_changes_nothing(notifications: Notifications, no_id):
    [post_id, _] = tell_grace(notifications, *"12")
    notifications.mark_read("grace", post_id)
    notifications.mark_read("grace", no_id)
    assert notifications.unread("grace", ADAS) == 1


def test_two_tabs_that_read_at_once_have_read_up_to_the_later_one(mongodb, at_once):
    notifications = Notifications(mongodb.notifications, mongodb.read_marks)
    for n in range(30):
        ids = tell_grace(notifications, *"12345", seconds=n)
        at_once(*[(notifications.mark_read, "grace", post_id) for post_id in ids])
        assert notifications.unread("grace", ADAS) == 0


def test_two_tabs_that_read_for_the_first_time_at_once_both_do(mongodb, at_once):
    notifications = Notifications(mongodb.notifications, mongodb.read_marks)
    posts = [post_by("ada") for _ in range(3)]
    readers = [f"reader-{n}" for n in range(30)]
    for post in posts:
        notifications.add(post, "ada", set(readers))
    for reader in readers:
        at_once(*[(notifications.mark_read, reader, post.id) for post in posts])
        assert notifications.unread(reader, ["ada"]) == 0


def test_what_is_withdrawn_was_never_told(notifications: Notifications):
    ids = tell_grace(notifications, *"1234")
    notifications.withdraw([*ids[1:3], "nothing"])
    assert texts(notifications.newest("grace", ADAS)) == ["4", "1"]
    assert notifications.unread("grace", ADAS) == 2


def test_what_was_read_stays_read_when_the_last_one_is_withdrawn(notifications: Notifications):
    ids = tell_grace(notifications, *"123")
    notifications.withdraw([ids[2]])
    notifications.mark_read("grace", ids[2])  # from a tab that still shows it
    assert notifications.unread("grace", ADAS) == 0


def test_who_is_forgotten_leaves_nothing(database, notifications: Notifications):
    [only_graces] = tell_grace(notifications, "1")
    notifications.add(post_by("ada", "2"), "ada", {"grace", "alan"})
    for user_id in "grace", "alan":
        notifications.mark_read(user_id, "f" * 24)
    notifications.forget("grace")
    left = str([*database.notifications.find(), *database.read_marks.find()])
    assert "grace" not in left
    assert only_graces not in left
    assert texts(notifications.newest("alan", ["ada"])) == ["2"]
    assert notifications.unread("alan", ["ada"]) == 0
