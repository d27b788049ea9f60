"""The embedded database with a file that it can't use, read or save."""

import os
import shutil
from pathlib import Path

import pytest

from tests.places import UNUSABLE, tree
from tests.test_reloader import DebuggedServer
from tools.people import Person
from tools.servers import App, Server, our_apps, running

APPS = [app for app in our_apps() if app.step >= 1]
# All steps have the same files for this, byte for byte, as test_structure.py checks.
ONE_OF_EACH = [APPS[0], APPS[-1]]
SOME = ["a folder", "a missing folder", "a read-only file", "a device", "a photo"]
EARLIER_USER = '{"_id": {"$oid": "' + "0a" * 12 + '"}, "first_name": "Ada"}'
DAMAGED = {
    "empty": "",
    "of an earlier version": f'{{"users": [{EARLIER_USER}, {EARLIER_USER}]}}',
    "cut short": '{"two_doors": [{"_id": "embedded database"}], "users": [{"_id": ',
    "cut short, of an earlier version": '{"sessions": [{"_id": "' + "5f" * 32 + '", "data": {"_us',
}

every_app = pytest.mark.parametrize("app", APPS, ids=lambda app: app.name)
one_of_each = pytest.mark.parametrize("app", ONE_OF_EACH, ids=lambda app: app.name)


def refusal(server: Server) -> str:
    """Start a server that must refuse to start. Return the one sentence that it prints."""
    try:
        with pytest.raises(RuntimeError, match="does not start"):
            server.start()
        [sentence] = server.printed.splitlines()
        return sentence
    finally:
        server.close()


# Refused files.


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
@pytest.mark.parametrize("place", SOME)  # the others: final/guarantees/test_settings.py
def test_an_unusable_file_is_refused_in_one_sentence_and_left_alone(place: str, tmp_path: Path):
    make, words = UNUSABLE[place]
    path = make(tmp_path)
    before = tree(tmp_path)
    sentence = refusal(Server(APPS[0], EMBEDDED_DB=str(path)))
    assert sentence.startswith(f"EMBEDDED_DB={path} cannot be used: ")
    assert words in sentence
    assert tree(tmp_path) == before


def test_the_reloader_refuses_in_one_sentence_too(tmp_path: Path):
    sentence = refusal(DebuggedServer(APPS[0], EMBEDDED_DB=str(tmp_path)))
    assert sentence == f"EMBEDDED_DB={tmp_path} cannot be used: it is a folder."


@pytest.mark.parametrize("uri", ["mongodb://127.0.0.1:1", "http://127.0.0.1", "mongodb://h:port"])
def test_a_mongodb_that_cannot_be_used_is_refused_in_one_sentence(uri: str):
    sentence = refusal(Server(APPS[0], MONGODB_URI=uri))
    assert sentence.startswith("MONGODB_URI cannot be used: ")


# Files that are set aside.


@one_of_each
@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_file_is_set_aside(app: App, damage: str):
    server = Server(app)
    try:
        server.database.write_text(DAMAGED[damage], "utf-8")
        server.start()
        assert "WARNING: starting empty" in server.printed
        assert server.database.with_suffix(".unreadable").read_text("utf-8") == DAMAGED[damage]
        assert Person(server.url, "Ada", "Lovelace").sign_up().status_code == 302
    finally:
        server.close()


@one_of_each
def test_nothing_beside_the_file_is_overwritten(app: App):
    server = Server(app)
    try:
        names = ".unreadable", ".unreadable-2", ".unfinished"
        theirs = {server.database.with_suffix(name): f"my own {name}" for name in names}
        for path, content in theirs.items():
            path.write_text(content, "utf-8")
        server.database.write_text(DAMAGED["cut short"], "utf-8")
        server.start()
        Person(server.url, "Ada", "Lovelace").sign_up()
        server.stop()
        aside = server.database.with_suffix(".unreadable-3")
        assert aside.read_text("utf-8") == DAMAGED["cut short"]
        assert {path: path.read_text("utf-8") for path in theirs} == theirs
        assert "Lovelace" in server.database.read_text("utf-8")
        assert len(list(server.database.parent.iterdir())) == len(theirs) + 3
    finally:
        server.close()


# Files that are kept.


@one_of_each
@pytest.mark.parametrize("name", ["my friends' données.json", "no-suffix", "x.unreadable", ".json"])
def test_a_new_file_may_have_any_name(app: App, name: str, tmp_path: Path):
    path = tmp_path / name
    for _ in range(2):
        with running(app, EMBEDDED_DB=str(path)) as server:
            Person(server.url, "Ada", "Lovelace").sign_up()
            server.stop()
            assert "starting empty" not in server.printed
            assert "not saved" not in server.printed
    assert path.read_text("utf-8").count('"Lovelace"') >= 2
    assert [each.name for each in tmp_path.iterdir()] == [name]


@one_of_each
@pytest.mark.skipif(os.name == "nt", reason="Windows lets only some people make links")
def test_a_link_to_the_file_stays_a_link(app: App, tmp_path: Path):
    (tmp_path / "elsewhere").mkdir()
    link, path = tmp_path / "link.json", tmp_path / "elsewhere" / "real.json"
    link.symlink_to(path)
    for _ in range(2):  # the link first leads nowhere, then to our file
        with running(app, EMBEDDED_DB=str(link)) as server:
            Person(server.url, "Ada", "Lovelace").sign_up()
    assert link.readlink() == path
    assert path.read_text("utf-8").count('"Lovelace"') >= 2
    assert [each.name for each in path.parent.iterdir()] == ["real.json"]


@one_of_each
def test_who_may_read_the_file_stays_the_same(app: App, tmp_path: Path):
    path = tmp_path / "ours.json"
    path.write_text("{}", "utf-8")
    path.chmod(0o640)
    with running(app, EMBEDDED_DB=str(path)) as server:
        Person(server.url, "Ada", "Lovelace").sign_up()
    assert path.stat().st_mode & 0o777 == (0o666 if os.name == "nt" else 0o640)
    assert "Lovelace" in path.read_text("utf-8")


@one_of_each
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
@pytest.mark.parametrize(
    ("content", "mode"),
    [(None, None), ("{}", 0o644), ("{}", 0o666), ('{"two_doors": [{"_id": "emb', 0o604)],
)
def test_nobody_else_may_read_the_file(app: App, content, mode, tmp_path: Path):
    path = tmp_path / "ours.json"
    if content is not None:
        path.write_text(content, "utf-8")
        path.chmod(mode)
    with running(app, EMBEDDED_DB=str(path)) as server:
        Person(server.url, "Ada", "Lovelace").sign_up()
    assert "Lovelace" in path.read_text("utf-8")
    assert {each.stat().st_mode & 0o777 for each in tmp_path.iterdir()} == {0o600}


# Databases that are saved elsewhere.


def saved_elsewhere(server: Server) -> str:
    """Return the content of the other file that a server names when it can't save."""
    [warning] = [line for line in server.printed.splitlines() if "WARNING: not saved" in line]
    spare = Path(warning.rpartition(" is in ")[2])
    try:
        return spare.read_text("utf-8")
    finally:
        shutil.rmtree(spare.parent)


@every_app
def test_two_processes_do_not_overwrite_each_other(app: App):
    server = Server(app)
    try:
        server.start()
        Person(server.url, "Ada", "Lovelace").sign_up()
        server.database.write_text("written by another process", "utf-8")
        server.stop()
        assert server.database.read_text("utf-8") == "written by another process"
        assert "Lovelace" in saved_elsewhere(server)
    finally:
        server.close()


@one_of_each
@pytest.mark.parametrize("existed", [True, False], ids=["an old file", "a new file"])
def test_a_database_that_cannot_be_saved_in_its_folder_is_saved_elsewhere(
    app: App, existed: bool, tmp_path: Path
):
    folder = tmp_path / "removed meanwhile"
    folder.mkdir()
    if existed:
        (folder / "x.json").write_text("{}", "utf-8")
    with running(app, EMBEDDED_DB=str(folder / "x.json")) as server:
        Person(server.url, "Ada", "Lovelace").sign_up()
        shutil.rmtree(folder)
        server.stop()
        assert "Traceback" not in server.printed
        assert "Lovelace" in saved_elsewhere(server)
