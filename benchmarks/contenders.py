"""The apps that the benchmarks compare. Each is a program with settings in its environment.

Each app fulfils the contract of step 04, and starts with the people that SEED_PEOPLE asks for.
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
EXPRESS, FLASK_SOCKETIO = "Express", "Flask-SocketIO"
BARE_FLASK, CEILING = "bare Flask", "ceiling"  # limits: they do hardly anything
LIMITS = (BARE_FLASK, CEILING)


@dataclass(frozen=True)
class Contender:
    """A program, with its name in the report."""

    name: str
    command: tuple[str, ...]
    environ: Mapping[str, str] = field(default_factory=dict)
    needs: str | None = None  # a Python package
    settings: tuple[str, ...] = (MEMORY, MONGODB)

    def what_is_missing(self) -> str | None:
        """Return why the program can't start, or None if it can. Install missing npm packages."""
        if self.needs and not importlib.util.find_spec(self.needs):
            return f'{self.needs} is not installed: pip install -e ".[bench]"'
        return what_npm_lacks() if self.name == EXPRESS else None


CONTENDERS = [
    Contender(OURS, (sys.executable, "-m", "benchmarks.ours"), {"FAST": "0"}),
    Contender(FAST, (sys.executable, "-m", "benchmarks.ours"), {"FAST": "1"}),
    # Not in memory: the embedded database reads every document to find one person, so a benchmark
    # would measure nothing else.
    Contender(STEP, (sys.executable, "-m", "benchmarks.step04"), settings=(MONGODB,)),
    Contender(EXPRESS, ("node", str(EXPRESS_FOLDER / "server.js"))),
    Contender(
        FLASK_SOCKETIO, (sys.executable, "-m", "benchmarks.flask_socketio"), needs="flask_socketio"
    ),
    Contender(BARE_FLASK, (sys.executable, "-m", "benchmarks.bare_flask"), settings=(MEMORY,)),
    Contender(CEILING, (sys.executable, "-m", "benchmarks.ceiling"), settings=(MEMORY,)),
]


class Running(Server):
    """A contender's server, which has a core of its own if the machine has at least two."""

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
    """Return a core for the servers and one for the load, or (None, None) if there aren't two."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return (cores[0], cores[1]) if len(cores) > 1 else (None, None)


def what_npm_lacks() -> str | None:
    """Install the Express twin's packages beside it. Return a problem, or None if there is none."""
    npm, lock = shutil.which("npm"), EXPRESS_FOLDER / "package-lock.json"
    if not (npm and shutil.which("node")):
        return "there is no Node.js with npm here"
    installed = EXPRESS_FOLDER / "node_modules" / ".package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return None
    quietly = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
    run = subprocess.run([npm, "ci", *quietly], cwd=EXPRESS_FOLDER, capture_output=True, text=True)
    return f"npm ci fails: {run.stderr.strip()}" if run.returncode else None
