"""An instance of final/, under gunicorn."""

import sys

from tests.steps.servers import FINAL, ROOT, App, Server

DEPLOY = ROOT / "final" / "deploy"


class Instance(Server):
    """The app as final/deploy/gunicorn.conf.py has it."""

    def __init__(self, **settings: str):
        super().__init__(App("final", FINAL, ROOT / "final"), **settings)

    def command(self) -> list[str]:
        return [sys.executable, "-m", "gunicorn", "--config", str(DEPLOY / "gunicorn.conf.py")]
