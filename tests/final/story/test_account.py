"""The story, chapter 1: people sign up, log in from several browsers, and leave."""

from playwright.sync_api import expect

from tests.final.story.stage import Stage, befriend
from tools.people import PASSWORD, Person

DAY = 24 * 60 * 60  # seconds


def test_a_log_out_closes_the_tabs_of_that_browser_and_no_others(stage: Stage):
    stage.expects("400 POST /signup", "400.*/signup", "401 POST /login", "401.*/login")
    ada = Person(stage.url, "Ada", "Lovelace")
    home, phone = stage.browser(), stage.browser()

    first = home.open("/signup")
    first.fill_in(first_name="Ada", last_name="Lovelace", email="ada@nowhere", password="short")
    first.press("Sign up")
    first.expect_problem("email", "An email address looks like ada@example.org.")
    first.expect_problem("password", "A password has 8 to 200 characters.")
    expect(first.field("first_name")).to_have_value("Ada")
    first.fill_in(email=ada.email, password=PASSWORD)
    first.press("Sign up")
    first.expect_name("Ada Lovelace")
    second, third = home.open_all("/dashboard", "/dashboard")

    kept = phone.open("/dashboard")  # leads to the login page first
    kept.log_in(ada, password="not her password")
    kept.expect_said("Email or password is wrong.")
    kept.log_in(ada, keep=True)
    for tab in (first, second, third, kept):
        tab.expect_name("Ada Lovelace")
        tab.expect_tabs(4)
    assert phone.cookie["expires"] - home.cookie["expires"] > 28 * DAY

    second.expect_compared()
    second.press("Log out")
    expect(second.page.get_by_role("heading", name="Log in")).to_be_visible()
    for tab in (first, third):
        tab.expect_turned_away()
    kept.expect_name("Ada Lovelace")
    kept.expect_tabs(1)

    third.follow("Log in again")
    third.log_in(ada)
    third.expect_name("Ada Lovelace")
    kept.expect_tabs(2)


def test_the_account_is_changed_and_other_browsers_hear_of_it_at_once(stage: Stage):
    stage.expects("400 POST /account/", "400.*/account/", "401 POST /login", "401.*/login")
    ada = stage.person("Ada Byron")
    home, phone = stage.browser(ada), stage.browser()
    account, feed = home.open_all("/account", "/dashboard")
    kept = phone.open("/")
    kept.log_in(ada, keep=True)
    kept.expect_name("Ada Byron")

    account.fill_in(first_name=" ")
    account.press("Change name")
    account.expect_problem("first_name", "A name has 1 to 50 characters.")
    account.fill_in(first_name="Ada", last_name="Lovelace")
    account.press("Change name")
    account.expect_said("Your name is changed.")
    for tab in (account, feed, kept):
        tab.expect_name("Ada Lovelace")

    account.page.reload()
    sessions = account.page.locator("#sessions > li")
    expect(sessions).to_have_count(2)
    expect(sessions.filter(has_text="this browser")).to_contain_text("2 tabs open")
    sessions.get_by_role("button", name="End").click()
    kept.expect_turned_away()
    account.expect_said("That session has ended.")
    expect(sessions).to_have_count(1)
    feed.expect_name("Ada Lovelace")

    kept.follow("Log in again")
    kept.log_in(ada)
    kept.expect_name("Ada Lovelace")
    account.fill_in(password_now="not her password", new_password="analytical engine")
    account.press("Change password")
    account.expect_problem("password_now", "This is not your password.")
    account.fill_in(password_now=PASSWORD)
    account.press("Change password")
    account.expect_said("Your password is changed, and your other sessions have ended.")
    kept.expect_turned_away()
    account.expect_name("Ada Lovelace")

    kept.follow("Log in again")
    kept.log_in(ada)
    kept.expect_said("Email or password is wrong.")
    kept.log_in(ada, password="analytical engine")
    kept.expect_name("Ada Lovelace")


def test_deleting_an_account_deletes_everything_of_its_user(stage: Stage):
    stage.expects("400 POST /account/delete", "400.*/account/", "401 POST /login", "401.*/login")
    ada, grace, alan = map(stage.person, ["Ada Lovelace", "Grace Hopper", "Alan Turing"])
    befriend(ada, grace, alan)
    of_ada = ada.post("/comments", {"text": "A note on the engine."}).json()["id"]
    grace.post("/comments", {"text": "May I read it?", "post": of_ada})
    of_grace = grace.post("/comments", {"text": "There was a moth in it."}).json()["id"]
    ada.post("/comments", {"text": "Poor moth!", "post": of_grace})

    account, feed = stage.browser(ada).open_all("/account", "/dashboard")
    hers, friends = stage.browser(grace).open_all("/dashboard", "/friends")
    his = stage.browser(alan).open()
    hers.expect_posts("There was a moth in it.", "A note on the engine.")
    friends.expect_in("Your friends", "Ada Lovelace")
    his.expect_told("Ada Lovelace: A note on the engine.")
    for tab in (hers, friends):
        tab.expect_name("Grace Hopper")
    his.expect_name("Alan Turing")

    account.page.get_by_text("Delete your account").click()
    delete = account.page.locator("form[action='/account/delete']")
    delete.get_by_label("Password").fill("not her password")
    account.press("Delete my account")
    expect(delete.get_by_label("Password")).to_have_accessible_description(
        "This is not your password."
    )
    delete.get_by_label("Password").fill(PASSWORD)
    account.press("Delete my account")

    feed.expect_turned_away()
    expect(friends.section("Your friends")).to_contain_text("You have no friends here yet.")
    hers.expect_posts("There was a moth in it.")
    hers.expect_replies("There was a moth in it.")
    hers.expect_told()
    his.expect_told()
    his.expect_posts()

    account.log_in(ada)
    account.expect_said("Email or password is wrong.")
    friends.find(ada.email)
    expect(friends.section("Search results")).to_contain_text("No one here")
