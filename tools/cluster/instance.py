"""An instance of final/, under gunicorn."""

import contextlib
import socket
import sys

from tools.people import eventually
from tools.servers import FINAL, KILL, ROOT, App, Server

DEPLOY = ROOT / "final" / "deploy"


class Instance(Server):
    """The app as final/deploy/gunicorn.conf.py has it. It can be started again after a stop."""

    def __init__(self, **settings: str):
        super().__init__(App("final", FINAL, ROOT / "final"), **settings)

    def command(self) -> list[str]:
        return [sys.executable, "-m", "gunicorn", "--config", str(DEPLOY / "gunicorn.conf.py")]

    def stop(self, how: int | None = None) -> None:
        super().stop(how)
        # That was gunicorn itself; its worker may go on for a moment.
        if not eventually(lambda: not self.accepts()):
            raise RuntimeError("an instance that was stopped still lets people in")

    def kill(self) -> None:
        self.stop(KILL)

    def accepts(self) -> bool:
        """Say whether anybody listens on its port."""
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port)).close()
            return True
        return False
