"""Following the text word for word, in an empty folder, results in the app of each step."""

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

import pytest
import requests

from tests.test_structure import STEPS
from tests.tutorial.reader import Block, Final, Notebook, blocks_of
from tools.cluster import what_is_missing
from tools.folders import ROOT, files_of
from tools.normal import normalised
from tools.people import eventually
from tools.servers import INTERRUPT, OWN_GROUP, PATIENCE, free_port, signal_group
from tools.tutorial.record import typed_into_a_shell
from tools.tutorial.text import TUTORIAL

# The apps are those of the steps. Other tests run every check on them, so one per step is enough.
CHECKS = (
    "bring_their_style or opens_the_dashboard or exposes_the_same_session or reaches_all_sockets "
    "or gets_the_comment or announces-to-everybody "
    "or g21_a_user_who_was_offline or friends_in_both_processes"
)
pytestmark = pytest.mark.skipif(not shutil.which("make"), reason="the reader types make: get it")


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    """The repository in a folder of its own, as it is right after its installation."""
    folder = tmp_path_factory.mktemp("reader") / "two-doors"
    git = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    vendored = [path.relative_to(ROOT) for path in ROOT.glob("*/**/static/vendor/*")]
    for path in [*listed.splitlines(), *vendored]:
        if (ROOT / path).exists():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, folder / path)  # copy2, because make compares times
    (folder / ".venv").symlink_to(ROOT / ".venv", target_is_directory=True)
    return folder


def test_who_follows_the_text_has_the_app_of_each_step(clone: Path):
    reader = Reader(clone)
    chapters = re.findall(
        r"^## (?:The start|\d+\. ).*?(?=^## )", TUTORIAL.read_text("utf-8"), re.M | re.S
    )
    with reader.services:
        for chapter, step in zip_longest(chapters, STEPS):
            for block in blocks_of(chapter):
                reader.do(block)
            if step:
                reader.app.tidy()
                expected = {path: content.decode() for path, content in files_of(step).items()}
                assert reader.app.files() == expected
    assert reader.typed == {
        *("new", "serve", "shell", "demo", "run", "cluster", "bench", "check"),
        *("check-00", "check-01", "check-02", "check-03", "check-04", "check-05", "check-06"),
        *("check-07", "services", "pytest"),
    }


class Reader:
    """Does what the blocks of the text say, one after another."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.app = Notebook(folder.parent / "my-app")
        self.final = Final(folder)
        self.tried: Notebook = self.app  # where the reader tries something out
        self.before: dict[str, str] | None = None  # the files from before that
        self.said: str | None = None  # the last command's output, if it was meant to fail
        self.typed: set[str] = set()  # targets of make, and pytest
        self.services = contextlib.ExitStack()  # that run until they are started again
        self.printed: list[str] = []  # the commands that the services have printed

    def do(self, block: Block) -> None:
        if block.what == "for a moment":
            is_final = block.path.startswith("final/")
            self.tried = self.final if is_final else self.app
            self.before = self.before or self.tried.files()
            self.tried.do(block)
        elif block.path:
            self.app.do(block)
        elif block.language == "console":
            for command in block.commands:
                if command == "pytest":
                    self.test()
                elif command.startswith("rm "):
                    subprocess.run(command, shell=True, cwd=self.folder, check=True)
                elif command.startswith("make "):  # others are run by make, or need a screen
                    self.type(command)
        elif block.language == "pycon":
            typed = "".join(f"{line[4:]}\n" for line in block.text.splitlines() if is_typed(line))
            assert normalised(typed_into_a_shell(self.app.folder, typed)) == block.text
        elif block.language == "text" and self.said is not None:
            assert shown(block.text) <= shown(self.said), self.said
            self.said = None
        if block.language == "text" and self.before:
            self.tried.put_back(self.before)
            self.before = None

    def type(self, command: str) -> None:
        target = command.split()[1]
        self.typed.add(target)
        if target in {"cluster", "services"} and what_is_missing():
            return
        if target == "services":
            self.start_services(command)
            return
        if "MONGODB_URI" in command:
            if not self.printed:
                return
            command = self.as_printed(command)
        if target in {"serve", "run", "cluster"}:
            self.serve(command)
            return
        is_to_fail = bool(self.before) or not_yet(target, self.app)
        options = "--patience=3" if is_to_fail else f"-k '{CHECKS}'"
        environ = {**neutral(), "PYTEST_ADDOPTS": f"{options} -p no:cacheprovider"}
        run = subprocess.run(
            command,
            shell=True,
            cwd=self.folder,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        self.said = run.stdout if is_to_fail else None
        assert (run.returncode != 0) == is_to_fail, f"{command}\n{run.stdout}{run.stderr}"

    def test(self) -> None:
        """Run the reader's tests, in the folder of the app and in an activated environment."""
        self.typed.add("pytest")
        path = os.pathsep.join([str(ROOT / ".venv" / "bin"), os.environ["PATH"]])
        run = subprocess.run(
            ["pytest"],
            cwd=self.app.folder,
            env=neutral() | {"PATH": path},
            capture_output=True,
            text=True,
        )
        assert run.returncode == 0, run.stdout + run.stderr

    def start_services(self, command: str) -> None:
        """Start the services for two processes, or restart them."""
        self.services.close()  # in case they're running
        log = self.folder.parent / "services.txt"
        environ = {**neutral(), "PORT": str(free_port())}
        self.services.enter_context(started(command, self.folder, environ, log))
        assert eventually(lambda: "Press Ctrl-C" in log.read_text(), 2 * PATIENCE), log.read_text()
        self.printed = re.findall(r"^  (make serve .*)", log.read_text(), re.M)

    def as_printed(self, command: str) -> str:
        """Return the command as the services have printed it, but with a port of our own."""
        [port] = re.findall(r"PORT=\d+", command)
        [printed] = [each for each in self.printed if port in each]
        return re.sub(r"PORT=\d+", f"PORT={free_port()}", printed)

    def serve(self, command: str) -> None:
        """Start the app as the text says, look at its page, and stop it with Ctrl-C."""
        given = re.search(r"PORT=(\d+)", command)
        port = int(given[1]) if given else free_port()
        log = self.folder.parent / "printed.txt"
        with started(command, self.folder, {**neutral(), "PORT": str(port)}, log) as process:

            def answers() -> bool:
                assert process.poll() is None, f"{command} ends on its own: {log.read_text()}"
                with contextlib.suppress(requests.ConnectionError):
                    return requests.get(f"http://127.0.0.1:{port}", timeout=PATIENCE).ok
                return False

            assert eventually(answers, PATIENCE)


@contextlib.contextmanager
def started(
    command: str, folder: Path, environ: dict[str, str], log: Path
) -> Iterator[subprocess.Popen]:
    with log.open("wb") as printed:
        to_log = {"stdout": printed, "stderr": printed, "shell": True}
        process = subprocess.Popen(command, cwd=folder, env=environ, **to_log, **OWN_GROUP)
    try:
        yield process
    finally:
        signal_group(process, INTERRUPT)
        process.wait(PATIENCE)


def not_yet(target: str, app: Notebook) -> bool:
    """Return whether the text asks for a check of something that the reader hasn't built yet."""
    is_beyond = target.startswith("check-") and target > "check-00"
    return is_beyond and "login_manager" not in app.files()["auth.py"]


def is_typed(line: str) -> bool:
    return line.startswith((">>>", "..."))


def shown(text: str) -> set[str]:
    """Return the lines of an explanation, without the evidence, which varies."""
    wanted = ("What is wrong:", "Compare with:", "Read again:", "E  ", "FAILED")
    lines = (line for line in text.splitlines() if line.startswith(wanted))
    # If CI is set, pytest adds the reason for a failure to the line.
    return {line.partition(" - ")[0] if line.startswith("FAILED") else line for line in lines}


def neutral() -> dict[str, str]:
    """Return the environment without the variables that are meant for these tests themselves."""
    unwanted = ("PYTEST_", "MAKE", "MFLAGS", "DISPLAY", "MONGODB_URI", "EMBEDDED_DB")
    return {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
