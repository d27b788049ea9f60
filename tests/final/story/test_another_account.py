"""The story, chapter 7: a page stays open while the browser changes hands (G28).

Grace's page goes offline. In a second tab of the same browser she logs out, and Alan logs in.
"""

import re

import pytest
from playwright.sync_api import Route, WebSocketRoute, expect

from tests.final.story.stage import Browser, Stage, Tab, befriend
from tools.people import Person

NOTICE = "This page belongs to another account"
NOT_SENT = f"{NOTICE}, so this"  # ... wasn't sent
SUBMIT = "form => form.requestSubmit()"  # as a click does, even if the page has disabled the form


@pytest.fixture
def people(stage: Stage) -> list[Person]:
    """Return Grace, Alan and Ada. Both Grace and Alan are friends of Ada."""
    grace, alan, ada = map(stage.person, ["Grace Hopper", "Alan Turing", "Ada Lovelace"])
    befriend(ada, grace, alan)
    ada.post("/comments", {"text": "A note on the engine."})
    return [grace, alan, ada]


def changes_hands(browser: Browser, alan: Person, is_connected: bool = True) -> Tab:
    """Log out in a second tab, and log in there as Alan. Return that tab."""
    second = browser.open("/friends")
    second.press("Log out")
    second.log_in(alan)
    if is_connected:
        second.expect_name("Alan Turing")
    second.go("/friends")
    return second


def left_open(stage: Stage, people: list[Person], path: str) -> tuple[Tab, Tab]:
    """Return Grace's disconnected tab, and the tab in which Alan has logged in since then."""
    stage.expects("ERR_INTERNET_DISCONNECTED")
    grace, alan, _ = people
    browser = stage.browser(grace)
    tab = browser.open(path)
    tab.expect_name("Grace Hopper")
    tab.go_offline()
    return tab, changes_hands(browser, alan)


def test_g28_the_account_page_renames_nobody_else(stage: Stage, people: list[Person]):
    account, other = left_open(stage, people, "/account")
    account.come_back()
    account.expect_of_another()
    account.page.locator("form[action='/account/name']").evaluate(SUBMIT)
    account.expect_said(NOT_SENT)
    other.expect_name("Alan Turing")
    assert 'value="Alan"' in people[1].get("/account").text

    account.follow("Reload")
    account.expect_name("Alan Turing")
    expect(account.field("first_name")).to_have_value("Alan")
    account.fill_in(last_name="Mathison Turing")
    account.press("Change name")
    other.expect_name("Alan Mathison Turing")


def test_g28_a_comment_is_not_posted_under_the_new_name(stage: Stage, people: list[Person]):
    feed, other = left_open(stage, people, "/dashboard")
    feed.fill_in(comment="Dear Ada, this is Grace.")
    feed.come_back()
    feed.expect_of_another()
    feed.page.locator("#composer").evaluate(SUBMIT)
    feed.expect_said(NOT_SENT)
    expect(feed.field("comment")).to_have_value("Dear Ada, this is Grace.")
    other.go("/dashboard")
    other.expect_posts("A note on the engine.")
    other.write("Hello from Alan.")  # a marker: Grace's comment would have come first
    other.expect_posts("Hello from Alan.", "A note on the engine.")
    feed.expect_of_another()
    feed.expect_posts("A note on the engine.")

    feed.follow("Reload")
    feed.expect_name("Alan Turing")
    expect(feed.field("comment")).to_be_empty()


def test_g28_nobody_is_asked_under_the_new_name(stage: Stage, people: list[Person]):
    admiral = stage.person("Ada Admiral")
    friends, _ = left_open(stage, people, f"/friends?q={admiral.email}")
    friends.come_back()
    friends.expect_of_another()
    for form in friends.page.locator("#people form[method=post]").all():  # add or remove friend
        form.evaluate(SUBMIT)
        friends.expect_said(NOT_SENT)
    assert "Alan" not in admiral.get("/friends").text
    assert "Alan Turing" in people[2].get("/friends").text
    friends.expect_in("Your friends", "Ada Lovelace")


def test_g28_notifications_are_not_read_for_somebody_else(stage: Stage, people: list[Person]):
    inbox, other = left_open(stage, people, "/notifications")
    inbox.page.bring_to_front()  # a page in front can mark notifications as read
    inbox.come_back()
    inbox.expect_of_another()
    inbox.page.locator("form[action='/notifications/read']").evaluate(SUBMIT)
    inbox.expect_said(NOT_SENT)
    other.page.reload()
    other.expect_unread(1)
    people[2].post("/comments", {"text": "For Alan alone."})
    other.expect_unread(2)  # a marker: the new comment has arrived
    inbox.expect_gone("For Alan alone.")
    inbox.follow("Reload")
    inbox.expect_told("Ada Lovelace: For Alan alone.", "Ada Lovelace: A note on the engine.")


def with_silent_socket(browser: Browser) -> Tab:
    """Return a new tab whose socket never gets an answer."""
    tab = Tab(browser.context.new_page())
    tab.page.route("**/socket.io/?*", lambda route: None)
    tab.page.route_web_socket("**/socket.io/*", lambda socket: None)
    return tab


@pytest.mark.parametrize("ask", ["Mark all as read", "Older"])
def test_g28_a_page_whose_socket_is_blocked_stops_at_its_next_request(
    stage: Stage, people: list[Person], ask: str
):
    """The page hears nothing over its socket, but the app refuses its request, like a form."""
    stage.expects("status of 409", "409 (GET|POST) /notifications")
    grace, alan, ada = people
    for n in range(30):
        ada.post("/comments", {"text": f"Thought {n}."})
    browser = stage.browser(grace, viewport={"width": 900, "height": 300})
    tab = with_silent_socket(browser)
    # The page would mark notifications as read at any moment, even while no one is logged in.
    tab.page.route("**/notifications/read", lambda route: route.fulfill(json={"unread": 30}))
    tab.go("/notifications")
    shown = tab.page.locator("#notifications > li")
    expect(shown).to_have_count(20)
    changes_hands(browser, alan)
    tab.page.unroute("**/notifications/read")
    if ask == "Older":
        tab.page.locator("#older").evaluate("link => link.click()")
    else:
        tab.page.locator("form[action='/notifications/read']").evaluate(SUBMIT)
    tab.expect_of_another()
    expect(shown).to_have_count(20)
    assert tab.page.url.endswith("/notifications"), "it hasn't opened a page of Alan's"


# If the server doesn't learn whose page it is, the page notices answers for another user.


def test_g28_a_page_that_hears_another_users_name_stops(stage: Stage, people: list[Person]):
    stage.expects("ERR_INTERNET_DISCONNECTED")
    grace, alan, _ = people
    browser = stage.browser(grace)
    tab = Tab(browser.context.new_page())
    tab.page.route_web_socket("**/socket.io/*", without_auth)
    tab.go("/account")
    tab.expect_name("Grace Hopper")
    tab.go_offline()
    second = changes_hands(browser, alan)
    tab.come_back()
    tab.expect_of_another()
    second.go("/dashboard")
    second.expect_tabs(1)


def without_auth(socket: WebSocketRoute) -> None:
    server = socket.connect_to_server()
    socket.on_message(lambda sent: server.send("40" if sent.startswith("40{") else sent))


def test_g28_a_page_that_fetches_another_users_page_stops(stage: Stage, people: list[Person]):
    grace, alan, ada = people
    for n in range(30):
        ada.post("/comments", {"text": f"Thought {n}."})
    browser = stage.browser(grace)
    tab = with_silent_socket(browser)
    tab.page.route("**/dashboard?before=*", without_header)
    tab.page.route("**/notifications/read", lambda route: route.fulfill(json={"unread": 30}))
    tab.go("/dashboard")
    tab.expect_posts(*[f"Thought {n}." for n in reversed(range(10, 30))])
    changes_hands(browser, alan)
    tab.page.locator("#older").scroll_into_view_if_needed()
    tab.expect_of_another()
    tab.expect_posts(*[f"Thought {n}." for n in reversed(range(10, 30))])


def without_header(route: Route) -> None:
    headers = route.request.headers
    del headers["x-page-user"]
    route.continue_(headers=headers)


@pytest.mark.parametrize("path", ["/dashboard", "/account", "/friends", "/notifications"])
def test_g28_plain_forms_do_nothing_under_the_new_name(
    stage: Stage, people: list[Person], path: str
):
    stage.expects("409 POST", "status of 409")
    grace, alan, _ = people
    browser = stage.browser(grace, java_script_enabled=False)
    tab = browser.open(path)
    forms = tab.page.locator("form[method=post]")
    tabs = [tab, *(browser.open(path) for _ in range(forms.count() - 1))]  # one for each form
    second = changes_hands(browser, alan, is_connected=False)
    before = all_of(alan)
    for n, tab in enumerate(tabs):
        form = tab.page.locator("form[method=post]").nth(n)
        for box in form.locator("input:not([type=hidden]), textarea").all():
            box.evaluate("box => { box.value = 'typed@example.org'; }")
        with tab.page.expect_navigation():
            form.evaluate(SUBMIT)
        expect(tab.page.get_by_role("alert")).to_contain_text(NOTICE)
        tab.follow("Back to the home page")
        expect(tab.page).to_have_title("Feed · Two Doors")  # Alan's feed: he's still logged in
    assert all_of(alan) == before
    second.page.reload()
    second.expect_in("Your friends", "Ada Lovelace")


def all_of(person: Person) -> list[str]:
    """Return the HTML of this person's pages, without the times."""
    pages = [person.get(path).text for path in ("/dashboard", "/account", "/friends")]
    return [re.sub(r'<time.*?</time>|data-now="[^"]*"', "", page) for page in pages]
