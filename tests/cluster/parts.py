"""What there is beside the instances: Redis and nginx, each a process with its own folder."""

import abc
import contextlib
import os
import socket
import string
import subprocess
import tempfile
import time
from pathlib import Path

import requests

from tests import programs
from tests.cluster.instance import DEPLOY, Instance
from tests.steps.servers import (
    KILL,
    OWN_GROUP,
    PATIENCE,
    ROOT,
    TERMINATE,
    free_port,
    signal_group,
)


class Part(abc.ABC):
    """A program that serves on a port of 127.0.0.1. It can be stopped and started again there."""

    name: str

    def __init__(self, port: int | None = None):
        self.port = port or free_port()
        self.process: subprocess.Popen | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="two-doors-", ignore_cleanup_errors=True)
        self.folder = Path(self._folder.name)
        self._printed = self.folder / "printed.txt"

    @abc.abstractmethod
    def command(self) -> list[str]:
        """Return how it is started, without the program's name."""

    @abc.abstractmethod
    def answers(self) -> bool:
        """Say whether it does what it is there for."""

    @property
    def printed(self) -> str:
        return self._printed.read_text("utf-8", "replace") if self._printed.exists() else ""

    def start(self) -> None:
        with self._printed.open("ab") as printed:
            self.process = subprocess.Popen(
                [programs.find(self.name), *self.command()],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=printed,
                **OWN_GROUP,
            )
        try:
            deadline = time.monotonic() + PATIENCE
            while not self.answers():
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{self.name} does not start. It printed:\n{self.printed}")
                time.sleep(0.02)
        except BaseException:
            self.kill()
            raise

    def stop(self, how: int = TERMINATE) -> None:
        """Stop it with all it has started, and wait until it has."""
        if self.process:
            signal_group(self.process, how)
            try:
                self.process.wait(PATIENCE)
            finally:
                signal_group(self.process, KILL)
                self.process.wait()
                self.process = None

    def kill(self) -> None:
        self.stop(KILL)

    def close(self) -> None:
        self.stop()
        self._folder.cleanup()


class Redis(Part):
    """Redis, which keeps nothing: as in compose.yaml."""

    name = "redis-server"

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        return ["--bind", "127.0.0.1", "--port", str(self.port), *KEEP_NOTHING]

    def answers(self) -> bool:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection,
        ):
            connection.sendall(b"PING\r\n")
            return connection.recv(100) == b"+PONG\r\n"
        return False


KEEP_NOTHING = ["--save", "", "--appendonly", "no"]


class Nginx(Part):
    """nginx with the settings of final/deploy/, in front of some instances.

    It does HTTPS, and over HTTP says so; or, if `plain`, serves the site there, too.
    """

    name = "nginx"

    def __init__(self, instances: list[Instance], plain: bool, port: int | None = None):
        super().__init__(port)
        self.https_port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.https_url = f"https://127.0.0.1:{self.https_port}"
        self.certificate = self.folder / "certificate.pem"
        key, site = self.folder / "key.pem", self.folder / "site.conf"
        make_certificate(self.certificate, key)
        settings = {
            "RUN": self.folder,
            "HTTP": f"127.0.0.1:{self.port}",
            "HTTPS": f"127.0.0.1:{self.https_port}",
            "ON_HTTP": f"include {site};" if plain else f"return 301 {self.https_url}$request_uri;",
            "CERTIFICATE": self.certificate,
            "CERTIFICATE_KEY": key,
            "SITE": site,
            "INSTANCES": "\n".join(
                f"server 127.0.0.1:{instance.port} fail_timeout=2s;" for instance in instances
            ),
            "STATIC": ROOT / "final" / "static",
        }
        for name in "nginx.conf", "site.conf":
            (self.folder / name).write_text(filled_in(f"{name}.template", settings), "utf-8")

    def command(self) -> list[str]:
        # Whoever runs the tests, root too, has files that nginx may otherwise not read.
        more = "user root; " if os.geteuid() == 0 else ""
        files = ["-e", "stderr", "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]
        return [*files, "-g", f"{more}daemon off;"]

    def answers(self) -> bool:
        with contextlib.suppress(requests.ConnectionError):
            requests.get(self.url, allow_redirects=False, timeout=PATIENCE)
            return True
        return False


def filled_in(name: str, settings: dict[str, object]) -> str:
    """Return a template of final/deploy/, filled in as nginx's official image does it."""
    text = (DEPLOY / name).read_text("utf-8")
    return string.Template(text).safe_substitute(settings)


def make_certificate(certificate: Path, key: Path) -> None:
    """Make a certificate for 127.0.0.1, which nobody has signed but itself, good for a day."""
    command = f"""req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1
        -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 -out {certificate} -keyout {key}"""
    run = [programs.find("openssl"), *command.split()]
    subprocess.run(run, check=True, capture_output=True)
