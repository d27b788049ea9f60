"""An instance of final/ that runs under gunicorn."""

import contextlib
import socket
import sys

from tools.people import eventually
from tools.servers import FINAL, KILL, ROOT, App, Server

DEPLOY = ROOT / "final" / "deploy"


class Instance(Server):
    """The app with the settings of final/deploy/gunicorn.conf.py. You can stop and restart it."""

    def __init__(self, **settings: str):
        super().__init__(App("final", FINAL, ROOT / "final"), **settings)

    def command(self) -> list[str]:
        return [sys.executable, "-m", "gunicorn", "--config", str(DEPLOY / "gunicorn.conf.py")]

    def stop(self, how: int | None = None) -> None:
        super().stop(how)
        # gunicorn itself has ended, but its worker may go on for a moment.
        if not eventually(lambda: not self.accepts()):
            raise RuntimeError("a stopped instance still accepts connections")

    def kill(self) -> None:
        self.stop(KILL)

    def accepts(self) -> bool:
        """Return whether a process listens on the instance's port."""
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port)).close()
            return True
        return False
