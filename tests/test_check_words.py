"""Tests of how `ONLY=` chooses checks, and of how checks report an app's exceptions."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.steps.choice import keyword_of, similar_names
from tests.steps.raised import last_exception
from tools.folders import ROOT, check, copy_of

FOLDER = Path("/home/ada/my-app")
PRINTED = """
Traceback (most recent call last):
  File "/lib/socketio/server.py", line 640, in _trigger_event
    return handler(*args)
  File "/home/ada/my-app/sockets.py", line 69, in connect
    user = users.finde(session.get("_user_id"))
           ^^^^^^^^^^^
  File "/lib/somewhere.py", line 1, in finde
AttributeError: module 'users' has no attribute 'finde'
127.0.0.1 - - "GET /dashboard HTTP/1.1" 200 -
"""


@pytest.mark.parametrize(
    ("words", "keyword"),
    [
        ("a wave reaches nobody else", "a_wave_reaches_nobody_else"),
        ("signing up logs in and opens", "signing_up_logs_in_and_opens"),
        ("test_a_wave_reaches_nobody_else", "a_wave_reaches_nobody_else"),
        ("a wave reches nobody", "a_wave_reches_nobody"),
        ("style and signup", "style and signup"),
        ("announces-to-everybody", "announces-to-everybody"),
    ],
)
def test_checks_are_chosen_by_their_names_with_spaces(words: str, keyword: str):
    assert keyword_of(words) == keyword


def test_a_misspelled_name_leads_to_similar_ones():
    assert "a_wave_reaches_nobody_else" in similar_names("a_wave_reches_nobody_els")


def test_the_last_exception_is_told_with_the_line_of_the_app():
    told = "AttributeError: module 'users' has no attribute 'finde' (sockets.py, line 69)"
    assert last_exception(PRINTED, FOLDER) == told
    assert last_exception("no exception", FOLDER) is None


@pytest.mark.parametrize("line", ["jinja2.exceptions.TemplateNotFound: a", "KeyboardInterrupt"])
def test_an_exception_of_any_name_is_found(line: str):
    printed = (
        f'Traceback (most recent call last):\n  File "/lib/a.py", line 1, in b\n{line}\nmore\n'
    )
    assert last_exception(printed, FOLDER) == line


@pytest.mark.parametrize("ci", ["", "true"])
def test_an_app_that_does_not_start_is_told_once(ci: str, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("CI", ci)
    app = copy_of(ROOT / "steps" / "01-sessions", tmp_path / "my-app")
    (app / "routes.py").write_text("def (", "utf-8")
    run = check(app, "01", "tests/steps")
    assert run.stdout.count("What is wrong:") == 1
    assert "What is wrong: Your app does not start." in run.stdout
    assert "What was seen: SyntaxError: invalid syntax (routes.py, line 1)" in run.stdout


def test_a_failure_is_explained_before_the_next_check(tmp_path: Path):
    app = copy_of(ROOT / "steps" / "00-start", tmp_path / "my-app")
    words = "signing_up_logs_in or a_visitor_who_does_nothing"
    told = check(app, "01", "tests/steps", "-k", words).stdout
    assert told.count("What is wrong:") == 1
    assert told.index("Read again:") < told.index("  ok  a visitor who does nothing")


def test_an_exception_of_the_app_is_told_before_its_consequences(tmp_path: Path):
    app = copy_of(ROOT / "steps" / "01-sessions", tmp_path / "my-app")
    routes = (app / "routes.py").read_text("utf-8")
    (app / "routes.py").write_text(routes.replace("exposed(session)", "expose(session)"), "utf-8")
    told = check(app, "01", "tests/steps", "-k", "the request shows its session").stdout
    assert "Look at this first: NameError: name 'expose' is not defined (routes.py" in told
    assert told.index("NameError") < told.index("What is wrong:")


def test_a_wrong_folder_or_address_is_told_in_one_sentence(tmp_path: Path):
    run = check(tmp_path, "01", "tests/steps")
    sentence = f"there is no app.py in {tmp_path}. Which folder is your app in?"
    assert run.stderr.strip() == f"ERROR: {sentence}"


def test_a_shell_without_an_app_is_refused_in_one_sentence(tmp_path: Path):
    command = [sys.executable, "-m", "tools.shell", str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.stderr == f"there is no app.py in {tmp_path}. Which folder is your app in?\n"
