"""Friendships are requested, accepted and ended, even if both sides act at the same moment."""

import pytest

from final.domain.friends import Friends

ROUNDS = range(30)  # repetitions of concurrent operations, each with another pair of people


@pytest.fixture
def friends(database) -> Friends:
    return Friends(database.friendships)


def state(friends: Friends, user_id: str) -> dict[str, list[str]]:
    """Return a user's friends and requests by kind, without the kinds that are empty."""
    all_of = friends.all_of(user_id)
    assert friends.of(user_id) == set(all_of.friends)
    return {kind: ids for kind, ids in vars(all_of).items() if ids}


def test_a_request_does_not_make_friends_yet(friends: Friends):
    assert friends.ask("ada", "grace") is False
    assert state(friends, "ada") == {"outgoing": ["grace"]}
    assert state(friends, "grace") == {"incoming": ["ada"]}


def test_the_friends_of_several_are_known_at_once(friends: Friends):
    for one, other in ("ada", "grace"), ("ada", "alan"), ("grace", "alan"), ("grace", "linus"):
        friends.ask(one, other)
    friends.accept("grace", "ada")
    friends.accept("alan", "ada")
    friends.accept("linus", "grace")
    expected = {user_id: friends.of(user_id) for user_id in ("ada", "grace")}
    assert friends.of_each(["ada", "grace", "nobody"]) == expected
    assert expected["grace"] == {"ada", "linus"}, "alan has not accepted"


def test_the_recipient_of_a_request_can_accept_it(friends: Friends):
    friends.ask("ada", "grace")
    assert friends.accept("grace", "ada") is True
    assert state(friends, "ada") == {"friends": ["grace"]}
    assert state(friends, "grace") == {"friends": ["ada"]}
    assert friends.accept("grace", "ada") is False, "the request no longer exists"


def test_the_sender_of_a_request_cannot_accept_it(friends: Friends):
    friends.ask("ada", "grace")
    assert friends.accept("ada", "grace") is False
    assert friends.accept("grace", "alan") is False
    assert state(friends, "grace") == {"incoming": ["ada"]}


def test_a_request_in_return_accepts_the_first_one(friends: Friends):
    friends.ask("grace", "ada")
    assert friends.ask("ada", "grace") is True
    assert state(friends, "ada") == {"friends": ["grace"]}


def test_asking_again_changes_nothing(friends: Friends):
    assert [friends.ask("ada", "grace"), friends.ask("ada", "grace")] == [False, False]
    assert state(friends, "ada") == {"outgoing": ["grace"]}
    friends.accept("grace", "ada")
    assert [friends.ask("ada", "grace"), friends.ask("grace", "ada")] == [True, True]
    assert state(friends, "ada") == {"friends": ["grace"]}


def test_users_cannot_befriend_themselves(friends: Friends):
    with pytest.raises(ValueError, match="their own friend"):
        friends.ask("ada", "ada")


@pytest.mark.parametrize("by", ["ada", "grace"])
@pytest.mark.parametrize("accepted", [False, True])
def test_either_can_end_it(friends: Friends, by: str, accepted: bool):
    friends.ask("ada", "grace")
    if accepted:
        friends.accept("grace", "ada")
    other = {"ada": "grace", "grace": "ada"}[by]
    assert friends.end(by, other) is True
    assert state(friends, "ada") == state(friends, "grace") == {}
    assert friends.end(by, other) is False, "there is nothing left to end"
    assert friends.accept("grace", "ada") is False
    assert friends.ask("grace", "ada") is False, "a new request is possible"


def test_the_oldest_request_comes_first(friends: Friends):
    for user_id in "zoe", "ada", "max":
        friends.ask(user_id, "grace")
    assert state(friends, "grace") == {"incoming": ["zoe", "ada", "max"]}


def test_each_change_changes_the_fingerprint(friends: Friends):
    states = [friends.all_of("ada").state]

    def changes(function, *args: str) -> bool:
        function(*args)
        states.append(friends.all_of("ada").state)
        return states[-1] not in states[:-1]

    assert changes(friends.ask, "ada", "grace")
    assert changes(friends.accept, "grace", "ada")
    assert changes(friends.ask, "alan", "ada")
    assert changes(friends.end, "ada", "grace")
    assert not changes(friends.ask, "alan", "grace"), "this request doesn't involve Ada"
    assert friends.end("ada", "alan")
    assert not changes(friends.all_of, "ada"), "the first fingerprint is back"


def test_a_deleted_user_leaves_nothing(database, friends: Friends):
    friends.ask("ada", "grace")
    friends.accept("grace", "ada")
    friends.ask("alan", "ada")
    friends.ask("ada", "zoe")
    friends.ask("alan", "grace")
    friends.forget("ada")
    assert state(friends, "ada") == {}
    assert [each["members"] for each in database.friendships.find()] == [["alan", "grace"]]


def test_a_request_made_while_the_other_is_withdrawn_stands(friends: Friends, monkeypatch):
    """It's too late to accept Grace's request, so Ada's own request must stand."""
    friends.ask("grace", "ada")
    accept = friends.accept

    def accept_too_late(user_id: str, other_id: str) -> bool:
        friends.end(other_id, user_id)
        return accept(user_id, other_id)

    monkeypatch.setattr(friends, "accept", accept_too_late)
    assert friends.ask("ada", "grace") is False
    assert state(friends, "ada") == {"outgoing": ["grace"]}


def test_two_who_ask_each_other_at_once_are_friends_once(mongodb, at_once):
    friends = Friends(mongodb.friendships)
    for n in ROUNDS:
        ada, grace = f"ada-{n}", f"grace-{n}"
        said = at_once((friends.ask, ada, grace), (friends.ask, grace, ada))
        assert sorted(said) == [False, True], "only the second request makes them friends"
        assert state(friends, ada) == {"friends": [grace]}
        assert state(friends, grace) == {"friends": [ada]}
    assert mongodb.friendships.count_documents({"accepted": True}) == len(ROUNDS)


def test_two_tabs_that_ask_at_once_ask_once(mongodb, at_once):
    friends = Friends(mongodb.friendships)
    for n in ROUNDS:
        ada, grace = f"ada-{n}", f"grace-{n}"
        assert at_once(*[(friends.ask, ada, grace)] * 3) == [False] * 3
        assert state(friends, grace) == {"incoming": [ada]}


def test_two_tabs_that_accept_at_once_accept_once(mongodb, at_once):
    friends = Friends(mongodb.friendships)
    for n in ROUNDS:
        ada, grace = f"ada-{n}", f"grace-{n}"
        friends.ask(ada, grace)
        said = at_once(*[(friends.accept, grace, ada)] * 3)
        assert sorted(said) == [False, False, True]


def test_a_request_withdrawn_while_it_is_accepted_is_gone_for_both(mongodb, at_once):
    """In either order: an accepted request is ended, and a withdrawn request isn't accepted."""
    friends = Friends(mongodb.friendships)
    for n in ROUNDS:
        ada, grace = f"ada-{n}", f"grace-{n}"
        friends.ask(ada, grace)
        _, ended = at_once((friends.accept, grace, ada), (friends.end, ada, grace))
        assert ended
        assert state(friends, ada) == state(friends, grace) == {}


def test_a_request_at_the_moment_of_a_withdrawal_returns_the_outcome(mongodb, at_once):
    friends = Friends(mongodb.friendships)
    for n in ROUNDS:
        ada, grace = f"ada-{n}", f"grace-{n}"
        friends.ask(ada, grace)
        _, accepted = at_once((friends.end, ada, grace), (friends.ask, grace, ada))
        # Either Grace accepted before Ada ended it, or Grace asked after Ada's withdrawal.
        assert state(friends, grace) == ({} if accepted else {"outgoing": [ada]})
