"""The Flask-SocketIO twin keeps the contract of step 04, except as its findings say."""

import contextlib
import json
import sys

import pytest
import websocket as websocket_client

from tests.benchmarks.twins import (
    NOT_IN_A_BROWSER,
    Twin,
    expect_4_people_of_whom_2_are_friends_of_the_first,
    expect_to_stay_logged_in,
    run_checks,
)
from tools.folders import ROOT
from tools.people import Person, polling_address

KINDS = ["fails", "fails_sometimes", "needed"]  # kinds of findings about a check
FINDINGS = json.loads((ROOT / "benchmarks/flask_socketio/findings.json").read_text("utf-8"))


@pytest.fixture
def command() -> list[str]:
    return [sys.executable, "-m", "benchmarks.flask_socketio"]


def found(kind: str) -> set[str]:
    return {finding["check"] for finding in FINDINGS[kind]}


def expect_the_findings(twin: Twin, *options: str) -> set[str]:
    """Expect exactly the checks to fail that the findings name. Return all checks that ran."""
    # Run several at once, because each client that closes a WebSocket waits for three seconds here.
    checks = run_checks(twin, "--numprocesses=4", *options)
    ran = checks.passed | checks.failed
    as_found = checks.failed - found("fails_sometimes") == found("fails") & ran
    if not as_found or checks.failed & found("needed"):
        pytest.fail(checks.message, pytrace=False)
    return ran


def test_the_twin_keeps_the_contract_but_for_its_findings(start):
    ran = expect_the_findings(start())
    assert all(found(kind) <= ran for kind in KINDS)


def test_the_twin_keeps_the_contract_on_mongodb_but_for_its_findings(uri: str, start):
    """Leave out the checks in a browser, for which the database makes no difference."""
    expect_the_findings(start(MONGODB_URI=uri), *NOT_IN_A_BROWSER)


def test_a_websocket_that_has_ended_is_sent_http(start):
    """This makes a check fail sometimes: it depends on timing whether a browser reads the HTTP."""
    twin = start()
    address = polling_address(Person(twin.url, "Ada", "Lovelace"))
    websocket = websocket_client.create_connection(
        address.replace("http", "ws", 1).replace("=polling", "=websocket"), timeout=30
    )
    with contextlib.closing(websocket.sock) as connection:
        websocket.send("2probe")
        assert websocket.recv() == "3probe"
        websocket.send("5")
        websocket.send_close()
        came = b""
        while b"HTTP/1.1 200 OK" not in came:
            received = connection.recv(4096)
            assert received, f"the connection has ended after {came}"
            came += received


def test_on_mongodb_a_restart_logs_nobody_out(uri: str, start):
    expect_to_stay_logged_in(start(MONGODB_URI=uri))


def test_people_who_are_made_up_can_log_in_and_are_friends(start):
    expect_4_people_of_whom_2_are_friends_of_the_first(start(SEED_PEOPLE="4", SEED_FRIENDS="2"))


def test_every_finding_says_of_what_it_is_and_why():
    assert set(FINDINGS) == {*KINDS, "for_speed"}
    for kind, findings in FINDINGS.items():
        for finding in findings:
            assert set(finding) == {"code" if kind == "for_speed" else "check", "why"}
            assert finding["why"].endswith(".")
