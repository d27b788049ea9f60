"""The store for an app without MongoDB."""

import importlib
import sys
from pathlib import Path

import pytest

from tests.take_home import apps

DAY = 24 * 60 * 60


@pytest.fixture
def session_class(tmp_path: Path, monkeypatch):
    """Return the class Session of an app with SQLite."""
    apps.after("flask_sock", tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    for name in "session", "session_store", "sqlite_session_store":
        monkeypatch.delitem(sys.modules, name, raising=False)
    return importlib.import_module("session").Session


@pytest.fixture
def make_store(session_class, tmp_path: Path):
    return importlib.import_module("sqlite_session_store").SqliteSessionStore


def test_a_session_is_stored_loaded_and_destroyed(session_class, make_store, tmp_path: Path):
    store = make_store(tmp_path / "sessions.db", DAY)
    session = session_class(store)
    session["name"] = "Ada"
    session.save()
    again = session_class(store, session.sid)
    assert (again, again.last_modified, again.expires) == (
        {"name": "Ada"},
        session.last_modified,
        session.expires,
    )
    again["name"] = "Grace"
    again.save()
    assert session.reload() == {"name": "Grace"}
    again.destroy()
    assert session.reload() == {}


def test_a_late_save_does_not_bring_a_session_back(session_class, make_store, tmp_path: Path):
    store = make_store(tmp_path / "sessions.db", DAY)
    session = session_class(store)
    session["name"] = "Ada"
    session.save()
    late = session.reload()
    session.destroy()
    late["name"] = "Grace"
    late.save()
    assert late.reload() == {}
    assert not late.cookie_is_due


def test_a_session_that_has_expired_is_gone(session_class, make_store, tmp_path: Path):
    expired = make_store(tmp_path / "sessions.db", -1)
    session = session_class(expired)
    session["name"] = "Ada"
    session.save()
    assert session.reload() == {}
