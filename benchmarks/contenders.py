"""The apps that are compared. Each is a program that reads its settings from the environment.

Each keeps the contract of step 04, and begins with the people of SEED_PEOPLE.
"""

import contextlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tools.servers import App, Server

FOLDER = Path(__file__).parent
EXPRESS_FOLDER = FOLDER / "express"
MEMORY, MONGODB = "in memory", "on MongoDB"  # the two settings
OURS, FAST, STEP = "final/", "final/ with FAST=1", "step 04"
EXPRESS, FLASK_SOCKETIO, CEILING = "Express", "Flask-SocketIO", "ceiling"


@dataclass(frozen=True)
class Contender:
    """A program, with its name in the report."""

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str] = field(default_factory=dict)
    needs: str | None = None  # a package of Python
    settings: tuple[str, ...] = (MEMORY, MONGODB)

    def what_is_missing(self) -> str | None:
        """Say why it cannot be started here; None if it can. Fetches what npm can fetch."""
        if self.needs and not importlib.util.find_spec(self.needs):
            return f'{self.needs} is not installed: pip install -e ".[bench]"'
        return what_npm_lacks() if self.name == EXPRESS else None


CONTENDERS = [
    Contender(OURS, (sys.executable, "-m", "benchmarks.ours"), {"FAST": "0"}),
    Contender(FAST, (sys.executable, "-m", "benchmarks.ours"), {"FAST": "1"}),
    # In memory its database looks through all people to find one, and nothing else would be seen.
    Contender(STEP, (sys.executable, "-m", "benchmarks.step04"), settings=(MONGODB,)),
    Contender(EXPRESS, ("node", str(EXPRESS_FOLDER / "server.js"))),
    Contender(
        FLASK_SOCKETIO, (sys.executable, "-m", "benchmarks.flask_socketio"), needs="flask_socketio"
    ),
    Contender(CEILING, (sys.executable, "-m", "benchmarks.ceiling"), settings=(MEMORY,)),
]


class Running(Server):
    """A contender, started on a core of its own, if there is one for it."""

    def __init__(self, contender: Contender, core: int | None, **settings: str):
        super().__init__(App(contender.name, 4, FOLDER), **contender.environ, **settings)
        self.contender, self.core = contender, core

    def command(self) -> list[str]:
        return [*self.contender.command]

    def start(self) -> None:
        with on_core(self.core):
            super().start()


@contextlib.contextmanager
def on_core(core: int | None) -> Iterator[None]:
    """Pin this thread, and the processes that it starts, to a core. With None, change nothing."""
    if core is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def two_cores() -> tuple[int | None, int | None]:
    """Return a core for the servers, and one for what puts load on them; None where it is one."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return (cores[0], cores[1]) if len(cores) > 1 else (None, None)


def what_npm_lacks() -> str | None:
    """Have the packages of the Express twin beside it; say why they cannot be, if they cannot."""
    npm, lock = shutil.which("npm"), EXPRESS_FOLDER / "package-lock.json"
    if not (npm and shutil.which("node")):
        return "there is no Node.js with npm here"
    installed = EXPRESS_FOLDER / "node_modules" / ".package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return None
    quietly = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
    run = subprocess.run([npm, "ci", *quietly], cwd=EXPRESS_FOLDER, capture_output=True, text=True)
    return f"npm ci fails: {run.stderr.strip()}" if run.returncode else None
