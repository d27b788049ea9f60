"""The pages work with the keyboard alone, with a screen reader, and in other time zones."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from playwright.sync_api import Page, expect

from tests.final.story.stage import Stage, befriend

TOKYO = timezone(timedelta(hours=9))
FOCUSED = """() => {
  const { tagName, innerText, id } = document.activeElement;
  return `${tagName.toLowerCase()} ${id || innerText.trim()}`;
}"""


def test_the_keyboard_reaches_everything_and_writes(stage: Stage):
    ada = stage.person("Ada Lovelace")
    tab = stage.browser(ada).open()
    tab.expect_name("Ada Lovelace")
    way = [press(tab.page, "Tab") for _ in range(7)]
    assert way[0] == "a Skip to main content"
    expect(tab.page.get_by_text("Skip to main")).not_to_be_in_viewport()
    assert way[1:] == [
        "a Two Doors",
        "a Feed",
        "a Friends",
        "a bell",
        "a Account",
        "button Log out",
    ]

    tab.page.reload()
    tab.expect_name("Ada Lovelace")
    press(tab.page, "Tab")
    expect(tab.page.get_by_text("Skip to main")).to_be_in_viewport()
    assert press(tab.page, "Enter") == "main main"
    go_to(tab.page, "textarea comment")
    tab.page.keyboard.type("Written by keyboard.")
    assert press(tab.page, "Tab") == "button Post"
    press(tab.page, "Enter")
    tab.expect_posts("Written by keyboard.")

    go_to(tab.page, "summary Delete")
    press(tab.page, "Enter")
    assert press(tab.page, "Tab") == "button Delete for good"
    press(tab.page, "Enter")
    tab.expect_posts()
    # The focused button is gone, so the focus moves to the main content, not to the page's start.
    assert tab.page.evaluate(FOCUSED) == "main main"


def press(page: Page, key: str) -> str:
    """Press a key, and return which element has the focus then."""
    page.keyboard.press(key)
    return page.evaluate(FOCUSED)


def go_to(page: Page, element: str) -> None:
    for _ in range(40):
        if press(page, "Tab") == element:
            return
    pytest.fail(f"the Tab key does not lead to {element!r}")


def test_news_is_announced_politely_and_times_are_the_readers_own(stage: Stage):
    ada, grace = map(stage.person, ["Ada Lovelace", "Grace Hopper"])
    befriend(ada, grace)
    ada.post("/comments", {"text": "Long ago."})
    reader = stage.browser(grace, timezone_id="Asia/Tokyo", locale="en-GB", reduced_motion="reduce")
    tab = reader.open()
    tab.expect_name("Grace Hopper")
    later = (datetime.now(UTC) + timedelta(days=2)).isoformat()  # as if the page stayed open
    tab.page.evaluate(
        "now => document.dispatchEvent(new CustomEvent('now', { detail: now }))", later
    )
    time = tab.page.locator(".thread time")
    written = datetime.fromisoformat(time.get_attribute("datetime"))
    local = written.astimezone(TOKYO)
    expect(time).to_have_text(f"{local.day} {local:%b %Y, %H:%M}")
    expect(tab.page.locator("#notifications li")).to_have_attribute(
        "data-when", time.text_content()
    )

    ada.post("/comments", {"text": "Now."})
    tab.expect_told("Ada Lovelace: Now.", "Ada Lovelace: Long ago.")
    tab.expect_toasts("New from Ada Lovelace")
    politely = {
        "#toasts": ("role", "log"),
        "#connection": ("role", "status"),
        "#connection-reason": ("aria-live", "polite"),
        "#turned-away": ("role", "alert"),
        "#last-wave": ("aria-live", "polite"),
    }
    for element, attribute in politely.items():
        expect(tab.page.locator(element)).to_have_attribute(*attribute)
    for form in tab.page.locator("form[data-live]").all():
        expect(form.locator("output")).to_have_count(1)  # an <output> has the role status


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_nothing_moves_for_users_who_prefer_reduced_motion(stage: Stage, motion: str):
    ada, grace = map(stage.person, ["Ada Lovelace", "Grace Hopper"])
    befriend(ada, grace)
    tab = stage.browser(grace, reduced_motion=motion).open("/account")
    tab.expect_name("Grace Hopper")
    ada.post("/comments", {"text": "Now."})
    tab.expect_toasts("New from Ada Lovelace")
    name = tab.page.evaluate(
        "getComputedStyle(document.querySelector('#toasts').appendChild("
        "document.createElement('a'))).animationName"
    )
    assert (name == "none") == (motion == "reduce")
