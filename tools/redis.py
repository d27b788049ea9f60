"""A real Redis that the tests start."""

import subprocess
import tempfile
import time
from pathlib import Path

import redis

from tools.servers import OWN_GROUP, PATIENCE, free_port


class Redis:
    """A Redis server that saves nothing."""

    def __init__(self, program: str, port: int | None = None):
        self.program = program
        self.process: subprocess.Popen | None = None
        self.port = port or free_port()
        self.url = self._probed = f"redis://127.0.0.1:{self.port}"
        self._folder = tempfile.TemporaryDirectory(prefix="two-doors-", ignore_cleanup_errors=True)

    def command(self) -> list[str]:
        command = [self.program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        return [*command, "--dir", self._folder.name, "--daemonize", "no"]

    def start(self) -> None:
        folder = self._folder.name
        with Path(folder, "printed.txt").open("ab") as printed:
            self.process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=printed,
                **OWN_GROUP,
            )
        deadline = time.monotonic() + PATIENCE
        with redis.Redis.from_url(self._probed) as client:
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


class Sentinel(Redis):
    """A Redis Sentinel, which knows the address of the Redis for the service `main`."""

    def __init__(self, redis: Redis):
        super().__init__(redis.program)
        self.url = f"redis+sentinel://127.0.0.1:{self.port}/0/main"
        self._probed = f"redis://127.0.0.1:{self.port}"
        self._settings = Path(self._folder.name, "sentinel.conf")
        monitor = f"sentinel monitor main 127.0.0.1 {redis.port} 1"
        self._settings.write_text(f"port {self.port}\nbind 127.0.0.1\n{monitor}\n", "utf-8")

    def command(self) -> list[str]:
        return [self.program, str(self._settings), "--sentinel", "--dir", self._folder.name]
