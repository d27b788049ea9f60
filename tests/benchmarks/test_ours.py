"""final/ as the benchmarks run it keeps the contract of step 04, in memory and on MongoDB."""

import sys
from collections.abc import Iterator

import pytest

from tests.folders import ROOT, run_tests
from tests.mongo import HOW_TO_GET_ONE, address, new_database, real_mongodb
from tests.steps.people import Person, Socket
from tests.steps.servers import App, Server


class Ours(Server):
    """final/, running as a contender."""

    def __init__(self, **settings: str):
        super().__init__(App("ours", 4, ROOT / "benchmarks"), **settings)

    def command(self) -> list[str]:
        return [sys.executable, "-m", "benchmarks.ours"]


@pytest.fixture
def uri() -> Iterator[str]:
    """The address of an empty database in a real MongoDB."""
    with real_mongodb() as server:
        if not server:
            pytest.skip(HOW_TO_GET_ONE)
        with new_database(server) as database:
            yield address(server, database)


@pytest.fixture(params=["memory", "mongodb"])
def settings(request) -> dict[str, str]:
    if request.param == "memory":
        return {}
    return {"MONGODB_URI": request.getfixturevalue("uri")}


@pytest.fixture
def start():
    """Start it with these settings; all are stopped in the end."""
    servers: list[Ours] = []

    def start_one(**settings: str) -> Ours:
        servers.append(Ours(**settings))
        servers[-1].start()
        return servers[-1]

    yield start_one
    for server in servers:
        server.close()


def test_it_keeps_the_contract(settings, start):
    ours = start(PANEL="1", **settings)  # it has the buttons that the checks press
    run = run_tests(ROOT, "tests/steps", "--url", ours.url, "--upto", "04")
    if run.returncode != pytest.ExitCode.OK:
        pytest.fail(f"{run.stdout}{run.stderr}\nit printed:\n{ours.printed}", pytrace=False)


def test_people_who_are_made_up_can_log_in_and_are_friends(settings, start):
    ours = start(SEED_PEOPLE="4", SEED_FRIENDS="2", **settings)
    people = [Person(ours.url, "Person", str(number)) for number in range(4)]
    for number, person in enumerate(people):
        person.email = f"person-{number}@example.org"
        assert person.log_in().status_code == 302
    sockets = [Socket(person) for person in people]
    try:
        people[0].post("/comments", {"text": "Hello"})
        for person, socket in zip(people, sockets, strict=True):
            person.post("/wave")  # comes later: what comes before it has come by then
            socket.wait_for("wave")
        assert [len(socket.all("comment")) for socket in sockets] == [0, 1, 1, 0]
    finally:
        for socket in sockets:
            socket.close()


def test_people_who_were_made_up_before_are_not_made_up_again(uri, start):
    for _ in range(2):
        ours = start(MONGODB_URI=uri, SEED_PEOPLE="2", SEED_FRIENDS="1")
        person = Person(ours.url, "Person", "0")
        person.email = "person-0@example.org"
        assert person.log_in().status_code == 302
        ours.stop()


def test_a_crowd_can_log_in_from_one_address(settings, start):
    ours = start(SEED_PEOPLE="300", **settings)
    for number in range(300):
        person = Person(ours.url, "Person", str(number))
        person.email = f"person-{number}@example.org"
        assert person.log_in().status_code == 302


def test_it_runs_as_in_production(start):
    ours = start(SEED_PEOPLE="1")
    page = Person(ours.url, "Person", "0").get("/").text
    assert "look-around" not in page, "no demo"
    assert "DEBUG" not in ours.printed
