"""Run final/ with probes: added code that looks into the app or breaks a part of it."""

import contextlib
import sys
from collections.abc import Iterator

from tools.servers import FINAL, ROOT, App, Server


class Probed(Server):
    """A server of final/ that runs with some modules of tests/probes/."""

    def __init__(self, probes: tuple[str, ...], **settings: str):
        super().__init__(App("final", FINAL, ROOT / "final"), **settings)
        self.probes = probes

    def command(self) -> list[str]:
        return [sys.executable, "-m", "tests.probes", *self.probes]


@contextlib.contextmanager
def running_with(*probes: str, **settings: str) -> Iterator[Server]:
    """Start the app with these probes, and stop it when the `with` block ends."""
    server = Probed(probes, **settings)
    try:
        server.start()
        yield server
    finally:
        server.close()
