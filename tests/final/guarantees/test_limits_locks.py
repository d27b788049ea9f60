"""G17 and G36: parallel guesses count like serial ones, and no one can lock an owner out."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import gevent
import pytest
import requests
from flask import Flask
from gevent.event import Event
from werkzeug.exceptions import HTTPException, ServiceUnavailable

from final.domain import texts
from final.domain.users import Users
from final.settings.quotas import KNOWN_NETWORKS, PER_ACCOUNT, PER_ADDRESS
from final.web import hash_queue
from final.web.hash_queue import MANY_LOG_INS, HashQueue
from final.web.throttle import Guesses, limits_of, network_of
from tests.final.guarantees.probed import running_with
from tests.final.guarantees.test_throttle import JSON, PAGE, retry_after, seconds_to_wait
from tools.people import PASSWORD, Person, eventually
from tools.servers import Server

pytestmark = pytest.mark.usefixtures("one_window")  # because the tests count attempts exactly

HOME, STRANGER = "192.0.2.1", "198.51.100.1"
NEW_PASSWORD = "another horse"


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Start a server that takes the client's address from a proxy."""
    with running_with("hashes", PROXIES="1", DEMO="0") as server:
        yield server


_networks = (f"10.{n // 256}.{n % 256}.1" for n in range(256 * 256))


@pytest.fixture
def address() -> str:
    """Return an address that no other test uses."""
    return next(_networks)


def at(person: Person, address: str) -> Person:
    """Return the same person in another browser, at this IP address."""
    there = person.elsewhere()
    there.http.headers["X-Forwarded-For"] = address
    return there


@pytest.fixture
def ada(server: Server, address: str) -> Person:
    ada = at(Person(server.url, "Ada", "Lovelace"), address)
    ada.sign_up()
    return ada


def at_once(functions: list[Callable]) -> list:
    with ThreadPoolExecutor(len(functions)) as threads:
        return [each.result() for each in [threads.submit(function) for function in functions]]


# Parallel guesses.


def test_g17_guesses_at_once_from_one_address_count_as_if_in_turn(server: Server, ada: Person):
    """Each guess is for a different email, so only the limit per address stops them."""
    stranger = next(_networks)
    browsers = [at(ada, stranger) for _ in range(60)]
    tries = [
        lambda n=n, each=each: each.log_in("a guess", email=f"{n}@example.org").status_code
        for n, each in enumerate(browsers)
    ]
    assert Counter(at_once(tries)) == {401: 30, 429: 30}
    assert at(ada, stranger).log_in().status_code == 429
    assert at(ada, next(_networks)).log_in().status_code == 302


def test_g17_right_passwords_do_not_use_up_what_an_office_shares(server: Server, ada: Person):
    office = next(_networks)
    grace = at(Person(server.url, "Grace", "Hopper"), office)
    grace.sign_up()
    for _ in range(2):
        people = [at(person, office) for person in (ada, grace) * 8]
        assert {answer.status_code for answer in at_once([each.log_in for each in people])} == {302}
    assert at(ada, office).log_in("a guess").status_code == 401


def test_g17_refused_tries_for_one_account_use_up_nobody_elses(server: Server, ada: Person):
    office = next(_networks)
    codes = [at(ada, office).log_in("a guess").status_code for _ in range(60)]
    assert codes == [401] * 10 + [429] * 50
    grace = at(Person(server.url, "Grace", "Hopper"), office)
    assert grace.sign_up().status_code == 302
    assert at(grace, office).log_in().status_code == 302


@pytest.fixture(params=["memory", "mongodb"])
def two_guesses(request) -> list[Guesses]:
    """Return the counters of two processes with one MongoDB, or those of one process twice."""
    if request.param == "memory":
        return [Guesses()] * 2
    return [Guesses(request.getfixturevalue("mongodb")) for _ in range(2)]


def login(address: str = HOME) -> list[tuple]:
    """Return the limits of a login by Ada from a new network."""
    return limits_of("ada@example.org", address, is_known=False)


def may_try(guesses: Guesses, address: str = HOME) -> bool:
    return seconds_to_wait(guesses, *login(address)) is None


def test_g17_tries_at_once_in_two_processes_count_together(two_guesses: list[Guesses]):
    tries = [lambda n=n: may_try(two_guesses[n % 2]) for n in range(30)]
    assert Counter(at_once(tries)) == {True: 10, False: 20}
    assert two_guesses[0].limiter.test(PER_ADDRESS, HOME, cost=190), "refused tries aren't counted"
    assert not two_guesses[0].limiter.test(PER_ADDRESS, HOME, cost=191)


def test_g17_what_was_no_guess_is_taken_back(two_guesses: list[Guesses]):
    one, other = two_guesses
    for _ in range(9):
        assert may_try(one)
    for _ in range(30):
        with pytest.raises(ServiceUnavailable), other.attempt("Too many.", *login()):
            raise ServiceUnavailable
    assert may_try(one)
    assert not may_try(one)


def test_g17_a_right_password_clears_only_its_own_count(two_guesses: list[Guesses]):
    one, other = two_guesses
    for address in HOME, STRANGER:
        while may_try(one, address):
            pass
    other.was_right(*login())
    assert one.limiter.test(PER_ACCOUNT, "ada@example.org", HOME, cost=10)
    assert not may_try(one, STRANGER)
    assert not one.limiter.test(PER_ADDRESS, STRANGER, cost=191)


# The queue for password hashes.


def test_g17_a_full_queue_refuses_passwords_before_hashing_and_says_why(
    server: Server, ada: Person
):
    flood, other = next(_networks), next(_networks)
    grace = at(Person(server.url, "Grace", "Hopper"), flood)
    grace.sign_up()
    here, login = at(ada, flood), {"email": grace.email, "password": PASSWORD}
    new = {"password": PASSWORD, "new_password": NEW_PASSWORD}
    signup = {"first_name": "Ada", "last_name": "L", "email": "a@b.org", "password": PASSWORD}
    assert here.log_in().status_code == 302
    requests.post(f"{server.url}/probe/hold/{flood}/2", timeout=30)
    with ThreadPoolExecutor(2) as threads:
        waiting = [threads.submit(at(ada, flood).log_in) for _ in range(2)]
        try:
            assert eventually(lambda: server.printed.count(f"held: {flood}") == 2)
            for path, sent in [
                ("/login", login),
                ("/signup", signup),
                ("/account/password", new),
                ("/account/delete", new),
            ]:
                for headers in JSON, PAGE:
                    answer = here.post(path, sent, headers=headers)
                    assert retry_after(answer, most=10) >= 1
                    assert MANY_LOG_INS in answer.text, path
            assert at(ada, other).log_in("a guess").status_code == 401, "other networks get a turn"
        finally:
            requests.post(f"{server.url}/probe/let-go", timeout=30)
    assert [each.result().status_code for each in waiting] == [302] * 2
    for _ in range(10):  # none of the refused attempts was counted
        assert at(grace, flood).log_in("a guess").status_code == 401
    assert here.post("/account/password", new).ok


class HeldHashes:
    """A hash function that waits for `let_go`. It records the names whose hashes have begun."""

    def __init__(self):
        self.began: list[str] = []
        self.let_go = Event()

    def __call__(self, function: Callable, name: str) -> str:
        self.began.append(name)
        self.let_go.wait()
        return function(name)


@pytest.fixture
def held() -> HeldHashes:
    return HeldHashes()


def is_empty(queue: HashQueue) -> bool:
    """Return whether the queue keeps nothing, not even for networks whose hashes are done."""
    lanes = queue.lanes
    return (lanes.total(), lanes._semaphores, dict(lanes._counts)) == (0, {}, {})


def ask(queue: HashQueue, address: str, name: str) -> gevent.Greenlet:
    """Ask for a hash in a request from this address. Return the greenlet that waits for it."""

    def in_request() -> str:
        with Flask(__name__).test_request_context(environ_base={"REMOTE_ADDR": address}):
            return queue(str, name)

    greenlet = gevent.spawn(in_request)
    gevent.idle()
    return greenlet


def test_g17_a_flood_from_one_network_does_not_delay_another(held: HeldHashes):
    queue = HashQueue(held)
    flood = [ask(queue, STRANGER, f"flood {n}") for n in range(100)]
    assert held.began == ["flood 0", "flood 1"]
    ask(queue, HOME, "home")
    assert held.began[2:] == ["home"]
    held.let_go.set()
    gevent.joinall(flood, raise_error=True)
    assert is_empty(queue)


def test_g17_no_more_hashes_run_at_once_than_a_process_can_make(held: HeldHashes):
    queue = HashQueue(held)
    hashes = [ask(queue, f"192.0.2.{n}", str(n)) for n in range(50)]
    assert len(held.began) == hash_queue.HASHES_AT_ONCE
    held.let_go.set()
    assert [each.get() for each in hashes] == [str(n) for n in range(50)]


def test_g17_a_queue_that_is_full_refuses_and_forgets(held: HeldHashes, monkeypatch):
    monkeypatch.setattr(hash_queue, "HASHES_PER_NETWORK", 5)
    monkeypatch.setattr(hash_queue, "HASHES", 8)
    queue = HashQueue(held)
    # All addresses of one home count as one network.
    waiting = [ask(queue, f"2001:db8::{n}", f"one {n}") for n in range(5)]
    with pytest.raises(HTTPException) as refused:
        ask(queue, "2001:db8::ffff", "one too many").get()
    assert refused.value.code == 429
    waiting += [ask(queue, HOME, f"other {n}") for n in range(3)]
    for address in HOME, STRANGER:
        with pytest.raises(HTTPException) as refused:
            ask(queue, address, "too many for all").get()
        assert refused.value.code == 503
    held.let_go.set()
    gevent.joinall(waiting, raise_error=True)
    assert is_empty(queue)
    assert ask(queue, HOME, "afterwards").get() == "afterwards"


def test_g17_a_hash_that_fails_gives_back_its_place():
    def fail(function, *args):
        raise ValueError("no hash")

    queue = HashQueue(fail)
    with pytest.raises(ValueError, match="no hash"):
        queue(str, "x")
    assert is_empty(queue)


# An account's owner, and strangers who guess the password.


def test_g36_a_guessing_stranger_does_not_lock_the_owner_out(server: Server, ada: Person):
    stranger = next(_networks)
    for _ in range(10):
        assert at(ada, stranger).log_in("a guess").status_code == 401
    assert at(ada, stranger).log_in().status_code == 429, "the stranger must wait"
    new = {"password": PASSWORD, "new_password": NEW_PASSWORD}
    assert ada.post("/account/password", new).status_code == 200
    for address in next(_networks), ada.http.headers["X-Forwarded-For"]:
        assert at(ada, address).log_in(NEW_PASSWORD).status_code == 302


def test_g36_many_guessing_strangers_lock_the_owner_out_of_new_networks_only(ada: Person):
    for n in range(25):
        assert at(ada, f"203.0.113.{n}").log_in("a guess").status_code == 401
    answer = at(ada, "203.0.113.200").log_in()
    retry_after(answer, most=2 * 15 * 60)
    assert at(ada, ada.http.headers["X-Forwarded-For"]).log_in().status_code == 302
    delete = {"password": PASSWORD}
    assert ada.post("/account/delete", delete).status_code == 200


def test_g36_a_known_network_still_has_the_limit_of_one_network(ada: Person):
    home = ada.http.headers["X-Forwarded-For"]
    codes = [at(ada, home).log_in("a guess").status_code for _ in range(11)]
    assert codes == [401] * 10 + [429]


def test_g36_wrong_passwords_of_logged_in_users_are_counted_per_session(ada: Person):
    there = at(ada, ada.http.headers["X-Forwarded-For"])
    assert there.log_in().status_code == 302
    sent = {"password": "a guess", "new_password": NEW_PASSWORD}
    codes = [ada.post("/account/password", sent).status_code for _ in range(5)]
    codes += [ada.post("/account/delete", sent).status_code for _ in range(6)]
    assert codes == [400] * 10 + [429]
    assert ada.elsewhere().log_in().status_code == 302, "logins have their own count"
    new = {"password": PASSWORD, "new_password": NEW_PASSWORD}
    assert there.post("/account/password", new).status_code == 200


def test_g36_guesses_at_once_in_a_session_count_as_if_in_turn(ada: Person):
    tries = [lambda: ada.with_old_cookie().post("/account/delete", {"password": "a guess"})] * 30
    assert Counter(answer.status_code for answer in at_once(tries)) == {400: 10, 429: 20}


SPELLINGS = [
    ("192.0.2.77", "ada@bücher.example"),
    ("::ffff:192.0.2.77", "ADA@xn--bcher-kva.example"),
    ("192.0.2.77:50312", " Ada@BÜCHER.example "),
    ("::ffff:c000:24d", "ada@bu\u0308cher.example"),
]
OF_A_HOME = [(f"2001:db8:7::{n:x}", f"{'a' if n % 2 else 'A'}da@example.net") for n in range(4)]


@pytest.mark.parametrize("ways", [SPELLINGS, OF_A_HOME], ids=["spellings", "a home"])
def test_g36_no_spelling_of_email_or_address_gives_more_guesses(server: Server, ways: list):
    person = Person(server.url, "Ada", "Lovelace")
    codes = [
        at(person, ways[n % 4][0]).log_in("a guess", email=ways[n % 4][1]).status_code
        for n in range(14)
    ]
    assert codes == [401] * 10 + [429] * 4


def test_g35_an_account_remembers_only_the_last_few_networks(database):
    users = Users(database.users, run=lambda *_: "no hash")
    ada = users.create("Ada", "Lovelace", "ada@example.org", "")
    for n in [*range(2 * KNOWN_NETWORKS), 3, 3]:
        users.remember_network(ada.id, f"192.0.2.{n}")
    known = [n for n in range(30) if users.has_logged_in_from(ada.email, f"192.0.2.{n}")]
    assert len(known) == KNOWN_NETWORKS
    assert {3, 2 * KNOWN_NETWORKS - 1} <= set(known)
    assert not users.has_logged_in_from("grace@example.org", "192.0.2.3")


@pytest.mark.parametrize(
    "email", ["a" * 900_000, "é" * 400_000, "a@" * 400_000], ids=["a", "é", "a@"]
)
def test_g35_no_email_or_address_makes_a_long_counter(email: str, mongodb):
    guesses = Guesses(mongodb)
    network = network_of("x" * 8000)
    seconds_to_wait(guesses, *limits_of(texts.clean_email(email), network, is_known=False))
    counters = list(mongodb.windows.find())
    assert len(counters) == 3
    assert max(len(each["_id"]) for each in counters) < 1000
    assert all("expireAt" in each for each in counters)
    expiring = [index for index in mongodb.windows.list_indexes() if "expireAfterSeconds" in index]
    assert [list(index["key"]) for index in expiring] == [["expireAt"]]
