"""`make check`: which tests run for which changes."""

import subprocess
from pathlib import Path

from tools.check import SLOW, UNITS, arguments, changed_files
from tools.folders import ROOT


def test_without_a_change_only_the_unit_tests_run():
    assert arguments([]) == UNITS


def test_the_checks_of_changed_steps_run():
    files = ["steps/01-sessions/auth.py", "steps/02-socket-share/app.py"]
    added = arguments(files)[len(UNITS) :]
    assert [path.removeprefix("tests/steps/") for path in added] == [
        "test_01_sessions.py",
        "test_02_socket_share.py",
        "--steps=01-sessions,02-socket-share",
    ]


def test_every_step_has_checks_of_its_name():
    names = [folder.name for folder in sorted((ROOT / "steps").glob("0*"))]
    *checks, _ = arguments([f"steps/{name}/app.py" for name in names])[len(UNITS) :]
    assert [path for path in checks if not (ROOT / path).exists()] == []


def test_a_changed_test_and_the_test_of_a_changed_module_run():
    files = ["tests/scale/test_sentinel.py", "tests/scale/group.py", "tests/final/test_gone.py"]
    assert arguments(files)[len(UNITS) :] == ["tests/scale/test_sentinel.py"]
    assert "tests/final/guarantees/test_throttle.py" in arguments(["final/throttle.py"])


def test_many_changed_tests_are_left_to_make_test(capsys):
    files = [path.relative_to(ROOT).as_posix() for path in ROOT.glob("tests/final/test_*.py")]
    assert arguments(files) == UNITS
    assert "Run make test" in capsys.readouterr().out


def test_every_test_that_it_names_is_there():
    assert [path for path in UNITS if not (ROOT / path).exists()] == []
    for test in SLOW:
        path, _, name = test.partition("::")
        assert f"def {name}(" in (ROOT / path).read_text("utf-8")


def test_committed_changed_and_new_files_count(tmp_path: Path):
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
        subprocess.run(["git", *identity, *arguments], cwd=tmp_path, check=True)

    def commit() -> None:
        git("add", "--all")
        git("commit", "--quiet", "--message=Change")

    git("init", "--quiet")
    for name in "old", "changed":
        (tmp_path / name).write_text("1", "utf-8")
    commit()
    assert changed_files(tmp_path) == []
    (tmp_path / "changed").write_text("2", "utf-8")
    (tmp_path / "new").write_text("1", "utf-8")
    assert changed_files(tmp_path) == ["changed", "new"]
    git("update-ref", "refs/remotes/origin/main", "HEAD")
    commit()
    assert changed_files(tmp_path) == ["changed", "new"]
