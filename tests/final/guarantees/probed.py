"""final/ with probes: code that is added from outside, to look into the app and to break parts."""

import contextlib
import sys
from collections.abc import Iterator

from tools.servers import FINAL, ROOT, App, Server


class Probed(Server):
    """final/, running with some modules of tests/probes/."""

    def __init__(self, probes: tuple[str, ...], **settings: str):
        super().__init__(App("final", FINAL, ROOT / "final"), **settings)
        self.probes = probes

    def command(self) -> list[str]:
        return [sys.executable, "-m", "tests.probes", *self.probes]


@contextlib.contextmanager
def running_with(*probes: str, **settings: str) -> Iterator[Server]:
    """Start the app with these probes, and stop it in the end."""
    server = Probed(probes, **settings)
    try:
        server.start()
        yield server
    finally:
        server.close()
