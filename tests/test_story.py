"""`make check-05`: which tests notice which mistakes, and other messages to their author."""

import ast
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tools.browser import launch_options
from tools.edits import apply
from tools.folders import ROOT, check, copy_of, run_tests
from tools.mutants import mutant
from tools.people import eventually
from tools.story import MODEL, TESTS, Outcome, Story, mistakes, sleeps_in

NOTICES = """
from pathlib import Path

def test_the_route_looks_for_friends():
    assert "emit_to(friend_id" in Path("routes.py").read_text()
"""


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """The app of the step without its tests."""
    folder = copy_of(MODEL, tmp_path / "my-app")
    for name in TESTS:
        (folder / name).unlink()
    return folder


@pytest.fixture
def story(tmp_path: Path):
    """A folder for tests that need no app. Its conftest.py finds the browser."""
    (tmp_path / "tests-alone").mkdir()
    shutil.copy(MODEL / "conftest.py", tmp_path / "tests-alone")
    story = Story(tmp_path / "tests-alone", [], patience=1)
    yield story
    story.close()


def outcome_of(story: Story, source: str, name: str = "test_it.py") -> Outcome:
    (story.folder / name).write_text(source, "utf-8")
    return story.on_own_app()


def told(folder: Path, words: str = "", *options: str) -> str:
    """Return the output of step 05's checks on an app."""
    return run_checks(folder, words, *options).stdout


def run_checks(folder: Path, words: str, *options: str) -> subprocess.CompletedProcess:
    checks = str(ROOT / "tests" / "steps" / "test_05_browser_tests.py")
    return check(folder, "05", checks, "-k", words, "--patience=5", *options)


# Failures that notice a mistake, and failures that don't.


NOTICING = {
    "an assert": "def test_it():\n    assert 1 == 2",
    "pytest.fail": "import pytest\ndef test_it():\n    pytest.fail('this is wrong')",
    "an assert in a helper": "def helper():\n    assert 1 == 2\ndef test_it():\n    helper()",
    "an expectation": "from playwright.sync_api import expect\n"
    "def test_it(page):\n    expect(page.get_by_text('hello')).to_be_visible(timeout=100)",
    "a click in vain": "def test_it(page):\n    page.get_by_text('hello').click(timeout=100)",
}
NOT_NOTICING = {
    "an error": "def test_it():\n    1 / 0",
    "a syntax error": "def test_it(:\n    assert 1 == 2",
    "an import that fails": "import nowhere\ndef test_it():\n    assert 1 == 2",
    "a missing fixture": "def test_it(nobody):\n    assert 1 == 2",
    "an assert in a fixture": "import pytest\n@pytest.fixture\ndef server():\n"
    "    assert 1 == 2, 'it does not start'\ndef test_it(server):\n    pass",
    "an assert after the test": "import pytest\n@pytest.fixture\ndef server():\n    yield\n"
    "    assert 1 == 2\ndef test_it(server):\n    pass",
    "a server that does not answer": "def test_it(page):\n    page.goto('http://127.0.0.1:9')",
    "a page that does not load": "from playwright.sync_api import TimeoutError\n"
    "def test_it():\n    raise TimeoutError('Page.goto: Timeout 30000ms exceeded.')",
}


@pytest.mark.parametrize("source", NOTICING.values(), ids=NOTICING)
def test_an_expectation_that_does_not_hold_notices_something(story, source):
    outcome = outcome_of(story, source)
    assert [each["has_noticed"] for each in outcome.failures] == [True]
    assert not outcome.is_good


@pytest.mark.parametrize("source", NOT_NOTICING.values(), ids=NOT_NOTICING)
def test_a_failure_for_another_reason_notices_nothing(story, source):
    outcome = outcome_of(story, source)
    assert [each["has_noticed"] for each in outcome.failures] == [False]
    assert not outcome.is_good


@pytest.mark.parametrize(
    ("name", "source", "says"),
    [
        ("test_it.py", "", "no tests ran"),
        ("test_it.py", "import pytest\ndef test_it():\n    pytest.skip('later')", "1 skipped"),
        ("conftest.py", "import nowhere", "No module named 'nowhere'"),
    ],
    ids=["no test", "a skipped test", "a conftest.py that fails"],
)
def test_where_no_test_passes_nothing_is_good(story, name, source, says):
    outcome = outcome_of(story, source, name)
    assert not outcome.is_good
    assert not outcome.failures
    assert says in outcome.message


def test_a_test_that_never_ends_is_stopped(story, monkeypatch):
    monkeypatch.setattr("tools.story.LONGEST", 3)
    outcome = outcome_of(story, "import threading\ndef test_it():\n    threading.Event().wait()")
    assert not outcome.is_good
    assert outcome.message == "The tests take longer than 3 seconds."


def test_no_process_that_a_test_has_started_outlives_it(story, tmp_path):
    source = f"""
import subprocess, sys
def test_it():
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    open({str(tmp_path / "pid")!r}, "w").write(str(process.pid))
"""
    assert outcome_of(story, source).is_good
    stat = Path("/proc", (tmp_path / "pid").read_text(), "stat")
    if not Path("/proc/self").exists():
        return  # not Linux
    assert eventually(lambda: not stat.exists() or " Z " in stat.read_text())


def test_the_options_of_whoever_runs_the_checks_stay_outside(story, monkeypatch):
    monkeypatch.setenv("PYTEST_ADDOPTS", "--app=somewhere")
    assert outcome_of(story, "def test_it():\n    pass").is_good


def test_a_space_before_the_folder_of_the_app_is_refused_in_words():
    folder = str(ROOT / "steps" / "05-browser-tests")
    run = run_tests(ROOT, "tests/steps", "--app", folder, "--upto", "05")
    assert run.returncode == pytest.ExitCode.USAGE_ERROR
    assert run.stderr.strip() == "ERROR: write --app=FOLDER, with an equals sign instead of a space"


# Sleeps.


@pytest.mark.parametrize(
    "source",
    [
        "import time\ntime.sleep(1)",
        "import time as t\nt.sleep(1)",
        "from time import sleep\nsleep(1)",
        "from time import sleep as wait\nwait(1)",
        "from time import *\nsleep(1)",
        "import time\npause = time.sleep",
        "import asyncio\nasync def wait():\n    await asyncio.sleep(1)",
        "__import__('time').sleep(1)",
        "def test_it(page):\n    page.wait_for_timeout(1000)",
    ],
)
def test_a_sleep_is_found_however_it_is_imported(source):
    assert len(sleeps_in(ast.parse(source))) == 1


def test_something_else_is_no_sleep():
    source = (
        "import time\nprocess.wait()\nsleep = 3\nprint(sleep)\n# time.sleep(1)\n'time.sleep(1)'"
    )
    assert sleeps_in(ast.parse(source)) == []


def test_a_sleep_is_told_with_its_place(app):
    source = "import time\n\ndef test_it():\n    time.sleep(1)\n"
    (app / "test_story.py").write_text(source, "utf-8")
    said = told(app, "sleeps")
    assert (
        "What is wrong: Your tests sleep.\nWhat was seen: \ntest_story.py, line 4: time.s" in said
    )


# The messages of the checks.


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({}, "What is wrong: There is no test yet."),
        ({"test_story.py": ""}, "What is wrong: There is no test in your test files."),
        ({"test_story.py": "x = 1"}, "What is wrong: There is no test in your test files."),
        ({"conftest.py": "def test_it():\n    pass"}, "What is wrong: There is no test yet."),
    ],
    ids=["no file", "an empty file", "no function", "only a conftest.py"],
)
def test_without_a_test_it_is_said_once_what_to_write_first(app, files, says):
    for name, source in files.items():
        (app / name).write_text(source, "utf-8")
    run = run_checks(app, "test")
    assert run.returncode == pytest.ExitCode.TESTS_FAILED
    assert run.stdout.count("What is wrong:") == 1
    assert says in run.stdout
    assert "Write a test_story.py like this" in run.stdout


def test_a_file_that_python_cannot_read_is_told_once(app):
    (app / "test_story.py").write_text("def test_it(:\n    pass", "utf-8")
    said = told(app, "test")
    assert said.count("What is wrong:") == 1
    assert "Python cannot read your tests." in said
    assert "test_story.py, line 1: " in said


def test_tests_that_fail_on_their_own_app_are_not_tried_on_others(app):
    (app / "test_story.py").write_text("def test_it():\n    assert 1 == 2", "utf-8")
    said = told(app, "pass_on or everybody")
    assert said.count("What is wrong:") == 1
    assert "What is wrong: Your tests do not pass on your own app." in said
    assert "In test_story.py::test_it:\nAssertionError: assert 1 == 2" in said


def test_a_mistake_is_noticed_by_a_test_that_fails_only_with_it(app):
    (app / "test_story.py").write_text(NOTICES, "utf-8")
    run = run_checks(app, "pass_on or everybody or twice")
    assert "2 passed" in run.stdout
    assert "What is wrong: Your tests don't notice an app that shows a comment twice." in run.stdout


def test_an_error_on_an_app_with_a_mistake_does_not_count(app):
    source = NOTICES.replace("assert", "if not").replace("_text()", "_text(): raise OSError")
    (app / "test_story.py").write_text(source, "utf-8")
    said = told(app, "pass_on or everybody")
    assert "1 passed" in said
    assert "on an app that sends comments to everybody, but for another reason." in said


def test_a_server_that_does_not_start_does_not_count(app):
    source = "import pytest\n" + NOTICES.replace(
        "def test_the_route", "@pytest.fixture\ndef server"
    )
    source = (
        source.replace("():", "():", 1) + "\ndef test_it(server_looks_for_friends):\n    pass\n"
    )
    (app / "test_story.py").write_text(source, "utf-8")
    said = told(app, "pass_on or everybody")
    assert "1 passed" in said
    assert "on an app that sends comments to everybody, but for another reason." in said
    assert "Before test_story.py::test_it" in said


def test_a_test_that_asks_for_more_than_the_step_does_not_count(app):
    (app / "extra.txt").write_text("only here", "utf-8")
    source = "from pathlib import Path\ndef test_it():\n    assert Path('extra.txt').exists()\n"
    (app / "test_story.py").write_text(source, "utf-8")
    said = told(app, "pass_on or everybody")
    assert "1 passed" in said
    assert "that sends comments to everybody, but also on one without a mistake." in said


def test_modules_that_the_tests_import_come_with_them(app):
    (app / "tests").mkdir()
    (app / "wishes.py").write_text("WISH = 'emit_to(friend_id'", "utf-8")
    source = NOTICES.replace('"emit_to(friend_id"', "wishes.WISH").replace(
        "from", "import wishes\nfrom", 1
    )
    (app / "tests" / "test_friends.py").write_text(source, "utf-8")
    (app / "pytest.ini").write_text("[pytest]\npythonpath = .\n", "utf-8")
    assert "2 passed" in told(app, "pass_on or everybody")


def test_the_tests_run_in_the_browser_that_is_asked_for(app):
    source = "def test_it(browser_name):\n    assert browser_name == 'firefox'"
    (app / "test_story.py").write_text(source, "utf-8")
    assert "1 passed" in told(app, "pass_on", "--browser=firefox")
    assert "1 failed" in told(app, "pass_on")


def test_who_looks_at_grace_only_passes_and_is_told_so(tmp_path):
    weak = mutant(MODEL.name, "only-looks-at-grace")
    folder = copy_of(MODEL, tmp_path / "my-app")
    apply(weak.edits, folder)
    said = told(folder, "sleeps or pass_on or everybody")
    assert "2 passed" in said
    assert "What is wrong: Your tests don't notice an app that sends comments to everybody." in said
    assert "Hint: Let a stranger, Alan, have a browser, too." in said


def test_there_are_enough_mistakes_and_no_two_are_the_same():
    assert len(mistakes()) >= 8
    for what in "what", "hint", "edits":
        assert len({getattr(each, what) for each in mistakes().values()}) == len(mistakes())


def test_the_checks_look_for_tests_in_steps_and_not_in_final():
    checks = "tests/steps/test_05_browser_tests.py"
    listed = run_tests(ROOT, "--collect-only", checks).stdout
    assert "test_there_is_a_test[05-browser-tests]" in listed
    assert not {"final", "fast", "04-friend-notify"} & set(re.findall(r"\[([\w-]+)\]", listed))
    at_a_url = run_tests(ROOT, "--collect-only", checks, "--url=http://127.0.0.1", "--upto=05")
    assert "test_there_is_a_test[" not in at_a_url.stdout


@pytest.mark.parametrize("browser", ["firefox", "webkit"])
def test_options_of_chromium_are_not_given_to_other_browsers(browser: str):
    assert launch_options(browser) == {}
    assert "--disable-quic" in launch_options("chromium")["args"]


def test_what_a_later_step_adds_to_the_app_is_no_test(request):
    [folder] = (ROOT / "steps").glob("07-*")
    story = Story(folder, [], request.config.option.patience)
    assert {path.as_posix() for path in story.files} == set(TESTS)
    assert story.sleeps() == []  # although the heartbeat sleeps
