"""Following along: Flask restarts the app when you save a file, but you stay logged in."""

import pytest

from tools.folders import copy_of
from tools.people import Person, eventually
from tools.servers import INTERRUPT, App, Server, our_apps

STEPS = [app for app in our_apps() if app.folder.parent.name == "steps" and app.step >= 1]


class DebuggedServer(Server):
    """An app, run like `make step-NN` runs it."""

    def command(self) -> list[str]:
        return [*super().command(), "--debug"]


@pytest.mark.parametrize("app", STEPS, ids=lambda app: app.name)
def test_saving_a_file_logs_nobody_out(app: App, tmp_path):
    copy = copy_of(app.folder, tmp_path / app.name)
    server = DebuggedServer(App(app.name, app.step, copy))
    try:
        server.start()
        ada = Person(server.url, "Ada", "Lovelace")
        ada.sign_up()
        for _ in range(2):
            reloads = server.printed.count("Restarting with")
            (copy / "routes.py").touch()
            assert eventually(lambda n=reloads: server.printed.count("Restarting with") > n, 30)
            server.wait_until_it_answers()
            assert ada.get("/session").status_code == 200
        server.stop(INTERRUPT)
        server.start()
        assert ada.get("/session").status_code == 200
        assert "Traceback" not in server.printed
    finally:
        server.close()
