"""The demo: each scene can be played, and its traffic shows what the step teaches."""

import re

import pytest
from PIL import Image
from playwright.sync_api import Browser

from tools import programs
from tools.demo import __main__ as demo
from tools.demo.album import write_animated
from tools.demo.play import record
from tools.mongod import find_program

ADA, GRACE, ALAN = "Ada Lovelace", "Grace Hopper", "Alan Turing"


def like(pattern: str, lines: list[str]) -> list[re.Match]:
    """Return the matches of this pattern at the beginning of the lines."""
    return [found for line in lines if (found := re.match(pattern, line))]


def test_01_an_old_cookie_is_worth_nothing_and_every_recording_is_the_same(browser: Browser):
    frames, again = record("01", browser), record("01", browser)
    [page, refused] = like(r"→ GET /dashboard · session (\w+)…  ← (.*)", frames[-1].travelled[ADA])
    assert page[1] == refused[1]
    assert (page[2], refused[2]) == ("200", "302 to /?next=/dashboard")
    assert "request session {" in frames[1].source
    assert [frame.source for frame in again] == [frame.source for frame in frames]


def test_02_both_doors_show_the_same_session_also_after_a_restart(browser: Browser):
    frames = record("02", browser)
    lines = frames[-1].travelled[ADA]
    [request] = like(r'→ GET /session · .* ← 200 {"id": "(\w+)…"', lines)
    [socket] = like(r'→ session · from socket .* ← {"id": "(\w+)…"', lines)
    connected = like(r"→ connect · session (\w+)…  ← socket (.+)", lines)
    assert {request[1], socket[1]} == {each[1] for each in connected}
    assert len({each[2] for each in connected}) == 2
    assert like(f"✕ socket {connected[0][2]} is closed", frames[2].travelled[ADA])


def test_03_a_wave_reaches_three_sockets_of_one_session(browser: Browser):
    frames = record("03", browser)
    tabs = frames[-1].travelled.values()
    connected = [like(r"→ connect · session (\w+)…  ← socket (.+)", lines)[0] for lines in tabs]
    waves = [like(r"← wave .* · to socket (.+)", lines)[0] for lines in tabs]
    assert len({each[1] for each in connected}) == 1
    assert [each[1] for each in waves] == [each[2] for each in connected]
    assert len({each[1] for each in waves}) == 3
    closed = [like(r"← disconnect · to socket (.+)", lines) for lines in tabs]
    assert [len(each) for each in closed] == [0, 1, 1]  # the first tab has left the page


def test_05_a_comment_travels_to_both_tabs_and_a_logout_closes_the_other_one(browser: Browser):
    travelled = record("05", browser)[-1].travelled
    tabs = [travelled[GRACE], travelled["Grace's second tab"]]
    comments = [like(r"← comment .* · to socket (.+)", lines) for lines in travelled.values()]
    assert [len(each) for each in comments] == [0, 1, 1, 0]
    connected = [like(r"→ connect · session (\w+)…  ← socket (.+)", lines)[0] for lines in tabs]
    assert connected[0][1] == connected[1][1]
    assert connected[0][2] != connected[1][2]
    assert [len(like("← disconnect ", lines)) for lines in tabs] == [0, 1]


def test_06_both_tabs_ask_for_what_they_have_missed_and_are_told_what_is_read(browser: Browser):
    frames = record("06", browser)
    tabs = [lines for name, lines in frames[-1].travelled.items() if name != ADA]
    assert len(tabs) == 2
    for lines in tabs:
        assert like("← comment ", lines) == []
        assert len(like(r"→ connect · ", lines)) == 2
        assert len(like(r'→ notifications .* ← {.*"unread": 3}', lines)) == 2
        assert len(like(r'← read {.*"unread": 0', lines)) == 1
    assert [len(like("→ POST /notifications/read ", lines)) for lines in tabs] == [1, 0]


@pytest.mark.skipif(
    not (find_program() and programs.find("redis-server")),
    reason=f"two processes need MongoDB and Redis: {programs.how_to_get(['redis-server'])}",
)
def test_07_what_redis_does_not_bring_the_page_asks_for(browser: Browser):
    frames = record("07", browser)
    lines = frames[-1].travelled[GRACE]
    heard = [each[1] for each in like(r'← comment .*"text": "(Note .)', lines)]
    assert heard == ["Note A", "Note C"], lines
    assert "Note B on the engine." in frames[-1].source.partition(GRACE)[2]


@pytest.mark.parametrize("step", ["04", "final"])
def test_04_a_comment_travels_to_the_friend_and_not_to_the_stranger(
    step: str, browser: Browser, tmp_path
):
    frames = record(step, browser)
    travelled = frames[-1].travelled
    assert len(like(r"→ POST /comments · session \w+…  ← 201 ", travelled[ADA])) == 1
    comments = {name: len(like("← comment ", lines)) for name, lines in travelled.items()}
    assert comments == {ADA: 0, GRACE: 1, ALAN: 0}
    assert len(like("← wave ", travelled[ALAN])) == 1

    write_animated(tmp_path / "story.gif", frames)
    with Image.open(tmp_path / "story.gif") as picture:
        assert picture.n_frames == len(frames)
        assert picture.info["loop"] == 0  # forever


def test_a_demo_of_an_app_with_a_mistake_ends_with_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "app.py").touch()
    monkeypatch.setattr("sys.argv", ["demo", "--step", "04", "--app", str(tmp_path), "--headless"])

    def fail(*_, **__):
        raise AssertionError("Locator expected to have text 'Ada'\nCall log:\n  - waiting")

    monkeypatch.setattr(demo, "record", fail)
    with pytest.raises(SystemExit) as end:
        demo.main()
    assert str(end.value) == (
        "The story stops here, because your app didn't do what comes next:\n"
        "Locator expected to have text 'Ada'\n"
        f"The checks say more: make check-04 APP={tmp_path}"
    )
