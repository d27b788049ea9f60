"""G35: the friends and requests of a user are limited, and so is the cost of reading them."""

from datetime import UTC, datetime, timedelta

import pytest

from final.domain import friend_requests
from final.domain import friends as module
from final.domain.friend_requests import (
    AskedRecently,
    FriendsFull,
    RequestsFull,
    friendship_id,
)
from final.domain.friends import Friends, Friendships
from final.settings.quotas import ASK_AGAIN, REQUESTS_TO_ONE

ROUNDS = range(10)  # repetitions of concurrent operations
LONG_AGO = datetime(2016, 3, 3, 12, tzinfo=UTC)


@pytest.fixture
def friends(database) -> Friends:
    return Friends(database.friendships)


def befriend(friends: Friends, user_id: str, *others: str) -> None:
    for other in others:
        friends.ask(other, user_id)
        friends.accept(user_id, other)


def has_with(friends: Friends, user_id: str) -> dict[str, list[str]]:
    return {kind: ids for kind, ids in vars(friends.all_of(user_id)).items() if ids}


# Friends.


@pytest.mark.parametrize("full", ["ada", "grace"])
def test_g35_neither_of_two_gets_more_friends_than_the_limit(friends, monkeypatch, full: str):
    monkeypatch.setattr(friend_requests, "FRIENDS", 2)
    befriend(friends, full, "one", "two")
    document = {"members": ["ada", "grace"], "asked_by": "ada", "accepted": False}
    friends.collection.insert_one({"_id": "ada:grace", "since": LONG_AGO, **document})
    for accept in friends.accept, friends.ask:
        with pytest.raises(FriendsFull) as error:
            accept("grace", "ada")
        assert error.value.user_id == full
    assert friends.of(full) == {"one", "two"}
    assert has_with(friends, "grace")["incoming"] == ["ada"], "the request stays"
    assert friends.collection.find_one({"_id": "ada:grace"})["since"] == LONG_AGO
    friends.end(full, "one")
    assert friends.accept("grace", "ada")
    assert len(friends.of(full)) == 2


def test_g35_a_user_with_the_most_friends_allowed_cannot_ask_anyone(friends, monkeypatch):
    monkeypatch.setattr(friend_requests, "FRIENDS", 1)
    befriend(friends, "ada", "one")
    with pytest.raises(FriendsFull):
        friends.ask("ada", "grace")
    assert has_with(friends, "grace") == {}
    assert friends.ask("grace", "ada") is False, "others can still ask"


def test_g35_two_who_are_accepted_at_once_do_not_exceed_the_limit(mongodb, at_once, monkeypatch):
    monkeypatch.setattr(friend_requests, "FRIENDS", 1)
    friends = Friends(mongodb.friendships)

    def accept(user_id: str, other_id: str) -> bool:
        try:
            return friends.accept(user_id, other_id)
        except FriendsFull:
            return False

    for n in ROUNDS:
        ada, one, two = f"ada-{n}", f"one-{n}", f"two-{n}"
        for each in one, two:
            friends.ask(each, ada)
        said = at_once((accept, ada, one), (accept, ada, two))
        assert sum(said) == len(friends.of(ada)) <= 1
        for each, is_friend in zip((one, two), said, strict=True):
            assert friends.of(each) == ({ada} if is_friend else set())


# Requests.


def test_g35_a_user_has_a_limited_number_of_unanswered_requests(friends, monkeypatch):
    monkeypatch.setattr(friend_requests, "REQUESTS", 2)
    for other in "one", "two":
        friends.ask("ada", other)
    with pytest.raises(RequestsFull):
        friends.ask("ada", "grace")
    assert has_with(friends, "grace") == {}
    assert friends.ask("ada", "one") is False, "asking again isn't a new request"
    friends.ask("alan", "ada")
    assert friends.ask("ada", "alan") is True, "accepting isn't one, either"
    friends.end("ada", "one")
    assert friends.ask("ada", "grace") is False
    friends.accept("two", "ada")
    assert friends.ask("ada", "max") is False


def test_g35_anybody_can_be_asked_whoever_else_asks_them(friends, monkeypatch):
    monkeypatch.setattr(friend_requests, "REQUESTS", 1)
    for n in range(5):
        friends.ask(f"stranger-{n}", "ada")
    assert friends.ask("grace", "ada") is False
    assert has_with(friends, "ada")["incoming"][-1] == "grace"


def test_g35_two_requests_at_once_do_not_exceed_the_limit(mongodb, at_once, monkeypatch):
    monkeypatch.setattr(friend_requests, "REQUESTS", 1)
    friends = Friends(mongodb.friendships)

    def ask(user_id: str, other_id: str) -> bool:
        try:
            friends.ask(user_id, other_id)
        except RequestsFull:
            return False
        return True

    for n in ROUNDS:
        ada = f"ada-{n}"
        said = at_once((ask, ada, f"one-{n}"), (ask, ada, f"two-{n}"))
        assert sum(said) == len(friends.all_of(ada).outgoing) <= 1


# Asking again.


def can_ask(friends: Friends, user_id: str, other_id: str) -> bool:
    try:
        friends.ask(user_id, other_id)
    except AskedRecently as limit:
        return not timedelta() < limit.wait <= ASK_AGAIN
    return True


def a_day_later(friends: Friends) -> None:
    friends.collection.update_many({"until": {"$exists": True}}, {"$set": {"until": LONG_AGO}})


def test_g35_a_request_that_was_declined_can_be_repeated_a_day_later(friends: Friends):
    friends.ask("ada", "grace")
    friends.end("grace", "ada")
    assert not can_ask(friends, "ada", "grace")
    assert has_with(friends, "ada") == has_with(friends, "grace") == {}
    assert friends.end("grace", "ada") is False, "there is no request"
    assert friends.accept("grace", "ada") is False
    a_day_later(friends)
    assert can_ask(friends, "ada", "grace")
    assert has_with(friends, "grace") == {"incoming": ["ada"]}


def test_g35_a_user_who_declined_can_ask(friends: Friends):
    friends.ask("ada", "grace")
    friends.end("grace", "ada")
    assert friends.ask("grace", "ada") is False
    assert has_with(friends, "ada") == {"incoming": ["grace"]}
    assert friends.ask("ada", "grace") is True, "this accepts Grace's request"
    assert friends.of("ada") == {"grace"}


def test_g35_a_request_can_be_withdrawn_and_repeated_but_not_all_day(friends: Friends):
    asked = 0
    while can_ask(friends, "ada", "grace"):
        asked += 1
        assert friends.end("ada", "grace")
    assert asked == REQUESTS_TO_ONE
    assert can_ask(friends, "ada", "alan"), "asking another user is allowed"
    a_day_later(friends)
    assert can_ask(friends, "ada", "grace")
    friends.end("ada", "grace")
    assert can_ask(friends, "ada", "grace"), "the count has started again"


def test_g35_two_who_are_no_longer_friends_can_ask_each_other(friends: Friends):
    for asking, asked in [("ada", "grace"), ("grace", "ada")] * 3:
        assert friends.ask(asking, asked) is False
        assert friends.ask(asked, asking) is True
        assert friends.end("ada", "grace") is True


def test_g35_a_declined_request_expires_unless_it_is_repeated(friends):
    friends.ask("ada", "grace")
    friends.end("grace", "ada")
    document = friends.collection.find_one()
    remaining = document["until"] - datetime.now(UTC)
    assert timedelta() < remaining <= ASK_AGAIN, "the database removes the request then"
    assert friends.collection.index_information()["until_1"]["expireAfterSeconds"] == 0
    friends.ask("grace", "ada")
    assert "until" not in friends.collection.find_one()


def test_g35_a_declined_request_goes_with_the_account(friends: Friends):
    for asking, asked in ("ada", "grace"), ("alan", "ada"):
        friends.ask(asking, asked)
        friends.end(asked, asking)
    friends.forget("ada")
    assert friends.collection.count_documents({}) == 0


def test_a_declined_request_leaves_no_trace_in_the_fingerprint(friends: Friends):
    before = friends.all_of("ada").state
    friends.ask("ada", "grace")
    friends.end("grace", "ada")
    assert friends.all_of("ada").state == before


# Reading friendships.


@pytest.fixture
def few_at_once(monkeypatch):
    monkeypatch.setattr(module, "FIRST_QUERY", 4)
    monkeypatch.setattr(module, "ASKING", 3)
    monkeypatch.setattr(module, "REQUESTS", 3)


@pytest.mark.usefixtures("few_at_once")
@pytest.mark.parametrize(
    ("n_friends", "n_asking", "n_asked"),
    [(3, 0, 0), (4, 0, 0), (6, 5, 3), (2, 9, 3), (0, 9, 0), (0, 2, 3), (3, 1, 0), (5, 0, 1)],
)
def test_g35_of_many_friendships_all_friends_are_read_and_the_newest_of_the_others(
    friends: Friends, n_friends: int, n_asking: int, n_asked: int
):
    expected = Friendships(
        [f"friend-{n}" for n in range(n_friends)],
        [f"asking-{n}" for n in range(n_asking)],
        [f"asked-{n}" for n in range(n_asked)],
    )
    for each in expected.outgoing:
        friends.ask("ada", each)
    for each in expected.incoming:
        friends.ask(each, "ada")
    befriend(friends, "ada", *expected.friends)
    all_of = friends.all_of("ada")
    assert all_of.friends == expected.friends
    assert all_of.incoming == expected.incoming[-3:]
    assert all_of.outgoing == expected.outgoing


@pytest.mark.parametrize("apart", [timedelta(seconds=1), timedelta()])
def test_g35_those_who_ask_are_read_in_parts_the_newest_first(friends: Friends, apart: timedelta):
    friends.ask("ada", "grace")
    befriend(friends, "ada", "alan")
    requests = [
        {
            "_id": friendship_id("ada", f"person-{n}"),
            "members": ["ada", f"person-{n}"],
            "asked_by": f"person-{n}",
            "accepted": False,
            "since": LONG_AGO + n * apart,
        }
        for n in range(7)
    ]
    friends.collection.insert_many(requests)
    first = friends.incoming("ada", 3)
    second = friends.incoming("ada", 3, after=first[-1])
    friends.end("ada", second[-1])  # a declined request keeps its place in the list
    third = friends.incoming("ada", 3, after=second[-1])
    assert first + second + third == [f"person-{n}" for n in reversed(range(7))]
    assert friends.incoming("ada", 3, after=third[-1]) == []
    assert friends.incoming("ada", 3, after="nobody") == first


def test_what_somebody_has_with_a_few_others(friends: Friends):
    befriend(friends, "ada", "grace")
    friends.ask("alan", "ada")
    friends.ask("ada", "max")
    friends.ask("zoe", "ada")
    friends.end("ada", "zoe")
    friends.ask("alan", "grace")
    found = friends.between("ada", ["grace", "alan", "max", "zoe", "nobody"])
    assert found == Friendships(["grace"], ["alan"], ["max"])
    assert friends.between("ada", []) == Friendships([], [], [])
