"""The story, chapter 3: long threads come in parts, and people can delete their own comments."""

import pytest
import requests
from playwright.sync_api import expect

from tests.final.guarantees.probed import running_with
from tests.final.guarantees.test_limits_pages import id_of, reply_often
from tests.final.story.stage import Stage, Tab, befriend, post
from tools.people import PASSWORD

FEW = 25  # replies to a post in the feed
PAGE = 50  # replies on a page of a thread
MISSED = 200  # comments in one answer
MOST = 200  # replies of a thread that a page keeps if no one asks for more


@pytest.fixture(scope="module")
def server():
    with running_with("lost", "threads", DEMO="0") as server:
        yield server


def texts(first: int, last: int) -> list[str]:
    return [f"Reply {n}." for n in range(first, last + 1)]


def earlier(tab: Tab):
    return tab.page.get_by_role("link", name="Show earlier replies")


def test_g35_earlier_replies_are_shown_where_they_belong(stage: Stage, three):
    ada, grace, alan = three
    thread = post(ada, "A note on the engine.")
    ids = reply_often(grace, thread, FEW + PAGE + 5)
    last = len(ids) - 1
    feed, page = stage.browser(alan).open_all("/dashboard", f"/posts/{thread}")
    for tab, shown in (feed, FEW), (page, PAGE):
        tab.expect_name("Alan Turing")
        tab.expect_replies("A note on the engine.", *texts(last - shown + 1, last))
    post(ada, "Live.", thread)
    for tab, shown in (feed, FEW), (page, PAGE):
        tab.expect_replies("A note on the engine.", *texts(last - shown + 1, last), "Live.")
        earlier(tab).click()
    feed.expect_replies("A note on the engine.", *texts(5, last), "Live.")
    page.expect_replies("A note on the engine.", *texts(0, last), "Live.")
    expect(earlier(page)).to_be_hidden()
    earlier(feed).click()
    feed.expect_replies("A note on the engine.", *texts(0, last), "Live.")
    expect(earlier(feed)).to_be_hidden()
    grace.post(f"/comments/{ids[0]}/delete")
    for tab in feed, page:
        tab.expect_replies("A note on the engine.", *texts(1, last), "Live.")


def test_g35_a_link_leads_to_its_reply_on_whatever_page_that_is(stage: Stage, three):
    ada, grace, _ = three
    thread = post(ada, "A note on the engine.")
    ids = reply_often(grace, thread, 3 * PAGE)
    place = PAGE - 5
    reply, first = ids[place], place - PAGE // 2
    browser = stage.browser(ada)
    new, old = browser.open_all(
        f"/posts/{thread}?reply={reply}#post-{reply}", f"/posts/{thread}#post-{reply}"
    )
    for tab in new, old:
        expect(tab.page.locator(f"#post-{reply}")).to_be_in_viewport()
        expect(tab.page.locator(".entry:target")).to_contain_text(f"Reply {place}.")
        tab.expect_replies("A note on the engine.", *texts(first, first + PAGE - 1))
        tab.expect_name("Ada Lovelace")
    post(grace, "Live.", thread)
    new.expect_toasts("New from Grace Hopper")
    new.expect_replies("A note on the engine.", *texts(first, first + PAGE - 1))
    new.page.get_by_role("link", name="Show later replies").click()
    new.expect_replies("A note on the engine.", *texts(first + PAGE, first + 2 * PAGE - 1))
    new.page.get_by_role("link", name="Show later replies").click()
    new.expect_replies("A note on the engine.", *texts(2 * PAGE + 1, 3 * PAGE - 1), "Live.")
    expect(new.page.get_by_role("link", name="Show later replies")).to_have_count(0)
    old.reply("A note on the engine.", "From an older page.")
    last = [*texts(2 * PAGE + 2, 3 * PAGE - 1), "Live.", "From an older page."]
    old.expect_replies("A note on the engine.", *last)
    gone = browser.open(f"/posts/{thread}#post-{'f' * 24}")
    gone.expect_name("Ada Lovelace")
    assert gone.page.url.endswith(f"?reply={'f' * 24}#post-{'f' * 24}"), "the page asks only once"


@pytest.mark.parametrize("count", [MISSED - 10, MISSED + 50])
def test_g35_a_page_that_missed_many_replies_shows_the_newest_without_a_gap(
    stage: Stage, three, count: int
):
    ada, grace, alan = three
    thread, other = post(ada, "A note on the engine."), post(ada, "Another note.")
    for each in thread, other:
        post(grace, "First.", each)
    tab = stage.browser(alan).open()
    tab.expect_name("Alan Turing")
    tab.expect_replies("A note on the engine.", "First.")
    requests.post(f"{stage.url}/probe/lose", timeout=30)
    reply_often(grace, thread, count)
    requests.post(f"{stage.url}/probe/look", timeout=30)
    if count < MISSED:
        tab.expect_replies("A note on the engine.", "First.", *texts(0, count - 1))
        expect(earlier(tab)).to_have_count(0)
        return
    tab.expect_replies("A note on the engine.", *texts(count - MISSED, count - 1))
    for text in "A note on the engine.", "Another note.":
        link = tab.thread(text).get_by_role("link", name="Show earlier replies")
        expect(link).to_be_visible()
    tab.thread("Another note.").get_by_role("link", name="Show earlier replies").click()
    tab.expect_replies("Another note.", "First.")
    link = tab.thread("A note on the engine.").get_by_role("link", name="Show earlier replies")
    link.click()
    tab.expect_replies("A note on the engine.", *texts(count - MISSED - PAGE, count - 1))


def test_g35_a_thread_that_grows_and_grows_lets_the_oldest_replies_go(stage: Stage, three):
    ada, *_ = three
    thread = post(ada, "A note on the engine.")
    tab = stage.browser(ada).open()
    tab.expect_name("Ada Lovelace")
    tab.page.evaluate(
        """([post, count]) => {
          const author = { id: "0".repeat(24), firstName: "Grace", lastName: "Hopper" };
          for (let n = 0; n < count; n++) {
            const id = "f".repeat(20) + String(n).padStart(4, "0");
            const createdAt = new Date().toISOString();
            const detail = { id, post, author, text: `Reply ${n}.`, createdAt };
            document.dispatchEvent(new CustomEvent("activity", { detail }));
          }
        }""",
        [thread, MOST + 30],
    )
    tab.expect_replies("A note on the engine.", *texts(30, MOST + 29))
    expect(earlier(tab)).to_be_visible()


def test_a_reply_that_arrives_has_the_button_that_fits(stage: Stage, three):
    ada, grace, _ = three
    thread = post(ada, "A note on the engine.")
    tabs = [stage.browser(person).open(f"/posts/{thread}") for person in three]
    for tab, person in zip(tabs, three, strict=True):
        tab.expect_name(person.full_name)
    post(grace, "May I read it?", thread)
    post(grace, "Or not?", thread)
    for tab in tabs:
        tab.expect_replies("A note on the engine.", "May I read it?", "Or not?")
    for _ in range(2):  # as they arrived live, and after a reload
        for tab, label in zip(tabs, ["Remove reply", "Delete", None], strict=True):
            summaries = tab.entry("Or not?").locator("summary")
            expect(summaries).to_have_text([label] if label else [])
            tab.page.reload()
    for tab, person in zip(tabs, three, strict=True):
        tab.expect_name(person.full_name)
    adas, graces, _ = tabs
    entry = adas.entry("Or not?")
    entry.get_by_text("Remove reply", exact=True).click()
    entry.get_by_role("button", name="Remove for good").click()
    for tab in tabs:
        tab.expect_replies("A note on the engine.", "May I read it?")
    graces.delete("May I read it?")
    for tab in tabs:
        tab.expect_replies("A note on the engine.")


@pytest.mark.parametrize("javascript", [True, False], ids=["with", "without"])
def test_users_find_and_delete_their_own_posts_even_if_they_cannot_see_the_thread(
    stage: Stage, three, javascript: bool
):
    ada, grace, alan = three
    thread = post(ada, "A note on the engine.")
    post(grace, "A hasty word.", thread)
    own = post(grace, "My own post.")
    ada.post(f"/friends/{id_of(grace)}/end")
    tab = stage.browser(grace, java_script_enabled=javascript).open("/account")
    tab.follow("Your posts and replies")
    entries = tab.page.locator(".own > li > .text")
    expect(entries).to_have_text(["My own post.", "A hasty word."])
    if javascript:
        tab.expect_name("Grace Hopper")
        # The page asks which of its posts are gone.
        tab.page.evaluate("document.dispatchEvent(new Event('longer'))")
        requests.post(f"{stage.url}/probe/look", timeout=30)
        befriend(grace, alan)
        post(alan, "A reply to her.", own)
        tab.expect_toasts("New from Alan Turing")
    tab.delete("A hasty word.")
    expect(entries).to_have_text(["My own post."])
    assert "A hasty word." not in alan.get(f"/posts/{thread}").text
    assert grace.post("/account/delete", {"password": PASSWORD}).ok
