"""The story again, without JavaScript, on an app that is configured as in production."""

import pytest
from playwright.sync_api import expect

from tests.final.story.stage import Stage, Tab
from tools.people import PASSWORD, Person
from tools.servers import App, running


@pytest.fixture
def server(final: App):
    with running(final, PANEL="0", DEMO="0") as server:
        yield server


def test_everything_but_liveness_works_without_javascript(stage: Stage):
    stage.expects("400 POST /signup", "400.*/signup", "400 POST /account/", "400.*/account/")
    ada, grace = (stage.browser(java_script_enabled=False).open("/signup") for _ in range(2))
    hopper = Person(stage.url, "Grace", "Hopper")
    sign_up_with_mistakes(ada, Person(stage.url, "Ada", "Byron"))
    sign_up(grace, hopper)
    become_friends(ada, grace, hopper)
    write_reply_and_delete(ada, grace)
    read(ada)
    turn_pages(grace, hopper)
    change_the_account(ada)
    ada.go("/dashboard")
    expect_no_panel(ada)
    with_javascript = stage.browser(hopper).open()
    with_javascript.expect_name("Grace Hopper")
    expect_no_panel(with_javascript)


def expect_no_panel(tab: Tab) -> None:
    expect(tab.page.get_by_role("heading", name="Posts by you and your friends")).to_be_visible()
    expect(tab.page.locator("#panel")).to_have_count(0)
    expect(tab.page.get_by_role("button", name="Compare sessions")).to_have_count(0)


def sign_up(tab: Tab, person: Person) -> None:
    names = {"first_name": person.first_name, "last_name": person.last_name}
    tab.fill_in(**names, email=person.email, password=PASSWORD)
    tab.press("Sign up")
    expect(tab.page).to_have_title("Feed · Two Doors")


def sign_up_with_mistakes(tab: Tab, person: Person) -> None:
    tab.fill_in(first_name="Ada", last_name="Byron", email="ada@nowhere", password="short")
    tab.press("Sign up")
    tab.expect_problem("email", "An email address looks like ada@example.org.")
    tab.expect_problem("password", "A password has 8 to 200 characters.")
    sign_up(tab, person)


def become_friends(ada: Tab, grace: Tab, person: Person) -> None:
    ada.follow("Friends")
    ada.find("hop")
    ada.press("Add friend: Grace Hopper")
    ada.expect_said("Friend request sent to Grace Hopper.")
    ada.go("/friends")
    ada.press("Withdraw: Grace Hopper")
    ada.expect_said("You and Grace Hopper are no longer friends.")
    ada.go("/dashboard")
    ada.page.get_by_label("Friend's email").fill(person.email)
    ada.press("Add friend")
    ada.expect_said("Friend request sent to Grace Hopper.")
    grace.follow("Friends")  # no badge yet: this page is older than the request
    grace.press("Accept: Ada Byron")
    grace.expect_said("You and Ada Byron are now friends.")
    grace.expect_in("Your friends", "Ada Byron")


def write_reply_and_delete(ada: Tab, grace: Tab) -> None:
    ada.go("/dashboard")
    ada.write("A note on the engine.")
    ada.expect_said("Your comment is posted.")
    ada.write("One too many.")
    ada.delete("One too many.")
    ada.expect_said("It is deleted.")
    ada.expect_posts("A note on the engine.")
    ada.write("One more too many.")
    ada.entry("One more too many.").locator(".when").click()
    expect(ada.page).to_have_title("Ada Byron · Two Doors")
    ada.delete("One more too many.")
    ada.expect_said("It is deleted.")
    ada.expect_posts("A note on the engine.")
    grace.go("/dashboard")
    grace.expect_told("Ada Byron: A note on the engine.")
    grace.reply("A note on the engine.", "May I read it?")
    grace.expect_replies("A note on the engine.", "May I read it?")


def read(ada: Tab) -> None:
    ada.page.reload()
    ada.expect_unread(1)
    ada.follow("Notifications 1 unread")
    ada.press("Mark all as read")
    ada.expect_said("All read.")
    ada.expect_unread(0)
    ada.follow("Grace Hopper: May I read it?")
    ada.expect_replies("A note on the engine.", "May I read it?")


def change_the_account(ada: Tab) -> None:
    ada.follow("Account")
    ada.fill_in(first_name=" ")
    ada.press("Change name")
    ada.expect_problem("first_name", "A name has 1 to 50 characters.")
    ada.fill_in(first_name="Ada", last_name="Lovelace")
    ada.press("Change name")
    ada.expect_said("Your name is changed.")
    ada.fill_in(password_now="not her password", new_password="analytical engine")
    ada.press("Change password")
    ada.expect_problem("password_now", "This is not your password.")
    ada.fill_in(password_now=PASSWORD, new_password="analytical engine")
    ada.press("Change password")
    ada.expect_said("Your password is changed, and your other sessions have ended.")


def turn_pages(grace: Tab, person: Person) -> None:
    person.log_in()
    for n in range(20):
        person.post("/comments", {"text": f"Thought {n}."})
    grace.go("/dashboard")
    grace.expect_posts(*[f"Thought {n}." for n in reversed(range(20))])
    grace.follow("Older posts")
    grace.expect_posts("A note on the engine.")
    grace.press("Log out")
    expect(grace.page).to_have_title("Log in · Two Doors")
