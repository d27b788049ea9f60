"""Fixtures for the tests: the running app, and people who use it in their own browsers."""

import os
import re
import secrets
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

FOLDER = Path(__file__).parent  # of the app


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """Start the app with an empty database, yield its address, and stop it after the last test."""
    command = [sys.executable, "-m", "flask", "--app", "app", "run", "--port", "0"]  # 0: any
    environ = os.environ | {
        "MONGODB_URI": "",
        "EMBEDDED_DB": str(tmp_path_factory.mktemp("db") / "embedded-db.json"),
        "PYTHONUNBUFFERED": "1",
    }
    pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    process = subprocess.Popen(command, cwd=FOLDER, env=environ, **pipe)
    try:
        yield address(process)
    finally:
        process.terminate()
        process.wait()


def address(process: subprocess.Popen) -> str:
    """Return the app's address as soon as the app prints it."""
    printed = ""
    for line in process.stdout:
        printed += line
        if found := re.search(r"http://127\.0\.0\.1:\d+", line):
            # Keep reading, because the app would block as soon as the pipe is full.
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return found[0]
    raise RuntimeError(f"The app doesn't start. It printed:\n{printed}")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args, browser_name, browser_type):
    """Use Playwright's own Chromium or, if it isn't installed, a Chromium or Chrome on the PATH."""
    if browser_name == "chromium" and not Path(browser_type.executable_path).exists():
        on_path = map(shutil.which, ["chromium", "chromium-browser", "google-chrome"])
        browser_type_launch_args["executable_path"] = next(filter(None, on_path), None)
    return browser_type_launch_args


@pytest.fixture
def person(server, new_context):
    """Return a function that signs a person up. Each person gets their own browser."""

    def sign_up(name: str) -> Person:
        return Person(name, server, new_context())

    return sign_up


class Person:
    """A user of the app. A context has its own cookies, so it acts as a separate browser."""

    def __init__(self, name: str, server: str, context: BrowserContext):
        self.name, self.server, self.context = name, server, context
        first_name, last_name = name.split()
        # All tests share the database, where an email can have only one account.
        self.email = f"{first_name.lower()}-{secrets.token_hex(4)}@example.org"
        self.page = context.new_page()
        self.page.goto(f"{server}/signup")
        self.page.get_by_label("First name").fill(first_name)
        self.page.get_by_label("Last name").fill(last_name)
        self.page.get_by_label("Email").fill(self.email)
        self.page.get_by_label("Password").fill("correct horse battery")
        self.page.get_by_role("button", name="Sign up").click()
        expect(self.page.get_by_text("connected", exact=True)).to_be_visible()

    def open_tab(self) -> Page:
        """Open the dashboard in another tab of the same browser."""
        tab = self.context.new_page()
        tab.goto(f"{self.server}/dashboard")
        expect(tab.get_by_text("connected", exact=True)).to_be_visible()
        return tab

    def befriend(self, other: "Person") -> None:
        self.page.get_by_label("Friend's email").fill(other.email)
        self.page.get_by_role("button", name="Add friend").click()
        expect(self.page.get_by_text(f"{other.name} is your friend.")).to_be_visible()

    def write(self, comment: str) -> None:
        self.page.get_by_label("Comment").fill(comment)
        self.page.get_by_role("button", name="Post").click()
        # The message may still be that of an earlier comment, but the empty field is new.
        expect(self.page.get_by_label("Comment")).to_be_empty()
        expect(self.page.get_by_text("Your comment is posted.")).to_be_visible()

    def wave(self) -> None:
        """Wave, and wait for the wave. Everything that was sent earlier has arrived by then."""
        self.page.get_by_role("button", name="Wave").click()
        expect(self.page.get_by_text(f"{self.name} waves.")).to_be_visible()
