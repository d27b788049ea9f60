"""An app of docs/in-your-app.md, built and started for a test."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.take_home import apps
from tools import edits
from tools.edits import Edit
from tools.folders import ROOT, run_tests
from tools.people import Person
from tools.servers import App, Server, running


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Return a function that builds an app, with these edits, and starts it."""
    with ExitStack() as servers:

        def start_app(name: str, *changes: Edit, build: Callable[..., App] = apps.after) -> Server:
            folder = tmp_path / "my-app"
            folder.mkdir()
            app = build(name, folder)
            edits.apply(changes, folder)
            return servers.enter_context(running(app))

        yield start_app


@pytest.fixture
def check_shared_session(tmp_path: Path) -> Callable[..., str]:
    """Return a function that runs check_shared_session.py on a server, with these settings."""

    def check(server: Server, **settings: object) -> str:
        ada = Person(server.url, "Ada", "Lovelace")
        ada.sign_up(email="ada@example.org")
        settings["URL"] = server.url
        if server.app.name == "flask_sock":
            settings.setdefault("WEBSOCKET", "/echo")
        text = (apps.HERE / "pieces" / "check_shared_session.py").read_text("utf-8")
        for name, value in settings.items():
            text, n = re.subn(rf"^{name} = .*", f"{name} = {value!r}", text, flags=re.M)
            assert n == 1, name
        file = tmp_path / "check_shared_session.py"
        file.write_text(text, "utf-8")
        # Only the messages: the code around a failed line contains other messages.
        return run_tests(ROOT, "--tb=line", f"--rootdir={tmp_path}", str(file)).stdout

    return check
