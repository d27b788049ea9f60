"""The Express twin of the benchmarks keeps the contract of step 04: its checks pass there, too."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.folders import ROOT, run_tests
from tests.mongo import HOW_TO_GET_ONE, address, new_database, real_mongodb
from tests.steps.people import Person, Socket
from tests.steps.servers import App, Server

FOLDER = ROOT / "benchmarks" / "express"
STATIC = Path("steps", "04-friend-notify", "static")  # which the twin serves
NODE, NPM = shutil.which("node"), shutil.which("npm")

needs_node = pytest.mark.skipif(
    not (NODE and NPM),
    reason="there is no Node.js with npm here: on Debian apt-get install nodejs npm, on macOS "
    "brew install node; 20.19 or later",
)


class Twin(Server):
    """The twin, running, with its packages beside it."""

    def command(self) -> list[str]:
        return [NODE, str(self.app.folder / "server.js")]


@pytest.fixture(scope="module")
def app(tmp_path_factory) -> App:
    """The twin in a copy of its own, where npm may put its packages."""
    root = tmp_path_factory.mktemp("twin")
    shutil.copytree(ROOT / STATIC, root / STATIC)
    folder = root / FOLDER.relative_to(ROOT)
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("node_modules"))
    quietly = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
    run = subprocess.run([NPM, "ci", *quietly], cwd=folder, capture_output=True, text=True)
    if run.returncode != 0:
        pytest.fail(f"npm ci fails:\n{run.stdout}{run.stderr}", pytrace=False)
    return App("express", 4, folder)


@pytest.fixture
def start(app: App):
    """Start the twin with these settings; all are stopped in the end."""
    twins: list[Twin] = []

    def start_one(**settings: str) -> Twin:
        twins.append(Twin(app, **settings))
        twins[-1].start()
        return twins[-1]

    yield start_one
    for twin in twins:
        twin.close()


@pytest.fixture
def uri() -> Iterator[str]:
    """The address of an empty database in a real MongoDB."""
    with real_mongodb() as server:
        if not server:
            pytest.skip(HOW_TO_GET_ONE)
        with new_database(server) as database:
            yield address(server, database)


def expect_the_contract(twin: Twin, *options: str) -> None:
    run = run_tests(ROOT, "tests/steps", "--url", twin.url, "--upto", "04", *options)
    if run.returncode != pytest.ExitCode.OK:
        printed = f"the twin printed:\n{twin.printed}"
        pytest.fail(f"{run.stdout}{run.stderr}\n{printed}", pytrace=False)


@needs_node
def test_the_twin_keeps_the_contract(start):
    expect_the_contract(start())


@needs_node
def test_the_twin_keeps_the_contract_on_mongodb(uri: str, start):
    """As far as the database has a part in it."""
    expect_the_contract(start(MONGODB_URI=uri), "-k", "not page and not tab and not browser")


@needs_node
def test_on_mongodb_a_restart_logs_nobody_out(uri: str, start):
    twin = start(MONGODB_URI=uri, SESSION_SECRET="known to both")
    ada = Person(twin.url, "Ada", "Lovelace")
    ada.sign_up()
    twin.stop()
    twin.start()
    assert ada.get("/session").status_code == 200


@needs_node
def test_people_who_are_made_up_can_log_in_and_are_friends(start):
    twin = start(SEED_PEOPLE="4", SEED_FRIENDS="2")
    people = [Person(twin.url, "Person", str(number)) for number in range(4)]
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


def test_the_lock_file_names_no_place_to_fetch_from():
    assert '"resolved"' not in (FOLDER / "package-lock.json").read_text("utf-8")
