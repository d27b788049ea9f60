"""Long threads come in parts, and the cost of a part doesn't depend on the length of the rest."""

import time
from functools import partial

import pytest
from bson import ObjectId

from final.domain.feed import Feed
from final.domain.friends import Friends
from final.domain.notifications import Notifications
from final.domain.posts import Posts
from final.domain.reader import Reader
from final.domain.threads import Post
from final.domain.users import User, Users
from final.settings.quotas import FEED_LETTERS, FEED_REPLIES, THREAD_REPLIES


@pytest.fixture
def post(posts: Posts) -> Post:
    return posts.write("ada", "A post.")


def reply(posts: Posts, post: Post, count: int, author_id: str = "grace") -> list[Post]:
    return [posts.write(author_id, f"Reply {n}.", post.id, "ada") for n in range(count)]


def test_the_newest_replies_to_each_post_come_oldest_first(posts: Posts, post: Post):
    other = posts.write("ada", "Another post.")
    short, long = reply(posts, post, 2), reply(posts, other, 9)
    found = posts.replies([post.id, other.id], limit=3)
    assert found == {post.id: short, other.id: long[-3:]}


def test_a_long_thread_crowds_out_no_other(posts: Posts):
    """This holds even if each thread is longer and newer than the one before."""
    threads = [posts.write("ada", f"Post {n}.") for n in range(4)]
    replies = {thread.id: reply(posts, thread, 5 * n) for n, thread in enumerate(threads)}
    found = posts.replies([thread.id for thread in threads], limit=3)
    assert found == {thread_id: written[-3:] for thread_id, written in replies.items()}


def test_replies_come_in_pages(posts: Posts, post: Post):
    written = reply(posts, post, 5)
    last = posts.replies_before(post.id, None, 2)
    middle = posts.replies_before(post.id, last[0].id, 2)
    first = posts.replies_before(post.id, middle[0].id, 2)
    assert first + middle + last == written
    assert posts.replies_before(post.id, first[0].id, 2) == []


def test_the_ids_of_a_thread_from_a_reply_on(posts: Posts, post: Post):
    ids = [each.id for each in reply(posts, post, 5)]
    reply(posts, posts.write("ada", "Another post."), 2)
    assert posts.reply_ids_from(post.id, ids[1], 3) == ids[1:4]
    assert posts.reply_ids_from(post.id, ids[4], 3) == ids[4:]
    assert posts.reply_ids_from(post.id, "f" * 24, 3) == []
    posts.delete(ids[1], "grace")
    assert posts.reply_ids_from(post.id, ids[1], 2) == ids[2:4], "the first one was deleted"


def test_an_author_s_own_words_come_newest_first(posts: Posts, post: Post):
    own = reply(posts, post, 3)
    own.append(posts.write("grace", "A post of Grace."))
    reply(posts, post, 1, "alan")
    assert posts.written_by("grace", None, 3) == own[:0:-1]
    assert posts.written_by("grace", own[1].id, 3) == own[:1]
    assert posts.written_by("nobody", None, 3) == []


def test_a_page_that_misses_nothing_up_to_a_post_gets_no_older_replies(
    posts: Posts, post: Post, monkeypatch
):
    """It gets replies of the minute before, because they may have become visible later."""
    for seconds in 90, 30:
        made = ObjectId((int(time.time()) - seconds).to_bytes(4) + bytes(8))
        with monkeypatch.context() as patch:
            patch.setattr("final.domain.posts.new_id", partial(ObjectId, made))
            posts.write("grace", f"{seconds} seconds ago", post.id, "ada")
    last = posts.write("grace", "now", post.id, "ada")
    ask = partial(posts.not_shown, [], [post.id], ["ada"], "alan")
    assert [each.text for each in ask()] == ["90 seconds ago", "30 seconds ago", "now"]
    assert [each.text for each in ask(since=last.id)] == ["30 seconds ago", "now"]


# Long threads as a reader sees them.


class Person:
    """A user who reads their own feed."""

    def __init__(self, database):
        users = Users(database.users, run=lambda *_: "no hash")
        self.feed = Feed(
            users,
            Friends(database.friendships),
            Posts(database.posts),
            Notifications(database.posts, database.read_marks),
        )
        self.ada = users.create("Ada", "Lovelace", "ada@example.org", "")

    def write(self, text: str, post_id: str | None = None) -> str:
        comment, *_ = self.feed.write(self.ada, text, post_id)
        return comment["id"]

    def read(self) -> Reader:
        return Reader(self.feed, self.ada.id)


@pytest.fixture
def person(database) -> Person:
    return Person(database)


def ids_of(thread) -> list[str]:
    return [each.post.id for each in thread.replies]


def test_the_feed_shows_few_replies_and_says_if_there_are_earlier_ones(person: Person):
    post = person.write("A post.")
    ids = [person.write(f"Reply {n}.", post) for n in range(FEED_REPLIES)]
    [thread], _ = person.read().feed_page()
    assert (ids_of(thread), thread.earlier) == (ids, None)
    ids.append(person.write("One more.", post))
    [thread], _ = person.read().feed_page()
    assert (ids_of(thread), thread.earlier) == (ids[1:], ids[1])


def test_the_feed_shows_fewer_replies_if_they_are_long(person: Person):
    post = person.write("A post.")
    ids = [person.write("x" * (FEED_LETTERS // 2 - 1), post) for _ in range(4)]
    [thread], _ = person.read().feed_page()
    assert (ids_of(thread), thread.earlier) == (ids[2:], ids[2])
    ids.append(person.write("x" * (FEED_LETTERS + 1), post))
    [thread], _ = person.read().feed_page()
    assert (ids_of(thread), thread.earlier) == (ids[4:], ids[4]), "one reply is always shown"


def test_a_thread_is_read_in_pages_in_both_directions(person: Person):
    post = person.write("A post.")
    ids = [person.write(f"Reply {n}.", post) for n in range(2 * THREAD_REPLIES + 5)]
    read = person.read().thread
    newest = read(post, None, None)
    assert (ids_of(newest), newest.end) == (ids[-THREAD_REPLIES:], None)
    middle = read(post, newest.earlier, None)
    assert (ids_of(middle), middle.end) == (ids[5 : THREAD_REPLIES + 5], ids[THREAD_REPLIES + 5])
    assert middle.later is None, "the next page is the newest one"
    oldest = read(post, middle.earlier, None)
    assert (ids_of(oldest), oldest.earlier) == (ids[:5], None)
    assert ids_of(read(post, oldest.later, None)) == ids_of(middle)


@pytest.mark.parametrize(
    "place", [0, 5, THREAD_REPLIES, 2 * THREAD_REPLIES, 3 * THREAD_REPLIES + 6]
)
def test_the_page_around_a_reply_has_it(person: Person, place: int):
    post = person.write("A post.")
    ids = [person.write(f"Reply {n}.", post) for n in range(3 * THREAD_REPLIES + 7)]
    thread = person.read().thread(post, None, ids[place])
    assert ids[place] in ids_of(thread)
    assert (ids[0] in ids_of(thread)) == (thread.earlier is None)
    assert (ids[-1] in ids_of(thread)) == (thread.end is None)
    person.feed.delete(person.ada.id, ids[place])
    beside = ids[max(place - 1, 0)], ids[min(place + 1, len(ids) - 1)]
    thread = person.read().thread(post, None, ids[place])
    assert set(beside) - {ids[place]} <= set(ids_of(thread)), "the page shows its neighbors"


def test_where_all_later_replies_were_deleted_the_page_is_the_newest(person: Person):
    post = person.write("A post.")
    ids = [person.write(f"Reply {n}.", post) for n in range(3)]
    person.feed.delete(person.ada.id, ids[2])
    thread = person.read().thread(post, ids[2], None)
    assert (ids_of(thread), thread.end) == (ids[:2], None)
    assert isinstance(thread.author, User)
