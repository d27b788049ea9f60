"""The embedded database, where its file is not as it should be."""

import pytest

from tests.steps.people import Person
from tests.steps.servers import App, Server, our_apps

APPS = [app for app in our_apps() if app.step >= 1]


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.name)
@pytest.mark.parametrize("content", ["", "garbage", '{"users": [{"_id": 1}, {"_id": 1}]}'])
def test_a_file_that_cannot_be_read_is_set_aside(app: App, content: str):
    server = Server(app)
    try:
        server.database.write_text(content, "utf-8")
        server.start()
        assert "WARNING: starting empty" in server.printed
        assert server.database.with_suffix(".unreadable").read_text("utf-8") == content
        assert Person(server.url, "Ada", "Lovelace").sign_up().status_code == 302
    finally:
        server.close()


@pytest.mark.parametrize("app", APPS, ids=lambda app: app.name)
def test_two_processes_do_not_overwrite_each_other(app: App):
    server = Server(app)
    try:
        server.start()
        Person(server.url, "Ada", "Lovelace").sign_up()
        server.database.write_text("written by another process", "utf-8")
        server.stop()
        assert "WARNING: not saved" in server.printed
        assert server.database.read_text("utf-8") == "written by another process"
    finally:
        server.close()
