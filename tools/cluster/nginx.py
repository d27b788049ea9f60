"""nginx, as final/deploy/ has it, in front of some instances: as a process with its own folder."""

import contextlib
import os
import string
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import requests

from tools import programs
from tools.cluster.instance import DEPLOY, Instance
from tools.servers import KILL, OWN_GROUP, PATIENCE, ROOT, TERMINATE, free_port, signal_group

STICKY = "hash $visitor consistent;"  # what nginx.conf.template keeps each visitor at one place by


class Nginx:
    """It does HTTPS, and over HTTP says so; or, if `plain`, serves the site there, too.

    `edits` are texts of the settings to be replaced, and by what.
    """

    def __init__(
        self,
        instances: list[Instance],
        plain: bool,
        sticky: bool = True,
        port: int | None = None,
        edits: Mapping[str, str] | None = None,
    ):
        self.process: subprocess.Popen | None = None
        self.port, self.https_port = port or free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.https_url = f"https://127.0.0.1:{self.https_port}"
        self._folder = tempfile.TemporaryDirectory(prefix="two-doors-", ignore_cleanup_errors=True)
        folder = Path(self._folder.name)
        self._printed, self._settings = folder / "printed.txt", folder / "nginx.conf"
        self.certificate, key, site = (folder / name for name in ("it.pem", "key.pem", "site.conf"))
        make_certificate(self.certificate, key)
        values = {
            "RUN": folder,
            "HTTP": f"127.0.0.1:{self.port}",
            "HTTPS": f"127.0.0.1:{self.https_port}",
            "ON_HTTP": f'include "{site}";'
            if plain
            else f"return 301 {self.https_url}$request_uri;",
            "CERTIFICATE": self.certificate,
            "CERTIFICATE_KEY": key,
            "SITE": site,
            "INSTANCES": " ".join(
                f"server 127.0.0.1:{instance.port} fail_timeout=2s;" for instance in instances
            ),
            "STATIC": ROOT / "final" / "web" / "static",
        }
        edits = {**(edits or {}), **({} if sticky else {STICKY: ""})}
        for file in self._settings, site:
            text = filled_in(f"{file.name}.template", values)
            for old, new in edits.items():
                text = text.replace(old, new)
            file.write_text(text, "utf-8")

    @property
    def printed(self) -> str:
        return self._printed.read_text("utf-8", "replace") if self._printed.exists() else ""

    def start(self) -> None:
        # Whoever runs the tests, be it root, has files that another user may not read.
        more = "daemon off;" + (" user root;" if os.geteuid() == 0 else "")
        command = [programs.find("nginx"), "-e", "stderr", "-p", self._folder.name]
        with self._printed.open("ab") as printed:
            self.process = subprocess.Popen(
                [*command, "-c", str(self._settings), "-g", more],
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
                if self.process.poll() is None:  # else somebody else has answered, at its port
                    return
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"nginx does not start. It printed:\n{self.printed}")
            time.sleep(0.05)

    def stop(self, how: int = TERMINATE) -> None:
        """Stop it with all it has started."""
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


def filled_in(name: str, values: dict[str, object]) -> str:
    """Return a template of final/deploy/, filled in as nginx's official image does it."""
    text = (DEPLOY / name).read_text("utf-8")
    return string.Template(text).safe_substitute(values)


def make_certificate(certificate: Path, key: Path) -> None:
    """Make a certificate for 127.0.0.1 that is signed by nobody but itself, and good for a day."""
    command = """req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1
        -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"""
    files = ["-out", str(certificate), "-keyout", str(key)]
    run = [programs.find("openssl"), *command.split(), *files]
    subprocess.run(run, check=True, capture_output=True)
