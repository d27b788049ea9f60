"""Tries the tests in an app's folder: on that app, and on apps that each have one mistake.

A mistake is an edit of the app of step 05. The tests are copied into the folder of that app.
"""

import ast
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from tools.edits import Edit, apply
from tools.folders import ROOT, copy_of, files_of
from tools.mutants import FOLDER, mutant
from tools.servers import KILL, OWN_GROUP, neutral_environ, signal_group

MODEL = ROOT / "steps" / "05-browser-tests"
MISTAKES = FOLDER / "stories"
TESTS = ("conftest.py", "pytest.ini", "test_story.py")  # what the step adds to its app
RUNNER = Path(__file__).with_name("outcomes.py")
LONGEST = 300  # seconds that a run of the tests may take
AT_ONCE = (os.cpu_count() or 1) + 1  # a test that waits needs no processor


@dataclass(frozen=True)
class Mistake:
    """An app that does one thing wrong, which tests should notice."""

    name: str
    what: str  # completes "an app that …"
    hint: str  # for tests that don't notice
    edits: tuple[Edit, ...]


@cache
def mistakes() -> dict[str, Mistake]:
    """Return the mistakes by name. Some have the edits of a mutant of an earlier step."""
    entries: dict[str, dict] = {}
    for path in MISTAKES.glob(f"{MODEL.name}.toml"):
        entries |= tomllib.loads(path.read_text("utf-8"))
    found = {}
    for name, entry in entries.items():
        edits = tuple(Edit(**each) for each in entry.get("edits", ()))
        if "mutant_of" in entry:
            edits = mutant(entry["mutant_of"], name).edits
        found[name] = Mistake(name, entry["what"], entry["hint"], edits)
    return found


@dataclass
class Outcome:
    """The outcome of a run: the tests that passed, and the failures."""

    passed: list[str] = field(default_factory=list)
    failures: list[dict] = field(default_factory=list)
    printed: str = ""  # the last lines of pytest's output

    @property
    def is_good(self) -> bool:
        return bool(self.passed) and not self.failures

    @property
    def message(self) -> str:
        """Return the first failure's message or, without a failure, why no test passed."""
        if self.failures:
            return self.failures[0]["message"]
        return self.printed or "No test ran."


class Story:
    """The tests in an app's folder."""

    def __init__(self, folder: Path, options: list[str], patience: float):
        self.folder, self.options, self.patience = folder, options, patience
        self._scratch = tempfile.TemporaryDirectory(prefix="two-doors-", ignore_cleanup_errors=True)
        self._pool = ThreadPoolExecutor(AT_ONCE)
        self._runs: dict[tuple, Future[Outcome]] = {}

    @cached_property
    def files(self) -> list[Path]:
        """Return the files that the reader has added: tests, and modules that these may import."""
        kinds = {".py", ".ini", ".toml", ".cfg"}
        return [path for path in own_files(self.folder) if path.suffix in kinds]

    @property
    def tests(self) -> list[Path]:
        """Return the files in which pytest looks for tests."""
        return [path for path in self.files if path.match("test_*.py") or path.match("*_test.py")]

    def source(self, path: Path) -> ast.Module:
        """Return a file's syntax tree. Raise SyntaxError if Python can't read the file."""
        return ast.parse((self.folder / path).read_bytes(), str(path))

    def functions(self) -> list[str]:
        """Return the names of all test functions."""
        nodes = [node for path in self.tests for node in ast.walk(self.source(path))]
        functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
        return [each.name for each in functions if each.name.startswith("test")]

    def sleeps(self) -> list[str]:
        """Return the places where the files sleep, however they import the function."""
        modules = {path: self.source(path) for path in self.files if path.suffix == ".py"}
        return [
            f"{path}, line {node.lineno}: {ast.unparse(node)}"
            for path, module in modules.items()
            for node in sleeps_in(module)
        ]

    def on_own_app(self) -> Outcome:
        """Run the tests in the reader's own folder."""
        return self.run(self.folder)

    def start(self, mistake: Mistake | None, *options: str) -> Future[Outcome]:
        """Run the tests on the step's app, with a mistake or without. Do each run only once."""
        key = (mistake and mistake.name, *options)
        if key not in self._runs:
            self._runs[key] = self._pool.submit(self._on_a_copy, mistake, *options)
        return self._runs[key]

    def _on_a_copy(self, mistake: Mistake | None, *options: str) -> Outcome:
        folder = Path(tempfile.mkdtemp(dir=self._scratch.name)) / self.folder.name
        copy_of(MODEL, folder)
        for name in TESTS:
            (folder / name).unlink()
        if mistake:
            apply(mistake.edits, folder)
        for path in self.files:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(self.folder / path, folder / path)
        return self.run(folder, *options)

    def run(self, folder: Path, *options: str) -> Outcome:
        """Run the tests in this folder, and stop at the first that fails."""
        with tempfile.TemporaryDirectory(dir=self._scratch.name) as temporary:
            report = Path(temporary, "report.json")
            command = [sys.executable, "-P", str(RUNNER), str(report), str(self.patience)]
            command += ["--exitfirst", "--quiet", "--numprocesses=0", "-p", "no:cacheprovider"]
            command += ["--tracing=off", f"--output={temporary}/results", f"--rootdir={folder}"]
            printed = run_with_all_it_starts([*command, *self.options, *options], folder)
            if report.exists():
                outcome = Outcome(**json.loads(report.read_text("utf-8")))
            else:
                outcome = Outcome()
        outcome.printed = "\n".join(printed.strip().splitlines()[-8:])
        return outcome

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
        self._scratch.cleanup()


def run_with_all_it_starts(command: list[str], folder: Path) -> str:
    """Run a command and return its output. Stop all processes that it has left running."""
    environ = neutral_environ()
    environ = {name: value for name, value in environ.items() if not name.startswith("PYTEST_")}
    # Into a file, because a process that is left running would keep a pipe open.
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as printed:
        streams = {"stdin": subprocess.DEVNULL, "stdout": printed, "stderr": subprocess.STDOUT}
        process = subprocess.Popen(command, cwd=folder, env=environ, **streams, **OWN_GROUP)
        try:
            process.wait(LONGEST)
        except subprocess.TimeoutExpired:
            return f"The tests take longer than {LONGEST} seconds."
        finally:
            signal_group(process, KILL)
            process.wait()
        printed.seek(0)
        return printed.read()


def own_files(folder: Path) -> list[Path]:
    """Return the paths of the test files, and of all files that no step's app has."""
    steps = (ROOT / "steps").glob("[0-9]*")
    of_the_app = {path for step in steps for path in files_of(step)} - set(TESTS)
    found = []
    for place, folders, names in os.walk(folder):
        # Leave out files of other tools, such as a virtual environment.
        folders[:] = [
            name
            for name in sorted(folders)
            if not name.startswith((".", "__")) and not Path(place, name, "pyvenv.cfg").exists()
        ]
        found += [Path(place, name).relative_to(folder) for name in sorted(names)]
    return [path for path in found if path.as_posix() not in of_the_app]


def sleeps_in(module: ast.Module) -> list[ast.expr]:
    """Return a module's expressions that sleep: time.sleep, similar ones, and wait_for_timeout."""
    imports = [node for node in ast.walk(module) if isinstance(node, ast.ImportFrom)]
    named = {
        "sleep" if each.name == "*" else each.asname or each.name
        for node in imports
        for each in node.names
        if each.name == "sleep" or (each.name, node.module) == ("*", "time")
    }
    return [
        node
        for node in ast.walk(module)
        if (isinstance(node, ast.Name) and node.id in named)
        or (isinstance(node, ast.Attribute) and node.attr in {"sleep", "wait_for_timeout"})
    ]
