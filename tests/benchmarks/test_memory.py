"""The parts that the benchmarks keep in memory do the same as the parts of final/ with a database.

Tests of final/ that use only the methods of a part run on both. Here they run on those in memory.
"""

import inspect
from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.ours import memory
from final.domain import stores
from final.domain.friends import Friends
from final.domain.notifications import Notifications
from final.domain.posts import Posts
from final.domain.users import Users
from final.sessions.store import MongoSessionStore, SessionStore, hashed
from tests.final import test_session
from tests.final.domain import test_friends, test_notifications, test_posts, test_users
from tests.final.domain.test_notifications import write_later as write_later
from tests.final.domain.test_posts import post as post
from tests.final.domain.test_users import ada as ada
from tests.final.domain.test_users import quickly

OF_THE_DATABASE = {"database", "mongodb", "monkeypatch"}  # tests that take one can't run here
OF_SESSIONS = [
    test_session.test_a_save_writes_the_keys_that_have_changed_and_no_other,
    test_session.test_a_change_inside_a_value_is_saved_again_and_again,
    test_session.test_a_session_that_is_regenerated_has_another_id_and_none_of_the_data,
    test_session.test_a_user_ends_none_but_their_own_sessions,
    test_session.test_all_sessions_of_a_user_but_one_are_ended,
]
IMPLEMENTATIONS = [
    (SessionStore, memory.Sessions, MongoSessionStore),
    (stores.UserStore, memory.Users, Users),
    (stores.FriendStore, memory.Friends, Friends),
    (stores.PostStore, memory.Posts, Posts),
    (stores.NotificationStore, memory.Notifications, Notifications),
]


@pytest.fixture
def store() -> memory.Sessions:
    return memory.Sessions()


@pytest.fixture
def users() -> memory.Users:
    return memory.Users(quickly)


@pytest.fixture
def friends() -> memory.Friends:
    return memory.Friends()


@pytest.fixture
def posts() -> memory.Posts:
    return memory.Posts()


@pytest.fixture
def notifications(posts) -> memory.Notifications:
    return memory.Notifications(posts)


def taken_from_final() -> dict:
    """Return the tests that can run here, under names that begin with their module."""
    found = {each.__name__.replace("test_", "test_session_", 1): each for each in OF_SESSIONS}
    for module in test_friends, test_notifications, test_posts, test_users:
        kind = module.__name__.rpartition(".")[2]
        for name, test in vars(module).items():
            if name.startswith("test_") and not OF_THE_DATABASE & set(
                inspect.signature(test).parameters
            ):
                found[name.replace("test_", f"{kind}_", 1)] = test
    return found


globals().update(taken_from_final())


def test_most_tests_of_final_can_be_run_here():
    assert len(taken_from_final()) > 45


@pytest.mark.parametrize(("protocol", "in_memory", "in_mongodb"), IMPLEMENTATIONS)
def test_both_implementations_have_the_methods_of_the_protocol(
    protocol: type, in_memory: type, in_mongodb: type
):
    assert methods(in_memory) == methods(protocol)
    assert methods(in_mongodb) == methods(protocol)


def methods(kind: type) -> dict[str, list[str]]:
    """Return the names of the parameters of each public method."""
    return {
        name: list(inspect.signature(method).parameters)
        for name, method in inspect.getmembers(kind, inspect.isfunction)
        if not name.startswith("_")
    }


def test_a_session_that_has_expired_is_not_there(store):
    now = datetime.now(UTC)
    times = {"last_seen": now, "expires": now - timedelta(seconds=1)}
    store.insert("a secret", {"data": {"_user_id": "ada"}, **times})
    assert store.load("a secret") is None
    assert store.of_user("ada") == []
    assert store.alive([hashed("a secret")]) == set()


def test_a_session_that_was_read_is_a_copy(store):
    expires = datetime.now(UTC) + timedelta(hours=1)
    store.insert("a secret", {"data": {"values": [1]}, "expires": expires})
    store.load("a secret")["data"]["values"].append(2)
    assert store.load("a secret")["data"] == {"values": [1]}
