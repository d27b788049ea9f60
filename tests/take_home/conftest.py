"""An app of docs/in-your-app.md, built and started for a test."""

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
def check_shared_session(monkeypatch) -> Callable[[Server], str]:
    """Return a function that runs the tests to take along, and returns their output."""

    def check(server: Server) -> str:
        ada = Person(server.url, "Ada", "Lovelace")
        ada.sign_up(email="ada@example.org")
        monkeypatch.setenv("URL", server.url)
        if server.app.name == "flask_sock":
            monkeypatch.setenv("WEBSOCKET", "/echo")
        return run_tests(ROOT, str(apps.HERE / "pieces" / "check_shared_session.py")).stdout

    return check
