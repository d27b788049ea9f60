"""The apps, and how each is started: as a process, on a free port, and always stopped."""

import contextlib
import itertools
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import requests

from tools.folders import ROOT

FINAL = 99  # the step that final/ counts as: it has passed them all
PATIENCE = 30  # seconds until a server answers, or has stopped


@dataclass(frozen=True)
class App:
    """An app that can be started from its folder, or one that runs at a URL; and how far it is."""

    name: str
    step: int
    folder: Path | None = None
    url: str | None = None
    settings: tuple[tuple[str, str], ...] = ()  # of its environment


def our_apps() -> list[App]:
    steps = sorted((ROOT / "steps").glob("[0-9][0-9]-*"))
    apps = [App(folder.name, int(folder.name[:2]), folder) for folder in steps]
    fast = App("fast", FINAL, ROOT / "final", settings=(("FAST", "1"),))
    return [*apps, fast, App("final", FINAL, ROOT / "final")]


class Server:
    """One app, running. Its database and what it prints are in a temporary folder."""

    def __init__(self, app: App, **settings: str):
        self.app = app
        self.settings = dict(app.settings) | settings
        self.process: subprocess.Popen | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="two-doors-", ignore_cleanup_errors=True)
        self.database = Path(self._folder.name, "embedded-db.json")
        self.log = Path(self._folder.name, "printed.txt")
        self.looked_at = 0  # characters of `printed` that were there when the last check ended
        self.port = free_port()
        self.url = app.url or f"http://127.0.0.1:{self.port}"

    @property
    def printed(self) -> str:
        """What the app has printed so far, without colours."""
        text = self.log.read_text("utf-8", "replace") if self.log.exists() else ""
        return re.sub(r"\x1b\[\d+m", "", text)

    def start(self) -> None:
        if self.app.url:
            return
        environ = neutral_environ() | {"PORT": str(self.port), "EMBEDDED_DB": str(self.database)}
        environ |= {"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1", **self.settings}
        with self.log.open("ab") as printed:
            self.process = subprocess.Popen(
                self.command(),
                cwd=self.app.folder.parent,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                **OWN_GROUP,
            )
        try:
            self.wait_until_it_answers()
        except BaseException:
            self.stop()
            raise

    def command(self) -> list[str]:
        folder = self.app.folder
        if (folder / "__main__.py").exists():
            return [sys.executable, "-m", folder.name]
        flask = [sys.executable, "-m", "flask", "--app", str(folder / "app")]
        return [*flask, "run", "--port", str(self.port)]

    def wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(requests.ConnectionError):
                requests.get(self.url, timeout=PATIENCE)
                return
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{self.app.name} does not start. It printed:\n{self.printed}")
            time.sleep(0.05)

    def stop(self, how: int | None = None) -> None:
        """Stop it as a terminal does, with all it has started; kill it if it does not stop."""
        if self.process is None:
            return
        process, self.process = self.process, None
        signal_group(process, how or TERMINATE)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            signal_group(process, KILL)
            process.wait()
            raise RuntimeError(f"{self.app.name} does not stop when it is told to") from None

    def close(self) -> None:
        self.stop()
        self._folder.cleanup()


@contextlib.contextmanager
def running(app: App, **settings: str) -> Iterator[Server]:
    """Start an app, with `settings` in its environment, and stop it in the end."""
    server = Server(app, **settings)
    try:
        server.start()
        yield server
    finally:
        server.close()


PORTS = range(20_000, 32_000)  # of which no system takes one for a connection that goes out
_ports = itertools.islice(itertools.cycle(PORTS), random.SystemRandom().randrange(len(PORTS)), None)


def free_port() -> int:
    """Return a port that nobody listens at, and nobody will be given until it is used."""
    for port in _ports:
        with contextlib.suppress(OSError):
            socket.create_server(("127.0.0.1", port)).close()
            return port
    raise AssertionError("this never ends")


def neutral_environ() -> dict[str, str]:
    """Return our environment for an app under test, without settings that would change the app.

    Let it hash passwords cheaply, because most checks sign up two or three people, and each hash by
    scrypt takes 0.1 seconds.
    """
    environ = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("FLASK_", "WERKZEUG_")) and name not in {"MONGODB_URI", "DEMO"}
    }
    return environ | {"PASSWORD_METHOD": "pbkdf2:sha256:1"}


if sys.platform == "win32":
    TERMINATE = INTERRUPT = signal.CTRL_BREAK_EVENT
    KILL = signal.SIGTERM
    OWN_GROUP = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}

    def signal_group(process: subprocess.Popen, signum: int) -> None:
        process.send_signal(signum)
else:
    TERMINATE, INTERRUPT, KILL = signal.SIGTERM, signal.SIGINT, signal.SIGKILL
    OWN_GROUP = {"start_new_session": True}

    def signal_group(process: subprocess.Popen, signum: int) -> None:
        with contextlib.suppress(ProcessLookupError):  # it has stopped already
            os.killpg(process.pid, signum)
