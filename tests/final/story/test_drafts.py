"""The story, between chapters: half-typed text survives interruptions (G31)."""

import re

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.final.story.stage import Stage, Tab, befriend
from tests.final.story.test_feed import scroll_to_the_end
from tools.people import PASSWORD, Person

LOG_IN_FIRST = "Please log in first."
NO_ANSWER = "The server didn't answer. Please try again."
ACTIONS = re.compile("/comments$|/account/name$")
SELECTION = "() => getSelection().toString()"
REFUSE_STORAGE = """
Object.defineProperty(window, "sessionStorage", { get() { throw new DOMException("no"); } });
"""


class Writer:
    """A person who has a post to reply to, and starts to type in every field."""

    def __init__(self, stage: Stage):
        self.person = stage.person("Ada Lovelace")
        self.post = self.person.post("/comments", {"text": "A first note."}).json()["id"]
        self.drafts = {
            ("/dashboard", "Comment"): "A note on the\nengine, half",
            ("/dashboard", "Reply to Ada Lovelace"): "May I read",
            ("/dashboard", "Friend's email"): "grace@exam",
            ("/friends", "Find people by name or email"): "Hopp",
            ("/account", "First name"): "Augus",
            ("/account", "Last name"): "Ki",
        }

    def type_everywhere(self, tab: Tab) -> None:
        for (path, label), text in self.drafts.items():
            open_page(tab, path)
            field(tab, label).fill(text)

    def expect_drafts(self, tab: Tab) -> None:
        for (path, label), text in self.drafts.items():
            open_page(tab, path)
            expect(field(tab, label)).to_have_value(text)
        tab.go(f"/posts/{self.post}")
        reply = self.drafts["/dashboard", "Reply to Ada Lovelace"]
        expect(field(tab, "Reply to Ada Lovelace")).to_have_value(reply)

    def expect_none(self, tab: Tab) -> None:
        """Expect no drafts: each field has the value that the server gave it."""
        for path, label in self.drafts:
            open_page(tab, path)
            name = tab.page.locator("#full-name").inner_text().split()
            filled_in = {"First name": name[0], "Last name": name[1]}
            expect(field(tab, label)).to_have_value(filled_in.get(label, ""))


def open_page(tab: Tab, path: str) -> None:
    """Open this page unless the tab shows it already. Wait until its socket is connected."""
    if not tab.page.url.endswith(path):
        tab.go(path)
    expect(tab.page.locator("#connection")).to_have_text("connected")
    expect(tab.page.locator("#full-name")).not_to_be_empty()


def field(tab: Tab, label: str) -> Locator:
    return tab.page.get_by_label(label, exact=True)


def values(tab: Tab) -> list[str]:
    """Return the values of the fields on the page."""
    fields = tab.page.locator("main :is(input, textarea)")
    return fields.evaluate_all("fields => fields.map(({ value }) => value)")


@pytest.fixture
def writer(stage: Stage) -> Writer:
    return Writer(stage)


def end_elsewhere(stage: Stage, person: Person) -> None:
    """From another browser, end the session that this person opened with `requests`."""
    elsewhere = stage.browser().open("/account")
    elsewhere.log_in(person)
    elsewhere.press("End: Another program")
    elsewhere.expect_said("That session has ended.")
    person.log_in()


@pytest.fixture
def tab(stage: Stage, writer: Writer) -> Tab:
    """Return the writer's tab, in their only session."""
    return stage.browser(writer.person).open()


def test_g31_drafts_survive_a_reload_and_other_pages(writer: Writer, tab: Tab):
    writer.type_everywhere(tab)
    writer.expect_drafts(tab)
    tab.page.reload()
    tab.go("/dashboard")
    tab.page.reload()
    tab.follow("Account")
    tab.follow("Feed")
    writer.expect_drafts(tab)


def test_g31_drafts_survive_the_end_of_the_session(stage: Stage, writer: Writer, tab: Tab):
    writer.type_everywhere(tab)
    tab.go("/friends?q=nobody")
    field(tab, "Find people by name or email").fill("nobody else")
    del writer.drafts["/friends", "Find people by name or email"]  # the text above replaces it
    open_page(tab, "/dashboard?before=ffffffffffffffffffffffff")
    end_elsewhere(stage, writer.person)
    tab.expect_turned_away()

    comment = field(tab, "Comment")
    comment.select_text()
    assert tab.page.evaluate(SELECTION) == "A note on the\nengine, half"
    comment.press("End")
    comment.press_sequentially(" written")
    button = tab.page.get_by_role("button", name="Post", exact=True)
    expect(button).to_be_disabled()
    button.click(force=True)
    tab.expect_said(LOG_IN_FIRST)

    tab.follow("Log in again")
    tab.log_in(writer.person)
    tab.expect_name("Ada Lovelace")
    expect(tab.page).to_have_url(f"{stage.url}/dashboard?before=ffffffffffffffffffffffff")
    writer.drafts["/dashboard", "Comment"] += " written"
    writer.expect_drafts(tab)
    tab.go("/dashboard")
    tab.press("Post")
    tab.expect_said("Your comment is posted.")
    tab.page.reload()
    expect(comment).to_have_value("")
    tab.go("/friends?q=nobody")
    expect(field(tab, "Find people by name or email")).to_have_value("nobody else")


def test_g31_drafts_survive_a_lost_connection(stage: Stage, writer: Writer):
    stage.expects("ERR_INTERNET_DISCONNECTED")
    stage.allows("WebSocket connection")
    browser = stage.browser(writer.person)
    tab = browser.open()
    open_page(tab, "/dashboard")
    browser.go_offline()
    tab.write("A note on the engine.")
    tab.expect_said(NO_ANSWER)
    expect(field(tab, "Comment")).to_have_value("A note on the engine.")
    browser.come_back()
    tab.expect_name("Ada Lovelace")
    tab.press("Post")
    tab.expect_said("Your comment is posted.")
    tab.expect_posts("A note on the engine.", "A first note.")
    expect(field(tab, "Comment")).to_have_value("")


def test_g31_another_user_in_the_same_tab_sees_no_drafts(stage: Stage, writer: Writer, tab: Tab):
    grace = stage.person("Grace Hopper")
    befriend(grace, writer.person)  # so Grace sees the post and can reply
    writer.type_everywhere(tab)
    open_page(tab, "/dashboard")
    end_elsewhere(stage, writer.person)
    tab.follow("Log in again")
    tab.log_in(grace)
    tab.expect_name("Grace Hopper")
    writer.expect_none(tab)
    for _ in range(8):  # back through all pages that this tab has shown to Ada
        tab.page.go_back()
        assert not set(writer.drafts.values()) & set(shown := values(tab)), shown
    tab.go("/account")
    tab.press("Log out")
    tab.log_in(writer.person)
    tab.expect_name("Ada Lovelace")
    writer.expect_drafts(tab)


def test_g31_logging_out_deletes_drafts(stage: Stage, writer: Writer, tab: Tab):
    writer.type_everywhere(tab)
    tab.press("Log out")
    tab.log_in(writer.person)
    tab.expect_name("Ada Lovelace")
    writer.expect_none(tab)
    assert tab.page.evaluate("sessionStorage.length") == 0


def test_g31_passwords_are_never_kept(writer: Writer, tab: Tab):
    tab.go("/account")
    tab.fill_in(password_now=PASSWORD, new_password="analytical engine", first_name="Augusta")
    tab.page.get_by_text("Delete your account").click()
    tab.page.locator("#delete-password").fill(PASSWORD)
    kept = tab.page.evaluate("JSON.stringify(sessionStorage)")
    assert "Augusta" in kept
    assert PASSWORD not in kept
    assert "analytical engine" not in kept


REFUSALS = [
    ({"status": 403, "json": {"error": "Not from there."}}, "Not from there."),
    ({"status": 429, "json": {"error": "Too fast."}}, "Too fast."),
    ({"status": 500, "json": {"error": "It failed."}}, "It failed."),
    ({"status": 502, "body": "<h1>Bad Gateway</h1>"}, NO_ANSWER),
    (None, NO_ANSWER),
]


def answer_next(tab: Tab, answer: dict | None) -> None:
    """Answer the next form in place of the server, or abort its request."""

    def do(route: Route) -> None:
        route.fulfill(**answer) if answer else route.abort()

    tab.page.route(ACTIONS, do, times=1)


@pytest.mark.parametrize(
    ("path", "label", "button"),
    [
        ("/dashboard", "Comment", "Post"),
        ("/dashboard", "Reply to Ada Lovelace", "Reply"),
        ("/account", "First name", "Change name"),
    ],
)
def test_g31_a_form_that_fails_says_why_keeps_its_text_and_can_be_sent_again(
    stage: Stage, writer: Writer, tab: Tab, path: str, label: str, button: str
):
    stage.expects("POST|Failed to load")
    open_page(tab, path)
    field(tab, label).fill("Something")
    for answer, said in REFUSALS:
        answer_next(tab, answer)
        tab.press(button)
        tab.expect_said(said)
        expect(field(tab, label)).to_have_value("Something")
    tab.press(button)
    expect(tab.page.locator("output.done")).to_have_count(1)
    tab.page.reload()
    is_kept = path == "/account"
    expect(field(tab, label)).to_have_value("Something" if is_kept else "")
    assert "Something" not in tab.page.evaluate("JSON.stringify(sessionStorage)")


def test_g31_an_answer_that_asks_for_a_login_keeps_the_draft_for_afterwards(
    stage: Stage, writer: Writer, tab: Tab
):
    """Here the socket missed the logout, and the user has logged in again in another tab."""
    stage.expects("401")
    open_page(tab, "/dashboard")
    tab.go(f"/posts/{writer.post}?from=friends")
    answer_next(tab, {"status": 401, "json": {"error": "log in first"}})
    field(tab, "Reply to Ada Lovelace").fill("May I read")
    tab.press("Reply")
    tab.expect_said(LOG_IN_FIRST)
    tab.follow("Log in again")
    expect(tab.page).to_have_url(f"{stage.url}/posts/{writer.post}?from=friends")
    expect(field(tab, "Reply to Ada Lovelace")).to_have_value("May I read")
    tab.press("Reply")
    tab.expect_replies("A first note.", "May I read")


def test_g31_text_typed_while_a_comment_is_sent_is_kept(stage: Stage, writer: Writer, tab: Tab):
    open_page(tab, "/dashboard")
    held = []
    tab.page.route("**/comments", lambda route: held.append(route), times=1)
    field(tab, "Comment").fill("One.")
    with tab.page.expect_request("**/comments"):
        tab.press("Post")
    field(tab, "Comment").press("End")
    field(tab, "Comment").press_sequentially(" Two.")
    held[0].continue_()
    tab.expect_posts("One.", "A first note.")
    expect(field(tab, "Comment")).to_have_value("One. Two.")


def test_g31_replies_to_posts_that_are_shown_later_have_their_drafts(
    stage: Stage, writer: Writer, tab: Tab
):
    open_page(tab, "/dashboard")
    field(tab, "Reply to Ada Lovelace").fill("May I read")
    tab.go("/account")
    for n in range(20):
        writer.person.post("/comments", {"text": f"Thought {n}."})
    tab.go("/dashboard")
    scroll_to_the_end(tab)
    expect(tab.thread("A first note.").get_by_label("Reply to")).to_have_value("May I read")


def test_g31_a_browser_that_stores_nothing_can_still_write(stage: Stage, writer: Writer):
    browser = stage.browser(writer.person)
    browser.context.add_init_script(REFUSE_STORAGE)
    tab = browser.open()
    tab.expect_name("Ada Lovelace")
    tab.write("A note on the engine.")
    tab.expect_said("Your comment is posted.")
    tab.expect_compared()
    tab.press("Log out")
    expect(tab.page.get_by_role("heading", name="Log in")).to_be_visible()
