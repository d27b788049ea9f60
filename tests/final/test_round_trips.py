"""A page, a comment and a socket query the database no more often than they need to."""

from collections.abc import Callable, Iterator

import gevent
import pytest
from pymongo.database import Database

from final.cluster.processes import SingleProcess
from final.realtime.sockets import Sockets
from tools import mongo
from tools.people import AS_BROWSER, Person, Socket, eventually, polling_address
from tools.servers import App, Server, running

# Operations to ignore: those of the heartbeat and those of these tests.
BESIDE = {
    "processes": {"find", "update"},
    "sockets": {"update", "remove"},
    "system.profile": {"find", "getMore"},
}


@pytest.fixture(scope="module")
def database(mongodb_uri: str) -> Iterator[Database]:
    with mongo.new_database(mongodb_uri) as database:
        yield database


@pytest.fixture(scope="module")
def server(final: App, mongodb_uri: str, database: Database) -> Iterator[Server]:
    address = mongo.address(mongodb_uri, database)
    with running(final, MONGODB_URI=address, PANEL="0", SWEEP_EVERY="1000") as server:
        yield server


@pytest.fixture(scope="module")
def friends(server: Server) -> list[Person]:
    """Return two friends who have each written a post."""
    ada, grace = Person(server.url, "Ada", "Lovelace"), Person(server.url, "Grace", "Hopper")
    for person in ada, grace:
        person.sign_up()
    for one, other in (ada, grace), (grace, ada):
        one.post("/friends", {"email": other.email})
    for person in ada, grace:
        person.post("/comments", {"text": "Hello."})
    return [ada, grace]


@pytest.fixture
def asked(database: Database) -> Iterator[Callable[[], list[str]]]:
    """Yield a function that returns the database operations since the test began."""

    def what_was_asked() -> list[str]:
        found = map(as_asked, database["system.profile"].find().sort("$natural", 1))
        return [f"{verb} {name}" for verb, name in found if verb not in BESIDE.get(name, ())]

    database.command("profile", 2)
    yield what_was_asked
    database.command("profile", 0)
    database.drop_collection("system.profile")


def as_asked(entry: dict) -> tuple[str, str]:
    """Return the verb and the collection of an entry in the database profiler's records."""
    is_write = entry["op"] in {"update", "remove"}
    verb = entry["op"] if is_write else next(iter(entry["command"]))
    return verb, entry["ns"].partition(".")[2]


PAGE = ["find sessions", "find users", "find friendships"]
NEWS = ["find posts", "find users", "find read_marks"]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/dashboard", [*PAGE, "find posts", "find posts", "find users", *NEWS[::2]]),
        ("/friends", [*PAGE, "find users", *NEWS[::2]]),
        ("/notifications", [*PAGE, *NEWS]),
        ("/account", [*PAGE, "find sessions", *NEWS]),
    ],
)
def test_a_page_asks_each_thing_once(friends, asked, path, expected):
    """The dashboard finds posts, then replies, and it finds their authors and the current user."""
    friends[0].get(path, headers=AS_BROWSER)
    assert sorted(asked()) == sorted(expected)


def test_a_page_without_anything_on_it_asks_for_nothing_more(server, asked):
    alan = Person(server.url, "Alan", "Turing")
    alan.sign_up()
    before = len(asked())
    alan.get("/dashboard", headers=AS_BROWSER)
    assert asked()[before:] == [*PAGE, "find posts", "find posts"]


def test_a_comment_asks_twice_who_the_friends_are_and_is_one_write(friends, asked):
    friends[0].post("/comments", {"text": "Hello again."})
    assert asked() == [
        "find sessions",
        "find users",
        "distinct friendships",
        "insert posts",
        "distinct friendships",  # a friendship may have ended meanwhile
    ]


def test_a_socket_asks_once_who_it_is_and_nobody_how_many_there_are(friends, asked):
    ada, grace = friends
    to_grace = Socket(grace)
    to_grace.wait_for("sockets")
    assert eventually(lambda: len(asked()) >= 4)
    before = len(asked())
    to_ada = Socket(ada)
    try:
        to_grace.wait_for("presence")  # this event comes last
        who = ["find sessions", "find users"]
        assert asked()[before:] == [*who, "find friendships", "find users"]
    finally:
        to_ada.close()
        to_grace.close()


def test_of_two_cookies_a_handshake_asks_which_one_counts_and_nothing_else_does(friends, asked):
    """G29: later requests of a socket need no query, even with several cookies of ours."""
    ada = friends[0]
    stale = ada.elsewhere()
    stale.log_in()
    ended = stale.cookie
    stale.log_out()
    browser = ada.elsewhere()
    browser.http.headers["Cookie"] = f"sid={ended}; sid={ada.cookie}"
    before = len(asked())
    address = polling_address(browser)
    assert asked()[before:] == ["find sessions"]
    browser.http.post(address, data="40", timeout=30)
    while '40{"sid"' not in browser.http.get(address, timeout=30).text:
        pass
    assert eventually(lambda: "find friendships" in asked()[before:])  # to announce the socket
    before = len(asked())
    browser.http.post(address, data="3", timeout=30)
    browser.http.post(address, data="41\x1e1", timeout=30)
    assert [each for each in asked()[before:] if each != "find friendships"] == []


def test_a_page_that_looks_for_the_current_state_asks_each_thing_once(friends, asked):
    """A friend who is online and has also written a reply is looked up once."""
    ada, grace = friends
    post = ada.post("/comments", {"text": "Hello."}).json()["id"]
    grace.post("/comments", {"text": "A reply.", "post": post})
    to_ada = Socket(ada)
    to_ada.wait_for("sockets")
    try:
        who = ["find sessions", "find friendships", "find users"]
        read = "find read_marks"
        for page, expected in (
            ({"shown": []}, [*who, read]),
            ({"shown": [post]}, [*who, "distinct posts", read]),
            ({"shown": [post], "threads": [post]}, [*who, "find posts", "distinct posts", read]),
        ):
            before = len(asked())
            to_ada.call("state", page)
            assert sorted(asked()[before:]) == sorted(expected)
    finally:
        to_ada.close()


class Friends:
    """Records the user IDs whose friends are looked up, and pauses like a database query."""

    def __init__(self):
        self.asked: list[list[str]] = []

    def of_each(self, user_ids: list[str]) -> dict[str, set[str]]:
        self.asked.append(user_ids)
        gevent.sleep(0)
        return {}


def test_users_who_come_or_go_together_are_looked_up_together():
    friends, crowd = Friends(), [str(number) for number in range(20)]
    sockets = Sockets(users=None, friends=friends, processes=SingleProcess("here"))
    telling = [gevent.spawn(sockets.announcements.announce_presence, user_id) for user_id in crowd]
    gevent.joinall(telling, raise_error=True)
    assert friends.asked == [crowd[:1], crowd[1:]]
    sockets.announcements.announce_presence(*crowd)
    assert friends.asked[2:] == [crowd]
