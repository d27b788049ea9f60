"""The story: Ada writes, her friend Grace sees it in all tabs, and the stranger Alan doesn't."""

from playwright.sync_api import Locator, Page, expect


def notifications(page: Page) -> Locator:
    return page.get_by_role("list", name="Notifications").get_by_role("listitem")


def test_a_friend_sees_the_comment_and_nobody_else_does(person):
    ada, grace, alan = person("Ada Lovelace"), person("Grace Hopper"), person("Alan Turing")
    ada.befriend(grace)
    ada.write("My note is finished.")
    expect(notifications(grace.page)).to_have_text(["Ada Lovelace: My note is finished."])
    for other in alan, ada:
        other.wave()  # the wave comes after the comment, which would be there by now
        expect(notifications(other.page)).to_have_count(0)
        other.page.reload()  # shows all that is stored for them
        expect(notifications(other.page)).to_have_count(0)


def test_every_tab_of_a_friend_shows_a_comment_once(person):
    ada, grace = person("Ada Lovelace"), person("Grace Hopper")
    ada.befriend(grace)
    second_tab = grace.open_tab()
    ada.write("First.")
    ada.write("Last.")  # once it's there, all copies of the first one are there
    for tab in grace.page, second_tab:
        expect(notifications(tab)).to_have_text(["Ada Lovelace: Last.", "Ada Lovelace: First."])


def test_logging_out_in_one_tab_closes_the_other_one_too(person):
    grace = person("Grace Hopper")
    second_tab = grace.open_tab()
    expect(second_tab.locator("#full-name")).to_have_text("Grace Hopper")
    grace.page.get_by_role("button", name="Log out").click()
    expect(second_tab.get_by_text("You are logged out.")).to_be_visible()
    expect(second_tab.get_by_text("disconnected", exact=True)).to_be_visible()
    expect(second_tab.locator("#full-name")).to_be_empty()
