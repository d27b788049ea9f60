"""The story, chapter 5: the developer's panel shows how the parts fit together."""

import json

from playwright.sync_api import expect

from tests.final.story.stage import Stage, Tab, befriend


def test_the_panel_shows_both_sessions_the_rooms_the_sockets_and_what_travels(stage: Stage):
    ada, grace = map(stage.person, ["Ada Lovelace", "Grace Hopper"])
    befriend(ada, grace)
    phone = ada.elsewhere()
    phone.log_in()
    one, other = stage.browser(ada).open_all("/dashboard", "/dashboard")
    kept = stage.browser(phone).open()
    for tab in (one, other, kept):
        tab.expect_tabs(3)
        expect(items(tab, "Sockets")).to_have_count(3)
        expect(items(tab, "Sockets").filter(has_text="this tab")).to_have_count(1)
        tab.expect_compared()
    # The user's room, and one for each of the two sessions.
    expect(items(one, "Rooms")).to_contain_text(["session:", "session:", "user:"])

    shown = [compare(tab) for tab in (one, other, kept)]
    for request, socket in shown:
        assert (request["id"], request["data"]) == (socket["id"], socket["data"])
    ids = [request["id"] for request, _ in shown]
    assert ids[0] == ids[1] != ids[2]
    assert ada.cookie not in one.page.content(), "the page shows only fingerprints"

    one.press("Wave")
    one.expect_said("Waved at 3 of your tabs.")
    for tab in (one, other, kept):
        expect(tab.page.get_by_text("Ada Lovelace waves.")).to_be_visible()
        expect(items(tab, "Events").first).to_have_text("wave {from}")
    grace.post("/comments", {"text": "Not told by the panel."})
    expect(items(kept, "Events").first).to_have_text("comment {id, author, text, createdAt}")
    expect(items(kept, "Events").filter(has_text="Not told by the panel.")).to_have_count(0)


def items(tab: Tab, name: str):
    return tab.page.get_by_role("list", name=name).get_by_role("listitem")


def compare(tab: Tab) -> list[dict]:
    """Return the session as a request sees it, and as the socket sees it."""
    tab.press("Compare sessions")
    boxes = [tab.page.locator(f"#{side}-session") for side in ("request", "socket")]
    for box in boxes:
        expect(box).not_to_be_empty()
    return [json.loads(box.text_content()) for box in boxes]
