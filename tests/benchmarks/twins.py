"""The same app on other stacks: how tests start it, and the expectations for all of them."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tools.folders import ROOT, run_tests
from tools.people import Person, Socket
from tools.servers import App, Server

NOT_IN_A_BROWSER = ["-k", "not page and not tab and not browser"]


class Twin(Server):
    """A server that runs the app on another stack."""

    def __init__(self, command: list[str], **settings: str):
        super().__init__(App("the twin", 4, ROOT / "benchmarks"), **settings)
        self._command = command

    def command(self) -> list[str]:
        return self._command


@dataclass
class Checks:
    """The results of checks. Their names are like file.py::test, without parameters."""

    passed: set[str]
    failed: set[str]  # in at least one case
    told: str


def run_checks(twin: Twin, *options: str) -> Checks:
    """Run the checks up to step 04 on the twin. `options` of pytest can leave some out."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        which = ["tests/steps", "--url", twin.url, "--upto", "04"]
        run = run_tests(ROOT, *which, f"--junitxml={report}", *options)
        told = f"{run.stdout}{run.stderr}\nthe twin printed:\n{twin.printed}"
        if run.returncode not in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}:
            pytest.fail(told, pytrace=False)
        cases = list(ElementTree.parse(report).iter("testcase"))
    ran, failed = set(), set()
    for case in cases:
        file, test = case.get("classname").rpartition(".")[2], case.get("name").partition("[")[0]
        ran.add(f"{file}.py::{test}")
        if case.find("failure") is not None or case.find("error") is not None:
            failed.add(f"{file}.py::{test}")
    return Checks(ran - failed, failed, told)


def expect_to_stay_logged_in(twin: Twin) -> None:
    """Expect that a user who has signed up is still logged in after the twin restarts."""
    ada = Person(twin.url, "Ada", "Lovelace")
    ada.sign_up()
    twin.stop()
    twin.start()
    assert ada.get("/session").status_code == 200


def expect_4_people_of_whom_2_are_friends_of_the_first(twin: Twin) -> None:
    people = [Person(twin.url, "Person", str(number)) for number in range(4)]
    for number, person in enumerate(people):
        person.email = f"person-{number}@example.org"
        assert person.log_in().status_code == 302
    sockets = [Socket(person) for person in people]
    try:
        people[0].post("/comments", {"text": "Hello"})
        for person, socket in zip(people, sockets, strict=True):
            person.post("/wave")  # its event comes after that of the comment
            socket.wait_for("wave")
        assert [len(socket.all("comment")) for socket in sockets] == [0, 1, 1, 0]
    finally:
        for socket in sockets:
            socket.close()
