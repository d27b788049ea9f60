"""The Express twin of the benchmarks keeps the contract of step 04: it passes the same checks."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.benchmarks.twins import (
    NOT_IN_A_BROWSER,
    Twin,
    expect_4_people_of_whom_2_are_friends_of_the_first,
    expect_to_stay_logged_in,
    run_checks,
)
from tools.folders import ROOT

FOLDER = ROOT / "benchmarks" / "express"
STATIC = Path("steps", "04-friend-notify", "static")  # the twin serves these files
NODE, NPM = shutil.which("node"), shutil.which("npm")

needs_node = pytest.mark.skipif(
    not (NODE and NPM),
    reason="there is no Node.js with npm here: on Debian apt-get install nodejs npm, on macOS "
    "brew install node; 20.19 or later",
)


@pytest.fixture(scope="module")
def command(tmp_path_factory) -> list[str]:
    """Return the command that starts a copy of the twin, with npm's packages in its folder."""
    root = tmp_path_factory.mktemp("twin")
    shutil.copytree(ROOT / STATIC, root / STATIC)
    folder = root / FOLDER.relative_to(ROOT)
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("node_modules"))
    quietly = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
    run = subprocess.run([NPM, "ci", *quietly], cwd=folder, capture_output=True, text=True)
    if run.returncode != 0:
        pytest.fail(f"npm ci fails:\n{run.stdout}{run.stderr}", pytrace=False)
    return [NODE, str(folder / "server.js")]


def expect_the_contract(twin: Twin, *options: str) -> None:
    checks = run_checks(twin, *options)
    if checks.failed:
        pytest.fail(checks.message, pytrace=False)


@needs_node
def test_the_twin_keeps_the_contract(start):
    expect_the_contract(start())


@needs_node
def test_the_twin_keeps_the_contract_on_mongodb(uri: str, start):
    """Leave out the checks in a browser, for which the database makes no difference."""
    expect_the_contract(start(MONGODB_URI=uri), *NOT_IN_A_BROWSER)


@needs_node
def test_on_mongodb_a_restart_logs_nobody_out(uri: str, start):
    expect_to_stay_logged_in(start(MONGODB_URI=uri, SESSION_SECRET="known to both"))


@needs_node
def test_people_who_are_made_up_can_log_in_and_are_friends(start):
    expect_4_people_of_whom_2_are_friends_of_the_first(start(SEED_PEOPLE="4", SEED_FRIENDS="2"))


def test_the_lock_file_names_no_place_to_fetch_from():
    assert '"resolved"' not in (FOLDER / "package-lock.json").read_text("utf-8")
