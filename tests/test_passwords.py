"""Tests of how the steps store passwords. The checks choose a faster hash than a deployed app."""

import json

import pytest

from tools.people import Person
from tools.servers import App, our_apps, running

STEPS = [app for app in our_apps() if app.name[0].isdigit() and app.step >= 1]


@pytest.mark.parametrize(("setting", "method"), [("", "scrypt"), ("pbkdf2:sha256:1", "pbkdf2")])
@pytest.mark.parametrize("app", [STEPS[0], STEPS[-1]], ids=lambda app: app.name)
def test_passwords_are_hashed_by_scrypt_unless_a_setting_says_otherwise(
    app: App, setting: str, method: str
):
    with running(app, PASSWORD_METHOD=setting) as server:
        ada = Person(server.url, "Ada", "Lovelace")
        assert ada.sign_up().status_code == 302
        server.stop()  # this writes the file
        [user] = json.loads(server.database.read_text("utf-8"))["users"]
    assert user["password"].startswith(f"{method}:")
