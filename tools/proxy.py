"""nginx in a process of its own, with all its files in a temporary folder."""

import contextlib
import os
import subprocess
import tempfile
import time
from pathlib import Path

import requests

from tools import programs
from tools.servers import KILL, OWN_GROUP, PATIENCE, TERMINATE, signal_group


class Proxy:
    """An nginx that listens on a port of this machine. Write its settings before you start it."""

    def __init__(self, port: int):
        self.process: subprocess.Popen | None = None
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._folder = tempfile.TemporaryDirectory(prefix="two-doors-", ignore_cleanup_errors=True)
        self.folder = Path(self._folder.name)
        self.settings = self.folder / "nginx.conf"
        self._printed = self.folder / "printed.txt"

    @property
    def printed(self) -> str:
        return self._printed.read_text("utf-8", "replace") if self._printed.exists() else ""

    def command(self) -> list[str]:
        more = "daemon off;" if "daemon off" not in self.settings.read_text("utf-8") else ""
        if os.geteuid() == 0:  # these are root's files, which other users can't read
            more += " user root;"
        command = [programs.find("nginx"), "-e", "stderr", "-p", str(self.folder)]
        return [*command, "-c", str(self.settings), "-g", more]

    def start(self) -> None:
        with self._printed.open("ab") as printed:
            self.process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=printed,
                **OWN_GROUP,
            )
        try:
            self.wait_until_it_answers()
        except BaseException:
            self.kill()
            raise

    def wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            with contextlib.suppress(requests.ConnectionError):
                requests.get(self.url, allow_redirects=False, timeout=PATIENCE)
                time.sleep(0.05)
                if self.process.poll() is None:  # otherwise another program has answered
                    return
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"nginx does not start. It printed:\n{self.printed}")
            time.sleep(0.05)

    def stop(self, how: int = TERMINATE) -> None:
        """Stop nginx and all processes that it has started."""
        if self.process:
            process, self.process = self.process, None
            signal_group(process, how)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE)
            signal_group(process, KILL)
            process.wait()

    def kill(self) -> None:
        self.stop(KILL)

    def close(self) -> None:
        self.stop()
        self._folder.cleanup()
