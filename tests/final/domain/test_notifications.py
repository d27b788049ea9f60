"""Notifications: who gets them, which ones a user missed, and which ones a user has read."""

import sys
import time
from collections.abc import Callable

import pytest
from bson import ObjectId

from final.domain.ids import new_id
from final.domain.notifications import Notifications
from final.domain.posts import Posts
from final.domain.threads import Post

NO_IDS = [None, "", "nothing", "A" * 24, 7]
ADAS = ["grace", "ada"]  # Grace may see the threads that she or Ada began


@pytest.fixture
def notifications(database) -> Notifications:
    return Notifications(database.posts, database.read_marks)


@pytest.fixture
def write_later(posts: Posts, monkeypatch) -> Callable[..., Post]:
    """Return a function that writes a post to Grace, with an ID `seconds` after the test began."""
    module, began = sys.modules[type(posts).__module__], int(time.time())

    def write(seconds: int, text: str) -> Post:
        made = ObjectId((began + seconds).to_bytes(4) + new_id().binary[4:])
        with monkeypatch.context() as patch:
            patch.setattr(module, "new_id", lambda: made)
            return posts.write("ada", text, to=["grace"])

    return write


def tell_grace(posts: Posts, *texts: str) -> list[str]:
    """Write these posts as Ada, and notify Grace of them. Return their IDs."""
    return [posts.write("ada", text, to=["grace"]).id for text in texts]


def texts(found: list[Post]) -> list[str]:
    return [each.text for each in found]


def test_recipients_of_a_post_can_read_it(posts: Posts, notifications: Notifications):
    post = posts.write("ada", "Hello.", to={"grace", "alan"})
    assert notifications.newest("grace", ["ada"]) == [post]
    assert notifications.newest("alan", ["ada"]) == [post]
    assert notifications.newest("zoe", ["ada"]) == []
    assert notifications.newest("ada", ["ada"]) == []


def test_a_reply_is_told_with_the_thread_it_belongs_to(posts: Posts, notifications: Notifications):
    post = posts.write("ada", "A post.")
    reply = posts.write("alan", "A reply.", post.id, "ada", {"grace"})
    [told] = notifications.newest("grace", ["ada"])
    assert (told.id, told.author_id, told.thread_id) == (reply.id, "alan", post.id)


def test_a_former_friend_gets_no_notifications_of_that_persons_threads(
    posts: Posts, notifications: Notifications
):
    """G23: catching up shows none, either. The thread's owner counts, not the author."""
    earlier = posts.write("ada", "Earlier.", to={"grace"})
    thread = posts.write("alan", "Only Alan sees it.")
    posts.write("alan", "Under Ada's post.", earlier.id, "ada", {"grace"})
    posts.write("ada", "Under Alan's.", thread.id, "alan", {"grace"})
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


def test_the_newest_come_first_in_pages(posts: Posts, notifications: Notifications):
    tell_grace(posts, *"12345")
    first = notifications.newest("grace", ADAS, limit=2)
    second = notifications.newest("grace", ADAS, before=first[-1].id, limit=2)
    third = notifications.newest("grace", ADAS, before=second[-1].id, limit=2)
    assert texts(first + second + third) == list("54321")
    assert notifications.newest("grace", ADAS, before="no id", limit=2) == first


def test_what_was_missed_comes_oldest_first(
    posts: Posts, notifications: Notifications, write_later
):
    had = tell_grace(posts, "Had.")
    for seconds, text in (100, "First."), (101, "Second."):
        write_later(seconds, text)
    new = [each for each in notifications.missed("grace", ADAS, had[0]) if each.id not in had]
    assert texts(new) == ["First.", "Second."]


@pytest.mark.parametrize("no_id", NO_IDS, ids=repr)
def test_a_user_without_notifications_has_missed_all(
    posts: Posts, notifications: Notifications, no_id
):
    tell_grace(posts, *"123")
    assert texts(notifications.missed("grace", ADAS, no_id)) == ["1", "2", "3"]


def test_what_became_visible_late_is_not_missed(notifications: Notifications, write_later):
    """Its ID is lower than one that Grace already has, because another process was slower."""
    write_later(-58, "Early.")
    had = write_later(0, "Had.")
    for seconds, text in (-59, "Late."), (-61, "Long ago."):
        write_later(seconds, text)
    assert texts(notifications.missed("grace", ADAS, had.id)) == ["Late.", "Early.", "Had."]


def test_a_minute_with_many_does_not_keep_one_from_catching_up(
    posts: Posts, notifications: Notifications
):
    ids = tell_grace(posts, *map(str, range(50)))
    had, last = [], None
    while new := [each for each in notifications.missed("grace", ADAS, last, 7) if each not in had]:
        had += new
        last = new[-1].id
    assert [each.id for each in had] == ids


@pytest.mark.parametrize("edge", ["0" * 24, "f" * 24])
def test_an_id_from_the_edge_of_time_is_an_id(
    posts: Posts, notifications: Notifications, edge: str
):
    tell_grace(posts, "Hello.")
    expected = ["Hello."] if edge < "1" else []
    assert texts(notifications.missed("grace", ADAS, edge)) == expected


def test_read_notifications_are_not_counted(posts: Posts, notifications: Notifications):
    ids = tell_grace(posts, *"123")
    posts.write("ada", "Only for Alan.", to={"alan"})
    assert notifications.unread("grace", ADAS) == 3
    notifications.mark_read("grace", ADAS, ids[1])
    assert notifications.unread("grace", ADAS) == 1
    notifications.mark_read("grace", ADAS, ids[2])
    assert notifications.unread("grace", ADAS) == 0
    assert notifications.unread("alan", ADAS) == 1, "each user has their own mark"
    assert texts(notifications.newest("grace", ADAS)) == ["3", "2", "1"], "read notifications stay"


def test_read_comments_stay_read(posts: Posts, notifications: Notifications):
    ids = tell_grace(posts, *"123")
    for post_id in ids[1], ids[0], ids[1]:
        notifications.mark_read("grace", ADAS, post_id)
        assert notifications.unread("grace", ADAS) == 1


def test_an_invented_mark_does_not_hide_what_comes(posts: Posts, notifications: Notifications):
    tell_grace(posts, *"12")
    notifications.mark_read("grace", ADAS, "f" * 24)
    assert notifications.unread("grace", ADAS) == 0
    tell_grace(posts, "3")
    assert notifications.unread("grace", ADAS) == 1


@pytest.mark.parametrize("no_id", [*NO_IDS, "0" * 24], ids=repr)
def test_an_invalid_mark_changes_nothing(posts: Posts, notifications: Notifications, no_id):
    [post_id, _] = tell_grace(posts, *"12")
    notifications.mark_read("grace", ADAS, post_id)
    notifications.mark_read("grace", ADAS, no_id)
    assert notifications.unread("grace", ADAS) == 1


def test_two_tabs_that_read_at_once_have_read_up_to_the_later_one(mongodb, at_once):
    posts = Posts(mongodb.posts)
    notifications = Notifications(mongodb.posts, mongodb.read_marks)
    for _ in range(30):
        ids = tell_grace(posts, *"12345")
        at_once(*[(notifications.mark_read, "grace", ADAS, post_id) for post_id in ids])
        assert notifications.unread("grace", ADAS) == 0


def test_two_tabs_that_read_for_the_first_time_at_once_both_do(mongodb, at_once):
    posts = Posts(mongodb.posts)
    notifications = Notifications(mongodb.posts, mongodb.read_marks)
    readers = [f"reader-{n}" for n in range(30)]
    written = [posts.write("ada", "Hello.", to=readers) for _ in range(3)]
    for reader in readers:
        at_once(*[(notifications.mark_read, reader, ADAS, post.id) for post in written])
        assert notifications.unread(reader, ["ada"]) == 0


def test_deleted_posts_are_no_notifications(posts: Posts, notifications: Notifications):
    ids = tell_grace(posts, *"1234")
    posts.write("alan", "Under 2.", ids[1], "ada", {"grace"})
    for post_id in ids[1:3]:
        posts.delete(post_id, "ada")
    assert texts(notifications.newest("grace", ADAS)) == ["4", "1"]
    assert notifications.unread("grace", ADAS) == 2


def test_read_notifications_stay_read_when_the_last_one_is_deleted(
    posts: Posts, notifications: Notifications
):
    ids = tell_grace(posts, *"123")
    posts.delete(ids[2], "ada")
    notifications.mark_read("grace", ADAS, ids[2])  # from a tab that still shows it
    assert notifications.unread("grace", ADAS) == 0


def test_a_deleted_user_leaves_nothing(database, posts: Posts, notifications: Notifications):
    tell_grace(posts, "1")
    posts.write("ada", "2", to={"grace", "alan"})
    for user_id in "grace", "alan":
        notifications.mark_read(user_id, ADAS, "f" * 24)
    notifications.forget("grace")
    left = str([*database.posts.find(), *database.read_marks.find()])
    assert "grace" not in left
    assert texts(notifications.newest("alan", ["ada"])) == ["2"]
    assert notifications.unread("alan", ["ada"]) == 0


def test_posts_that_only_a_deleted_user_was_notified_of_stay(
    posts: Posts, notifications: Notifications
):
    tell_grace(posts, "1", "2")
    notifications.forget("grace")
    assert notifications.newest("grace", ADAS) == []
    assert texts(posts.feed(["ada"])) == ["2", "1"]
