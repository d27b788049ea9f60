"""The story, chapter 6: events get lost, and the pages find out the current state (G26).

As if Redis were unavailable, the app stores everything, but no event reaches the pages.
"""

import pytest
import requests
from playwright.sync_api import expect

from tests.final.guarantees.probed import running_with
from tests.final.story.stage import Stage, befriend
from tools.people import eventually

# To save time, a page does each second what it normally does every 25 seconds.
HURRIED = "setInterval = ((set) => (call, ms) => set(call, ms === 25_000 ? 1000 : ms))(setInterval)"


@pytest.fixture(scope="module")
def server():
    with running_with("lost", DEMO="0") as server:
        yield server


@pytest.mark.parametrize("how", ["look", "wait"])
def test_g26_a_page_finds_lost_changes_when_it_asks(stage: Stage, how: str):
    """A page asks when the server says that events may be lost, and also at regular intervals."""
    ada, grace, alan = map(stage.person, ["Ada Lovelace", "Grace Hopper", "Alan Turing"])
    befriend(ada, grace, alan)
    deleted = grace.post("/comments", {"text": "To be deleted."}).json()["id"]
    browser = stage.browser(ada)
    if how == "wait":
        browser.context.add_init_script(HURRIED)
    feed, friends = browser.open_all("/dashboard", "/friends")
    graces = stage.browser(grace).open("/account")
    feed.expect_in("Friends online", "Grace Hopper")
    feed.expect_told("Grace Hopper: To be deleted.")
    feed.expect_tabs(2)

    requests.post(f"{stage.url}/probe/lose", timeout=30)
    grace.post("/comments", {"text": "Not heard of."})
    grace.post(f"/comments/{deleted}/delete")
    ada.post("/account/name", {"first_name": "Augusta", "last_name": "King"})
    adas_id = alan.post("/friends", {"email": ada.email}).json()["friend"]["id"]
    alan.post(f"/friends/{adas_id}/end")
    graces.close()
    stage.browser(alan).open("/account")
    third = browser.open("/notifications")
    lost = {"comment", "removed", "profile", "friends", "presence", "sockets"}
    assert eventually(lambda: set(what_was_lost(stage)) >= lost, 20)
    requests.post(f"{stage.url}/probe/{how}", timeout=30)

    for tab in feed, friends, third:
        tab.expect_name("Augusta King")
    feed.expect_told("Grace Hopper: Not heard of.")
    feed.expect_gone("To be deleted.")
    feed.expect_tabs(3)
    expect(feed.section("Friends online")).to_contain_text("No friends are online now.")
    friends.expect_in("Your friends", "Grace Hopper")
    expect(friends.section("Your friends").locator(".presence")).to_have_text("offline")


def what_was_lost(stage: Stage) -> list[str]:
    return requests.get(f"{stage.url}/probe/lost", timeout=30).json()
