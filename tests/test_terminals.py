"""Terminals that cannot print everything, or are gone. No page may fail because of them."""

import sys

import pytest

from tools.people import Person, Socket, eventually
from tools.servers import App, Server, our_apps, running

APPS = [app for app in our_apps() if app.step >= 1]
*_, LAST_STEP, _, FINAL = APPS
every_app = pytest.mark.parametrize("app", APPS, ids=lambda app: app.name)


def visit(url: str, step: int) -> None:
    """Do everything that makes an app print something."""
    ivan = Person(url, "Иван", "Lovelace")
    assert ivan.sign_up().status_code == 302
    assert ivan.get("/dashboard").status_code == 200
    if step >= 2:
        socket = Socket(ivan)
        assert socket.wait_for("profile")["firstName"] == "Иван"
        socket.close()


@every_app
@pytest.mark.parametrize("encoding", ["ascii", "latin-1:strict", "cp1252"])
def test_a_terminal_that_cannot_print_every_name_fails_no_page(app: App, encoding: str):
    with running(app, PYTHONIOENCODING=encoding, PYTHONUTF8="0") as server:
        visit(server.url, app.step)
        door = "socket session" if app.step >= 2 else "request session"
        assert eventually(lambda: door in server.printed)
        assert "Error" not in server.printed


HOW = {
    "gone": "\"$@\" | sed '/Debug mode/q'",  # after Flask's last line at the start
    "closed": '"$@" >&-',
    "gone from the start": '"$@" | true',
    "full": '"$@" >/dev/full',
}
UNHEARD = [(app, how) for app in (APPS[0], LAST_STEP) for how in ("gone", "closed")]
UNHEARD += [(FINAL, how) for how in ("closed", "gone from the start", "full")]


class Unheard(Server):
    """A server whose standard output nobody reads."""

    def __init__(self, app: App, how: str):
        super().__init__(app)
        self.how = how

    def command(self) -> list[str]:
        return ["sh", "-c", HOW[self.how], "sh", *super().command()]


@pytest.mark.skipif(sys.platform != "linux", reason="this needs a shell and /dev/full")
@pytest.mark.parametrize(("app", "how"), UNHEARD, ids=lambda each: getattr(each, "name", each))
def test_an_output_that_nobody_reads_fails_no_page(app: App, how: str):
    server = Unheard(app, how)
    try:
        server.start()
        visit(server.url, app.step)
    finally:
        server.close()
