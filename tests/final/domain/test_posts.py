"""Posts and replies: the feed, the threads, and deletion."""

from datetime import UTC, datetime, timedelta

import pytest

from final.domain.posts import Posts
from final.domain.threads import Post

NO_IDS = [None, "", "nothing", "f" * 24, "A" * 24, 7]


@pytest.fixture
def post(posts: Posts) -> Post:
    return posts.write("ada", "A post.")


def texts(found: list[Post]) -> list[str]:
    return [each.text for each in found]


def test_a_stored_post_is_found(posts: Posts):
    post = posts.write("ada", "Hello <b>world</b>\n$where")
    assert (post.author_id, post.text) == ("ada", "Hello <b>world</b>\n$where")
    assert post.thread_id is None
    assert datetime.now(UTC) - post.created_at < timedelta(minutes=1)
    assert posts.find(post.id) == post


def test_a_comment_sent_twice_with_one_key_is_stored_once(posts: Posts, post: Post):
    first = posts.write("ada", "A note.", key="one")
    assert posts.write("ada", "A note.", key="one") == first
    reply = posts.write("ada", "A reply.", post.id, "ada", key="two")
    assert posts.write("ada", "A reply.", post.id, "ada", key="two") == reply
    for other in [
        posts.write("ada", "A note.", key="three"),
        posts.write("grace", "A note.", key="one"),
        posts.write("ada", "A note."),
        posts.write("ada", "A note."),
    ]:
        assert other.id not in {first.id, reply.id}
    assert len(posts.feed(["ada", "grace"])) == 6


def test_a_reply_belongs_to_its_post(posts: Posts, post: Post):
    reply = posts.write("grace", "A reply.", post.id)
    assert reply.thread_id == post.id
    assert posts.find(reply.id) == reply
    assert posts.replies([post.id]) == {post.id: [reply]}


@pytest.mark.parametrize("no_id", NO_IDS, ids=repr)
def test_an_invalid_id_finds_nothing(posts: Posts, post: Post, no_id):
    assert posts.find(no_id) is None
    assert posts.replies([no_id]) == {no_id: []}
    assert posts.participants(no_id) == set()
    assert posts.delete(no_id, "ada") == []
    assert posts.feed(["ada"]) == [post]


@pytest.mark.parametrize("no_id", NO_IDS[1:], ids=repr)
def test_a_missing_post_gets_no_reply(posts: Posts, post: Post, no_id):
    assert posts.write("grace", "A reply.", no_id) is None
    assert posts.feed(["ada", "grace"]) == [post]
    assert posts.forget("grace") == []


def test_there_is_no_reply_to_a_reply(posts: Posts, post: Post):
    reply = posts.write("grace", "A reply.", post.id)
    assert posts.write("ada", "A reply to it.", reply.id) is None
    assert posts.replies([post.id, reply.id]) == {post.id: [reply], reply.id: []}


def test_a_post_without_recipients_is_found(database, posts: Posts, post: Post):
    """Databases that were filled before posts had recipients have such posts."""
    reply = posts.write("grace", "A reply.", post.id, "ada")
    database.posts.update_many({}, {"$unset": {"owner": "", "to": ""}})
    assert posts.feed(["ada"]) == [post]
    assert posts.replies([post.id]) == {post.id: [reply]}
    assert posts.write("grace", "Another reply.", post.id, "ada", {"ada"})


def test_the_feed_has_the_posts_of_these_people_newest_first(posts: Posts):
    for author_id in "ada", "grace", "alan", "ada":
        post = posts.write(author_id, f"By {author_id}.")
        posts.write("ada", "A reply.", post.id)
    assert texts(posts.feed(["ada", "grace"])) == ["By ada.", "By grace.", "By ada."]
    assert texts(posts.feed({"alan"})) == ["By alan."]
    assert posts.feed([]) == []


def test_the_feed_comes_in_pages(posts: Posts):
    written = [posts.write("ada", str(n)) for n in range(5)]
    first = posts.feed(["ada"], limit=2)
    second = posts.feed(["ada"], before=first[-1].id, limit=2)
    third = posts.feed(["ada"], before=second[-1].id, limit=2)
    assert first + second + third == written[::-1]
    assert posts.feed(["ada"], before=third[-1].id) == []
    assert posts.feed(["ada"], before="no id", limit=2) == first


def test_replies_come_oldest_first(posts: Posts, post: Post):
    other = posts.write("ada", "Another post.")
    for n in range(3):
        posts.write("grace", f"{n}", post.id)
        posts.write("alan", f"other {n}", other.id)
    found = posts.replies([other.id, post.id])
    assert texts(found[post.id]) == ["0", "1", "2"]
    assert texts(found[other.id]) == ["other 0", "other 1", "other 2"]
    assert posts.replies([]) == {}


def test_authors_of_replies_take_part(posts: Posts, post: Post):
    other = posts.write("ada", "Another post.")
    for author_id, thread in ("grace", post), ("grace", post), ("alan", post), ("zoe", other):
        posts.write(author_id, "A reply.", thread.id)
    assert posts.participants(post.id) == {"grace", "alan"}


def test_a_post_takes_its_replies_along(posts: Posts, post: Post):
    other = posts.write("ada", "Another post.")
    posts.write("grace", "It stays.", other.id)
    replies = [posts.write(author_id, "A reply.", post.id) for author_id in ("grace", "ada")]
    gone = [post, *replies]
    assert sorted(posts.delete(post.id, "ada")) == sorted(each.id for each in gone)
    assert [posts.find(each.id) for each in gone] == [None] * 3
    assert posts.feed(["ada"]) == [other]
    assert texts(posts.replies([other.id])[other.id]) == ["It stays."]
    assert posts.delete(post.id, "ada") == []


def test_a_reply_goes_alone(posts: Posts, post: Post):
    first, second = (posts.write("grace", "A reply.", post.id) for _ in range(2))
    assert posts.delete(first.id, "grace") == [first.id]
    assert posts.replies([post.id]) == {post.id: [second]}


def test_users_can_only_delete_their_own_posts(posts: Posts, post: Post):
    reply = posts.write("grace", "A reply.", post.id)
    assert posts.delete(post.id, "grace") == []
    assert posts.delete(reply.id, "ada") == [], "not even under their own post"
    assert posts.replies([post.id]) == {post.id: [reply]}


def test_a_deleted_user_leaves_nothing(posts: Posts, post: Post):
    others = posts.write("grace", "A post of Grace.")
    gone = [
        post,
        posts.write("grace", "To Ada.", post.id),
        posts.write("ada", "To herself.", post.id),
        posts.write("ada", "To Grace.", others.id),
    ]
    stays = posts.write("alan", "To Grace.", others.id)
    forgotten = posts.forget("ada")
    assert sorted(forgotten) == sorted(each.id for each in gone), "each once"
    assert posts.feed(["ada", "grace"]) == [others]
    assert posts.replies([post.id, others.id]) == {post.id: [], others.id: [stays]}
    assert posts.forget("ada") == []


def test_the_authors_that_a_user_has_replied_to_are_known(posts: Posts, post: Post):
    for author_id in "grace", "alan", "grace":
        posts.write("alan", "A reply.", posts.write(author_id, "A post.").id)
    posts.write("grace", "A reply.", post.id)
    posts.write("alan", "No reply.")
    assert posts.replied_to("alan") == {"grace", "alan"}
    assert posts.replied_to("ada") == set()


def test_posts_that_are_deleted_or_in_threads_of_others_are_gone(posts: Posts, post: Post):
    reply = posts.write("grace", "A reply.", post.id, "ada")
    deleted = posts.write("ada", "Deleted.")
    posts.delete(deleted.id, "ada")
    ids = [deleted.id, post.id, reply.id, "no id"]
    assert posts.no_longer_visible(ids, ["ada"]) == [deleted.id]
    assert posts.no_longer_visible(ids, ["grace"]) == [deleted.id, post.id, reply.id], (
        "the owner of the thread counts"
    )
    assert posts.no_longer_visible([], ["ada"]) == []


def test_a_post_without_an_owner_is_not_gone_and_shown_to_nobody(
    database, posts: Posts, post: Post
):
    """Databases that were filled before posts had an owner have such posts."""
    reply = posts.write("grace", "A reply.", post.id, "ada")
    database.posts.update_many({}, {"$unset": {"owner": "", "to": ""}})
    assert posts.no_longer_visible([post.id, reply.id], ["ada"]) == []
    assert posts.not_shown([post.id], [post.id], ["ada"], "ada") == []


def test_missing_posts_come_oldest_first_and_only_the_newest_of_many(posts: Posts, post: Post):
    other = posts.write("grace", "A thread of Grace.")
    replies = [posts.write("grace", f"{n}", post.id, "ada") for n in range(4)]
    posts.write("ada", "Elsewhere.", other.id, "grace")
    shown, threads = [post.id, replies[1].id], [post.id, other.id]
    assert texts(posts.not_shown(shown, threads, ["ada"], "ada")) == ["0", "2", "3"]
    assert texts(posts.not_shown(shown, threads, ["ada"], "ada", limit=2)) == ["2", "3"]
    assert texts(posts.not_shown([replies[1].id], threads, ["ada"], "ada")) == ["2", "3"]
    assert texts(posts.not_shown(shown, threads, ["grace"], "ada")) == ["Elsewhere."]
    assert posts.not_shown(shown, [], ["ada"], "ada") == []
    assert posts.not_shown(shown, ["no id"], ["ada"], "ada") == []


def test_missing_posts_of_the_user_come_too_if_they_are_asked_for(posts: Posts, post: Post):
    own = [posts.write("ada", f"{n}") for n in range(3)]
    posts.write("grace", "By Grace.")
    posts.write("ada", "A reply.", own[0].id)
    shown = [post.id, own[1].id]
    assert texts(posts.not_shown(shown, [], ["ada"], "ada", after=own[0].id)) == ["2"]
    assert texts(posts.not_shown(shown, [], ["ada"], "ada", after="")) == ["0", "2"]


def test_two_tabs_that_delete_at_once_delete_once(mongodb, at_once):
    posts = Posts(mongodb.posts)
    for _ in range(30):
        post = posts.write("ada", "A post.")
        said = at_once(*[(posts.delete, post.id, "ada")] * 3)
        assert sorted(said) == [[], [], [post.id]]


def test_two_concurrent_comments_with_one_key_are_stored_once(mongodb, at_once):
    posts = Posts(mongodb.posts)
    ids = {
        each.id for each in at_once(*[(posts.write, "ada", "A note.", None, None, (), "one")] * 3)
    }
    assert len(ids) == len(posts.feed(["ada"])) == 1


def test_no_reply_is_left_of_a_post_that_is_deleted_before_it_is_stored(
    database, posts: Posts, post: Post, monkeypatch
):
    insert_one = posts.collection.insert_one

    def insert_late(document: dict):
        posts.delete(post.id, "ada")
        return insert_one(document)

    monkeypatch.setattr(posts.collection, "insert_one", insert_late)
    assert posts.write("grace", "A reply.", post.id) is None
    assert database.posts.count_documents({}) == 0


def test_no_reply_is_left_that_is_stored_before_its_post_is_deleted(
    database, posts: Posts, post: Post, monkeypatch
):
    delete_one = posts.collection.delete_one

    def delete_late(own: dict):
        monkeypatch.undo()
        posts.write("grace", "A reply.", post.id)
        return delete_one(own)

    monkeypatch.setattr(posts.collection, "delete_one", delete_late)
    assert len(posts.delete(post.id, "ada")) == 2
    assert database.posts.count_documents({}) == 0
