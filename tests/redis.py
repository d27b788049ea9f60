"""A real Redis for the tests, of our own."""

import subprocess
import tempfile
import time
from pathlib import Path

import redis

from tests.steps.servers import OWN_GROUP, PATIENCE, free_port


class Redis:
    """A Redis server, which keeps nothing."""

    def __init__(self, program: str):
        self.program = program
        self.process: subprocess.Popen | None = None
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self._folder = tempfile.TemporaryDirectory(prefix="two-doors-", ignore_cleanup_errors=True)

    def start(self) -> None:
        folder = self._folder.name
        command = [self.program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        command += ["--dir", folder, "--daemonize", "no"]
        with Path(folder, "printed.txt").open("ab") as printed:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=printed,
                **OWN_GROUP,
            )
        deadline = time.monotonic() + PATIENCE
        with redis.Redis.from_url(self.url) as client:
            while True:
                try:
                    client.ping()
                    return
                except redis.ConnectionError:
                    if self.process.poll() is not None or time.monotonic() > deadline:
                        printed = Path(folder, "printed.txt").read_text("utf-8", "replace")
                        self.stop()
                        raise RuntimeError(
                            f"Redis does not start. It printed:\n{printed}"
                        ) from None
                time.sleep(0.05)

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    kill = stop

    def close(self) -> None:
        self.stop()
        self._folder.cleanup()
