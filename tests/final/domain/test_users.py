"""Users: their accounts and passwords, and the search for them."""

import pytest
from bson import ObjectId

from final.domain.users import User, Users, call

SEARCHES = {
    "ada": ["Ada Lovelace", "Ada de la Cruz"],
    "ADA LOVE": ["Ada Lovelace"],
    "love": ["Ada Lovelace"],
    "  ada   lovelace ": ["Ada Lovelace"],
    "de la": ["Ada de la Cruz"],
    "éd": ["Édith Piaf"],
    "grace@example.org": ["Grace Hopper"],
    "Grace@Example.org": ["Grace Hopper"],
    "grace@example": [],  # only a complete email address finds its user
    "lace": [],  # only the beginning of a name finds its user
    "": [],
    "  ": [],
    ".": [],
    "^ada": [],
    "a.a": [],
    "(": [],
    "\0": [],
    "\U0010ffff": [],
}
NO_IDS = [None, "", "nobody", "0" * 23, "A" * 24, "f" * 24, b"0" * 12, 7, {"$ne": None}]


@pytest.fixture
def users(database) -> Users:
    return Users(database.users, quickly)


def quickly(function, *args):
    """Call the function. If it hashes a password, use a fast method."""
    return function(*args, **({"method": "pbkdf2:sha256:1"} if len(args) == 1 else {}))


@pytest.fixture
def ada(users: Users) -> User:
    return users.create("Ada", "Lovelace", "Ada@Example.org", "a-good-one")


def test_a_new_user_is_found(users: Users, ada: User):
    assert ada.full_name == "Ada Lovelace"
    assert ada.email == "ada@example.org"
    assert ada.as_json() == {"id": ada.id, "firstName": "Ada", "lastName": "Lovelace"}
    assert users.find(ada.id) == ada
    assert users.find_by_email("ADA@example.org") == ada
    assert users.find_by_email("grace@example.org") is None


@pytest.mark.parametrize("no_id", NO_IDS, ids=repr)
def test_an_unknown_id_finds_no_user(users: Users, ada: User, no_id):
    assert users.find(no_id) is None
    assert users.check_password(no_id, "a-good-one") is False
    users.rename(no_id, "Some", "Body")
    users.delete(no_id)
    assert users.find(ada.id) == ada


def test_many_are_found_by_their_ids(users: Users, ada: User):
    grace = users.create("Grace", "Hopper", "grace@example.org", "a-good-one")
    users.create("Alan", "Turing", "alan@example.org", "a-good-one")
    wanted = [ada.id, "nobody", grace.id, str(ObjectId()), ada.id]
    assert users.find_many(wanted) == {ada.id: ada, grace.id: grace}
    assert users.find_many([]) == {}


def test_an_email_has_one_account(users: Users, ada: User):
    assert users.create("Augusta", "King", "ADA@example.org", "another-one") is None
    assert users.find_by_email("ada@example.org") == ada


def test_two_concurrent_sign_ups_with_one_email_make_one_account(mongodb, at_once):
    users = Users(mongodb.users, run=lambda *_: "no hash")
    for n in range(10):
        email = f"ada-{n}@example.org"
        created = at_once(*[(users.create, "Ada", "Lovelace", email, "a-good-one")] * 2)
        assert sum(user is not None for user in created) == 1
        assert users.find_by_email(email) in created
    assert mongodb.users.count_documents({}) == 10


def test_a_password_opens_its_own_account_only(users: Users, ada: User):
    users.create("Grace", "Hopper", "grace@example.org", "another-one")
    assert users.authenticate("ada@EXAMPLE.org", "a-good-one") == ada
    assert users.authenticate("ada@example.org", "another-one") is None
    assert users.authenticate("ada@example.org", "") is None
    assert users.authenticate("alan@example.org", "a-good-one") is None
    assert users.authenticate("alan@example.org", "") is None
    assert users.check_password(ada.id, "a-good-one") is True
    assert users.check_password(ada.id, "another-one") is False
    assert users.check_password(str(ObjectId()), "") is False


def test_a_password_is_kept_only_as_a_hash(database, users: Users, ada: User):
    assert "a-good-one" not in str(database.users.find_one())


def test_passwords_are_hashed_and_checked_where_the_caller_wants(database):
    ran = []

    def run(function, *args):
        ran.append(function.__name__)
        return call(function, *args)

    users = Users(database.users, run)
    ada = users.create("Ada", "Lovelace", "ada@example.org", "a-good-one")
    users.set_password(ada.id, "a-better-one")
    users.authenticate("ada@example.org", "a-better-one")
    users.authenticate("nobody@example.org", "a-better-one")  # as slow as for a real user
    users.check_password(ada.id, "a-better-one")
    assert ran == ["generate_password_hash"] * 2 + ["check_password_hash"] * 3


def test_a_new_password_replaces_the_old_one(users: Users, ada: User):
    users.set_password(ada.id, "a-better-one")
    assert users.authenticate("ada@example.org", "a-better-one") == ada
    assert users.authenticate("ada@example.org", "a-good-one") is None


def test_a_renamed_user_is_found_by_the_new_name(users: Users, ada: User):
    users.rename(ada.id, "Augusta", "King")
    assert users.find(ada.id).full_name == "Augusta King"
    assert [user.id for user in users.search("king")] == [ada.id]
    assert users.search("lovelace") == []
    assert users.authenticate("ada@example.org", "a-good-one").id == ada.id


def test_a_deleted_user_is_gone_and_the_email_is_free(users: Users, ada: User):
    users.delete(ada.id)
    assert users.find(ada.id) is None
    assert users.search("ada") == []
    assert users.authenticate("ada@example.org", "a-good-one") is None
    assert users.create("Ada", "Lovelace", "ada@example.org", "a-good-one").id != ada.id


@pytest.mark.parametrize("words", SEARCHES, ids=repr)
def test_people_are_found_by_the_beginning_of_a_name_or_by_their_email(users, words):
    for first_name, last_name, email in (
        ("Ada", "de la Cruz", "cruz@example.org"),
        ("Grace", "Hopper", "grace@example.org"),
        ("Ada", "Lovelace", "ada@example.org"),
        ("Édith", "Piaf", "piaf@example.org"),
    ):
        users.create(first_name, last_name, email, "")
    assert {user.full_name for user in users.search(words)} == set(SEARCHES[words])


def test_a_search_finds_no_more_than_its_limit_in_alphabetical_order(users):
    for name in "Cyd", "Ann", "Bob":
        users.create(name, "Smith", f"{name}@example.org", "")
    assert [user.first_name for user in users.search("smith")] == ["Ann", "Bob", "Cyd"]
    assert len(users.search("smith", limit=2)) == 2
