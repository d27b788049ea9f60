"""An app that has followed a recipe of docs/in-your-app.md passes the workshop's checks."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.take_home import apps
from tests.take_home.apps import RECIPES
from tools.edits import Edit
from tools.folders import ROOT, run_tests
from tools.people import Person, Socket
from tools.servers import App, Server

SESSIONS = "tests/steps/test_01_sessions.py"
SOCKETS = "tests/steps/test_02_socket_share.py"
REGISTRY = "tests/steps/test_03_user_registry.py"
LOGOUT = [
    f"{REGISTRY}::test_logging_out_closes_all_sockets_of_the_session",
    f"{REGISTRY}::test_logging_out_leaves_other_sessions_of_the_user_alone",
    f"{REGISTRY}::test_a_stale_tab_can_do_nothing",
    f"{REGISTRY}::test_a_tab_cannot_connect_again_while_it_is_logged_out",
    f"{REGISTRY}::test_logging_in_again_closes_the_sockets_of_the_old_session",
    f"{REGISTRY}::test_logging_out_in_one_tab_closes_them_all",
]
CHECKS = {
    "flask_login": [SESSIONS, SOCKETS, *LOGOUT],
    "flask_socketio": [SESSIONS, SOCKETS, *LOGOUT],
    "flask_sock": [SESSIONS],  # its WebSocket doesn't speak Socket.IO, see test_flask_sock.py
}
# Checks that don't apply, because the recipes don't touch an app's accounts and forms.
LEFT_OUT = [
    f"{SESSIONS}::test_a_bad_or_missing_field_is_refused_and_nothing_is_stored",
    f"{SESSIONS}::test_names_in_any_script_can_sign_up",
    f"{SESSIONS}::test_a_password_works_however_the_keyboard_encodes_it",
    f"{SESSIONS}::test_a_taken_email_is_refused",
    f"{SESSIONS}::test_json_instead_of_a_form_gets_a_clear_answer",
    f"{SESSIONS}::test_a_login_with_missing_fields_is_refused",
    f"{SESSIONS}::test_next_does_not_lead_to_another_site",
    f"{SESSIONS}::test_a_double_click_on_sign_up_signs_up_once",
    f"{SESSIONS}::test_an_error_is_shown_on_the_page",
    f"{SESSIONS}::test_names_are_shown_as_text",
]
# Flask-SocketIO doesn't answer unknown events, and the app has no handler for them.
LEFT_OUT_OF = {
    "flask_socketio": [f"{SOCKETS}::test_an_unknown_event_is_answered_with_an_error"],
}


def run_checks(server: Server, *checks: str) -> subprocess.CompletedProcess:
    """Run checks on a running app."""
    left_out = LEFT_OUT + LEFT_OUT_OF.get(server.app.name, [])
    options = ["--url", server.url, "--upto", "03", *(f"--deselect={name}" for name in left_out)]
    return run_tests(ROOT, *checks, *options)


@pytest.mark.parametrize("name", CHECKS)
def test_an_app_passes_the_checks_that_apply(name: str, start):
    run = run_checks(start(name), *CHECKS[name])
    assert run.returncode == 0, run.stdout


def test_every_check_that_is_named_exists():
    for check in [*LOGOUT, *LEFT_OUT, *(name for each in LEFT_OUT_OF.values() for name in each)]:
        file, _, name = check.partition("::")
        assert f"def {name}(" in (ROOT / file).read_text("utf-8"), check


@pytest.mark.parametrize("name", CHECKS)
def test_an_app_says_that_its_login_is_what_comes_next(name: str, start):
    def all_but_auth(name: str, folder: Path) -> App:
        app = apps.after(name, folder)
        shutil.copy(apps.EVERY_APP / "before" / "auth.py", folder)
        return app

    with pytest.raises(RuntimeError) as error:
        start(name, build=all_but_auth)
    said = "RuntimeError: This app lacks a line: login_manager.session_protection = None"
    assert said in str(error.value)
    assert said in RECIPES.read_text("utf-8")


def test_a_user_loader_that_needs_an_application_context_gets_one(start, check_shared_session):
    told = check_shared_session(
        start(
            "flask_login",
            Edit(
                "from flask import redirect", "from flask import current_app, redirect", "auth.py"
            ),
            Edit("    return users.find(", "    assert current_app.name\n    return users.find("),
        )
    )
    assert "5 passed" in told, told


def test_an_event_of_the_text_changes_the_session(start):
    [event] = re.findall(r"```python\n(@event\n.*?)```", RECIPES.read_text("utf-8"), re.S)
    server = start("flask_login", Edit("@event\ndef session", f"{event}\n\n@event\ndef session"))
    ada = Person(server.url, "Ada", "Lovelace")
    ada.sign_up()
    socket = Socket(ada)
    assert socket.call("dark_mode") == "dark"
    socket.close()
    assert ada.get("/session").json()["data"]["theme"] == "dark"


@pytest.mark.parametrize("name", ["flask_login", "flask_sock"])
def test_before_the_recipe_a_copied_cookie_survives_the_logout(name: str, start):
    ada = Person(start(name, build=apps.before).url, "Ada", "Lovelace")
    ada.sign_up()
    copied = dict(ada.http.cookies)
    ada.log_out()
    assert ada.get("/dashboard").status_code == 302
    ada.http.cookies.update(copied)
    assert ada.get("/dashboard").status_code == 200


def test_before_the_recipe_a_logged_out_tab_hears_everything(start):
    ada = Person(start("flask_socketio", build=apps.before).url, "Ada", "Lovelace")
    ada.sign_up()
    socket = Socket(ada)
    ada.log_out()
    ada.log_in()
    ada.post("/wave")
    socket.wait_for("wave")
    socket.close()
