"""The answers to exercises that are code. Each fits its step, and does what the text says."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.edits import apply
from tools.folders import ROOT, copy_of
from tools.people import Person, Socket
from tools.servers import App, Server, running
from tools.story import Story
from tools.tutorial.pieces import TRIED_OUT


@pytest.fixture
def server(request, tmp_path: Path) -> Iterator[Server]:
    """A running app: the step of an exercise, with the answer added."""
    answer = TRIED_OUT[request.param]
    folder = copy_of(ROOT / "steps" / answer["step"], tmp_path / "my-app")
    apply(answer["edits"], folder)
    with running(App(request.param, int(answer["step"][:2]), folder)) as server:
        yield server


@pytest.mark.parametrize("server", ["01-visits"], indirect=True)
def test_visits_are_counted_and_the_cookie_stays_what_it_is(ada: Person):
    before = ada.cookie
    for visits in 1, 2:
        ada.get("/dashboard")
        assert ada.get("/session").json()["data"]["visits"] == visits
    assert ada.cookie == before


@pytest.mark.parametrize("server", ["02-whoami"], indirect=True)
def test_the_page_can_ask_who_it_is(ada: Person):
    socket = Socket(ada)
    name = socket.call("whoami")
    socket.close()
    assert name == ada.full_name


@pytest.mark.parametrize("server", ["02-presses"], indirect=True)
def test_a_route_sees_what_a_socket_has_counted(ada: Person):
    for presses in 1, 2:
        socket = Socket(ada)
        assert socket.call("press") == presses
        socket.close()
        assert ada.get("/session").json()["data"]["presses"] == presses


@pytest.mark.parametrize("server", ["04-author-too"], indirect=True)
def test_the_author_is_told_too(ada: Person):
    sockets = [Socket(ada), Socket(ada)]
    comment = ada.post("/comments", {"text": "Hello"}).json()
    told = [socket.wait_for("comment") for socket in sockets]
    for socket in sockets:
        socket.close()
    assert told == [comment, comment]


def test_a_double_click_is_tested_in_a_browser(tmp_path: Path, request):
    answer = TRIED_OUT["05-double-click"]
    folder = copy_of(ROOT / "steps" / answer["step"], tmp_path / "my-app")
    apply(answer["edits"], folder)
    outcome = Story(folder, [], request.config.option.patience).on_own_app()
    assert outcome.is_good, outcome.message
    assert any("test_a_double_click" in test for test in outcome.passed)
