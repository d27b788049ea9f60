"""An app of docs/in-your-app.md, built and started for a test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.take_home import apps
from tools import edits
from tools.edits import Edit
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
