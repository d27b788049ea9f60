"""Authors and thread owners can delete comments, even after a friendship has ended."""

import pytest

from tests.final.domain.test_leaving import Village


@pytest.fixture
def village(database) -> Village:
    return Village(database)


@pytest.fixture
def post(village: Village) -> str:
    return village.write(village.grace, "By Grace.")


@pytest.fixture
def reply(village: Village, post: str) -> str:
    return village.write(village.ada, "By Ada.", post)


def test_a_former_friend_can_delete_their_reply(village: Village, reply: str):
    village.friends.end(village.ada.id, village.grace.id)
    gone, told = village.feed.delete(village.ada.id, reply)
    assert gone == [reply]
    assert told == {village.grace.id, village.alan.id, village.ada.id}, "also Ada's own tabs"


def test_the_owner_of_a_thread_can_remove_replies(village: Village, post: str, reply: str):
    village.friends.end(village.ada.id, village.grace.id)
    gone, told = village.feed.delete(village.grace.id, reply)
    assert gone == [reply]
    assert told == {village.grace.id, village.alan.id, village.ada.id}
    assert village.posts.find(post), "the post stays"


def test_a_former_friend_is_told_when_their_reply_goes_with_its_thread(
    village: Village, post: str, reply: str
):
    village.friends.end(village.ada.id, village.grace.id)
    gone, told = village.feed.delete(village.grace.id, post)
    assert gone == [post, reply]
    assert village.ada.id in told, "the list of her own replies shows it"


@pytest.mark.parametrize("is_friend", [True, False], ids=["a friend", "a stranger"])
def test_nobody_else_can_delete_it(village: Village, post: str, reply: str, is_friend: bool):
    if not is_friend:
        village.friends.end(village.alan.id, village.grace.id)
    for each in post, reply, "f" * 24, "no id":
        with pytest.raises(LookupError):
            village.feed.delete(village.alan.id, each)
    with pytest.raises(LookupError):
        village.feed.delete(village.ada.id, post)
    assert len(village.posts.replies([post])[post]) == 1


def test_a_reply_is_deleted_once(village: Village, reply: str):
    village.feed.delete(village.grace.id, reply)
    for user in village.ada, village.grace:
        with pytest.raises(LookupError):
            village.feed.delete(user.id, reply)


def test_author_and_owner_who_delete_at_once_delete_once(mongodb, at_once):
    village = Village(mongodb)

    def delete(user_id: str, post_id: str) -> list[str]:
        try:
            return village.feed.delete(user_id, post_id)[0]
        except LookupError:
            return []

    post = village.write(village.grace, "By Grace.")
    for _ in range(20):
        reply = village.write(village.ada, "By Ada.", post)
        said = at_once((delete, village.ada.id, reply), (delete, village.grace.id, reply))
        assert sorted(said) == [[], [reply]]


def test_a_reply_from_before_posts_had_an_owner_can_be_deleted(database, village, reply: str):
    database.posts.update_many({}, {"$unset": {"owner": "", "to": ""}})
    gone, _ = village.feed.delete(village.grace.id, reply)
    assert gone == [reply]
