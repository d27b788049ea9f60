"""`make carry` carries a step's changes into the steps that follow."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tools.folders import ROOT, copy_of

STEPS = ["00-start", "01-sessions", "02-socket-share", "03-user-registry"]
APP = ["import flask", "", "", "def index():", '    return "Hello"', "", "", "app = 1", ""]
MUTANT = """
[says-nothing]
mistake = "The page is empty."
check = "test_the_page_says_hello"
says = "empty"

[[says-nothing.edits]]
file = "app.py"
old = 'return "Hello"'
new = 'return ""'
"""


class Repository:
    """A small repository with a few steps and a copy of our tools."""

    def __init__(self, root: Path):
        self.root = root
        copy_of(ROOT / "tools", root / "tools")
        (root / "tests" / "mutants" / "guarantees").mkdir(parents=True)
        (root / "tools" / "tutorial" / "edits.toml").write_text("")
        for step in STEPS:
            self.write(step, "app.py", APP)
        self.write("02-socket-share", "sockets.py", ["sio = 1", ""])
        self.write("03-user-registry", "sockets.py", ["sio = 1", ""])
        self.git("init", "--quiet")
        self.commit()

    def git(self, *arguments: str) -> None:
        identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
        subprocess.run(["git", *identity, *arguments], cwd=self.root, check=True)

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=Change")

    def write(self, step: str, path: str, lines: list[str]) -> None:
        file = self.root / "steps" / step / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join(lines), "utf-8")

    def edit(self, step: str, old: str, new: str, path: str = "app.py") -> None:
        file = self.root / "steps" / step / path
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new), "utf-8")

    def text(self, step: str, path: str = "app.py") -> str | None:
        file = self.root / "steps" / step / path
        return file.read_text("utf-8") if file.exists() else None

    def carry(self, *options: str) -> tuple[int, str]:
        """Return the exit code and the output."""
        run = subprocess.run(
            [sys.executable, "-m", "tools.carry", *options],
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": str(self.root)},
            capture_output=True,
            text=True,
        )
        assert not run.stderr
        return run.returncode, run.stdout


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


def test_a_change_is_merged_into_every_later_step(repository: Repository):
    repository.edit("02-socket-share", "app = 1", "app = 2")
    repository.commit()
    repository.edit("01-sessions", "import flask", "import flask  # carried")
    code, printed = repository.carry()
    assert code == 0
    assert repository.text("00-start").startswith("import flask\n")
    for step in STEPS[1:]:
        assert repository.text(step).startswith("import flask  # carried\n")
    assert repository.text("02-socket-share").endswith("app = 2\n")
    assert "steps/01-sessions/app.py to steps/02-socket-share/app.py" in printed
    assert "make check" in printed


def test_a_change_of_a_file_that_a_later_step_takes_away_ends_there(repository: Repository):
    for step in STEPS[1:3]:
        repository.write(step, "registry.py", ["sids = 1", ""])
    repository.commit()
    repository.edit("01-sessions", "sids = 1", "sids = 2", "registry.py")
    code, printed = repository.carry()
    assert code == 0
    assert repository.text("02-socket-share", "registry.py") == "sids = 2\n"
    assert repository.text("03-user-registry", "registry.py") is None
    assert "steps/03-user-registry/registry.py isn't there." in printed


def test_to_carry_again_changes_nothing(repository: Repository):
    repository.edit("01-sessions", "app = 1", "app = 2")
    repository.carry()
    before = [repository.text(step) for step in STEPS]
    code, printed = repository.carry()
    assert (code, [repository.text(step) for step in STEPS]) == (0, before)
    assert "nothing to carry" in printed


def test_a_committed_change_is_carried_with_since(repository: Repository):
    repository.edit("01-sessions", "app = 1", "app = 2")
    repository.commit()
    assert "nothing to carry" in repository.carry()[1]
    assert repository.carry("--since", "HEAD~1")[0] == 0
    assert repository.text("03-user-registry").endswith("app = 2\n")


def test_a_conflict_writes_nothing_and_says_where_to_look(repository: Repository):
    repository.edit("02-socket-share", '"Hello"', '"Hello, Ada"')
    repository.commit()
    repository.edit("01-sessions", '"Hello"', '"Hi"')
    before = repository.text("02-socket-share"), repository.text("03-user-registry")
    code, printed = repository.carry()
    assert code == 1
    assert (repository.text("02-socket-share"), repository.text("03-user-registry")) == before
    assert "steps/02-socket-share/app.py: from line 5 on, it has lines of its own:" in printed
    assert '    return "Hello, Ada"\n' in printed
    assert '    return "Hi"\n' in printed


def test_a_conflict_is_written_into_the_file_on_request(repository: Repository):
    repository.edit("02-socket-share", '"Hello"', '"Hello, Ada"')
    repository.commit()
    repository.edit("01-sessions", '"Hello"', '"Hi"')
    assert repository.carry("--markers")[0] == 1
    assert "<<<<<<< steps/02-socket-share/app.py\n" in repository.text("02-socket-share")
    assert repository.text("03-user-registry") == "\n".join(APP)
    code, printed = repository.carry()
    assert code == 1
    assert "steps/02-socket-share/app.py: it still has the markers of a conflict." in printed


def test_a_conflict_that_is_resolved_is_carried_on(repository: Repository):
    for step in STEPS[2:]:
        repository.edit(step, '"Hello"', '"Hello, Ada"')
    repository.commit()
    repository.edit("01-sessions", '"Hello"', '"Hi"')
    repository.carry()
    repository.edit("02-socket-share", '"Hello, Ada"', '"Hi, Ada"')
    code, printed = repository.carry()
    assert code == 0
    assert "steps/02-socket-share/app.py has been changed by hand." in printed
    assert '"Hi, Ada"' in repository.text("03-user-registry")
    assert '"Hi"' in repository.text("01-sessions")


def test_lines_that_a_later_step_does_not_have_are_named(repository: Repository):
    repository.edit("02-socket-share", "import flask\n", "")
    repository.commit()
    repository.edit("01-sessions", "import flask", "import flask as f")
    repository.edit("01-sessions", "app = 1", "app = 2")
    code, printed = repository.carry()
    assert code == 0
    assert "steps/02-socket-share/app.py doesn't have these lines:\n      import flask" in printed
    assert "import" not in repository.text("02-socket-share")
    assert "app = 2" in repository.text("02-socket-share")


def test_a_new_file_is_added_to_later_steps(repository: Repository):
    repository.write("01-sessions", "static/new.js", ["let it;", ""])
    assert repository.carry()[0] == 0
    assert [repository.text(step, "static/new.js") for step in STEPS] == [None, *["let it;\n"] * 3]


def test_a_new_file_does_not_replace_another_one(repository: Repository):
    repository.write("01-sessions", "sockets.py", ["sio = 2", ""])
    code, printed = repository.carry()
    assert code == 1
    assert "steps/02-socket-share/sockets.py: steps/01-sessions/sockets.py adds it" in printed
    assert repository.text("02-socket-share", "sockets.py") == "sio = 1\n"


def test_a_deleted_file_is_deleted_where_it_was_the_same(repository: Repository):
    repository.edit("03-user-registry", "app = 1", "app = 2")
    repository.commit()
    (repository.root / "steps" / "01-sessions" / "app.py").unlink()
    code, printed = repository.carry()
    assert code == 1
    assert repository.text("02-socket-share") is None
    assert repository.text("03-user-registry").endswith("app = 2\n")
    assert "steps/03-user-registry/app.py: steps/02-socket-share/app.py deletes it" in printed


def test_a_mutant_whose_text_is_gone_is_named(repository: Repository):
    (repository.root / "tests" / "mutants" / "01-sessions.toml").write_text(MUTANT, "utf-8")
    assert repository.carry() == (0, "There is nothing to carry.\n\nRun make check.\n")
    repository.edit("01-sessions", '"Hello"', '"Hi"')
    code, printed = repository.carry()
    assert code == 1
    assert "tests/mutants/01-sessions.toml, says-nothing: app.py has this text 0 times" in printed
