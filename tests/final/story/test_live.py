"""The story, chapter 3: every page that shows a thread is updated live."""

from collections.abc import Callable

import pytest
import requests
from playwright.sync_api import Route, expect

from tests.final.guarantees.probed import running_with
from tests.final.story.stage import Stage, Tab, post


@pytest.fixture(scope="module")
def server():
    with running_with("lost", DEMO="0") as server:
        yield server


def events(tab: Tab, name: str):
    """Return the events of this name that the panel of a dashboard shows."""
    return tab.page.locator("#events li").filter(has_text=name)


def test_g19_a_reply_moves_every_page_that_shows_the_thread(stage: Stage, three):
    ada, grace, alan = three
    thread = post(ada, "A note on the engine.")
    paths = "/dashboard", f"/posts/{thread}", "/account"
    graces = stage.browser(grace).open_all(*paths[:2])
    alans = stage.browser(alan).open_all(*paths)
    for tab, name in (
        *((tab, "Grace Hopper") for tab in graces),
        *((t, "Alan Turing") for t in alans),
    ):
        tab.expect_name(name)

    graces[0].reply("A note on the engine.", "May I read it?")
    for tab in graces + alans[:2]:
        tab.expect_replies("A note on the engine.", "May I read it?")
    post(ada, "Of course.", thread)  # a marker, sent after Grace's reply
    for tab in graces + alans[:2]:
        tab.expect_replies("A note on the engine.", "May I read it?", "Of course.")
    # Alan takes no part in the thread, so he is notified only of his friend's comments.
    told = "Ada Lovelace: Of course.", "Ada Lovelace: A note on the engine."
    alans[0].expect_told(*told)
    for tab in alans:
        tab.expect_toasts("New from Ada Lovelace")


def test_g19_an_own_post_is_shown_where_it_is_written_and_offered_in_the_other_tabs(
    stage: Stage, three
):
    ada, *_ = three
    one, other = stage.browser(ada).open_all("/dashboard", "/dashboard")
    for tab in one, other:
        tab.expect_name("Ada Lovelace")
    offered = (
        "globalThis.offered = []; new MutationObserver(() => offered.push(document.querySelector"
    )
    one.page.evaluate(
        offered + "('#show-new').hidden)).observe(document.querySelector('#show-new'),"
        " { attributes: true })"
    )

    def answer_late(route: Route) -> None:
        answer = route.fetch()
        expect(events(one, "activity")).to_have_count(1)  # the event arrives before the response
        route.fulfill(response=answer)

    one.page.route("**/comments", answer_late)
    one.write("From here.")
    one.expect_said("Your comment is posted.")
    one.expect_posts("From here.")
    other.expect_posts()
    other.press("Show 1 new")
    other.expect_posts("From here.")
    assert False not in one.page.evaluate("offered"), "the tab that wrote the post never offers it"
    other.expect_unread(0)


def test_a_post_that_follows_at_once_is_shown_and_never_offered(stage: Stage, three):
    ada, *_ = three
    tab = stage.browser(ada).open()
    tab.expect_name("Ada Lovelace")
    feeds = []
    tab.page.route("**/dashboard", lambda route: feeds.append(route), times=1)
    with tab.page.expect_request("**/dashboard"):
        tab.write("One.")
    tab.expect_said("Your comment is posted.")

    def answer_late(route: Route) -> None:
        answer = route.fetch()
        expect(events(tab, "activity")).to_have_count(2)
        feeds[0].continue_()  # requested after the first post, answered after both
        tab.expect_posts("Two.", "One.")
        expect(tab.page.locator("#show-new")).to_be_hidden()
        route.fulfill(response=answer)

    tab.page.route("**/comments", answer_late)
    with tab.page.expect_response(lambda response: "Two." in (response.request.post_data or "")):
        tab.write("Two.")
    tab.page.unroute_all(behavior="wait")
    tab.expect_said("Your comment is posted.")
    tab.expect_posts("Two.", "One.")


def test_g21_an_own_post_whose_answer_was_lost_is_offered(stage: Stage, three):
    stage.expects("net::ERR_FAILED")
    ada, *_ = three
    tab = stage.browser(ada).open()
    tab.expect_name("Ada Lovelace")

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        expect(events(tab, "activity")).to_have_count(1)
        route.abort()

    tab.page.route("**/comments", lose_the_answer)
    tab.write("Was it posted?")
    tab.expect_said("The server didn't answer. Please try again.")
    expect(tab.page.locator("#show-new")).to_have_text("Show 1 new")
    tab.press("Show 1 new")
    tab.expect_posts("Was it posted?")


@pytest.mark.parametrize("how", ["look", "reconnect"])
def test_g21_a_page_that_heard_nothing_of_a_thread_shows_it_when_it_looks(
    stage: Stage, three, how: str
):
    ada, grace, alan = three
    thread = post(ada, "A note on the engine.")
    first = post(grace, "First.", thread)
    browser = stage.browser(alan)
    feed, page, other = browser.open_all("/dashboard", f"/posts/{thread}", "/dashboard")
    for tab in feed, page, other:
        tab.expect_name("Alan Turing")
    requests.post(f"{stage.url}/probe/lose", timeout=30)
    post(grace, "Lost.", thread)
    requests.post(f"{stage.url}/probe/wait", timeout=30)
    post(grace, "Heard.", thread)
    for tab in feed, page:
        tab.expect_replies("A note on the engine.", "First.", "Heard.")
    requests.post(f"{stage.url}/probe/lose", timeout=30)
    post(grace, "Lost, too.", thread)
    grace.post(f"/comments/{first}/delete")
    post(alan, "From another browser.")
    if how == "look":
        requests.post(f"{stage.url}/probe/look", timeout=30)
    else:
        requests.post(f"{stage.url}/probe/wait", timeout=30)
        for tab in feed, page, other:
            tab.page.evaluate(
                "import('/static/live.js').then(({ socket }) => socket.disconnect().connect())"
            )
    for tab in feed, page:
        tab.expect_replies("A note on the engine.", "Lost.", "Heard.", "Lost, too.")
        tab.expect_toasts()
    feed.expect_told("Ada Lovelace: A note on the engine.")
    feed.press("Show 1 new")
    feed.expect_posts("From another browser.", "A note on the engine.")
    expect(other.page.get_by_role("button", name="Show 1 new")).to_be_visible()


def while_on_its_way(tab: Tab, address: str, act: Callable[[], object]) -> None:
    """Call `act` after the server has answered the next request, but before the page gets it."""

    def answer_late(route: Route) -> None:
        answer = route.fetch()
        act()
        route.fulfill(response=answer)

    tab.page.route(address, answer_late, times=1)


def test_g21_a_page_shows_what_happened_before_it_was_connected(stage: Stage, three):
    ada, grace, alan = three
    thread = post(ada, "A note on the engine.")
    first = post(grace, "First.", thread)
    browser = stage.browser(alan)

    def load_late(route: Route) -> None:
        post(grace, "Second.", thread)
        grace.post(f"/comments/{first}/delete")
        route.continue_()

    browser.context.route("**/socket.io.min.js", load_late, times=1)
    browser.open(f"/posts/{thread}").expect_replies("A note on the engine.", "Second.")


def test_g23_a_friendship_that_ended_before_a_page_was_connected_is_over(stage: Stage, three):
    ada, _, alan = three
    post(ada, "For friends.")
    alans_id = alan.get("/session").json()["data"]["_user_id"]
    browser = stage.browser(alan)

    def load_late(route: Route) -> None:
        ada.post(f"/friends/{alans_id}/end")
        route.continue_()

    browser.context.route("**/socket.io.min.js", load_late, times=1)
    tab = browser.open()
    tab.expect_posts()
    tab.expect_unread(0)


def test_g21_replies_to_a_thread_that_is_being_loaded_are_shown(stage: Stage, three):
    ada, grace, alan = three
    old = post(ada, "An old one.")
    for n in range(20):
        post(ada, f"Number {n}.")
    tab = stage.browser(alan).open()
    while_on_its_way(tab, "**/dashboard?before=*", lambda: post(grace, "To the old one.", old))
    tab.expect_name("Alan Turing")
    tab.page.locator("#older").scroll_into_view_if_needed()
    tab.expect_replies("An old one.", "To the old one.")
    new = post(ada, "A new one.")
    while_on_its_way(tab, "**/dashboard", lambda: post(grace, "To the new one.", new))
    tab.press("Show 1 new")
    tab.expect_replies("A new one.", "To the new one.")


def test_a_reply_that_is_deleted_goes_from_every_page_that_shows_it(stage: Stage, three):
    ada, grace, alan = three
    thread = post(ada, "A note on the engine.")
    tabs = stage.browser(alan).open_all("/dashboard", f"/posts/{thread}")
    for tab in tabs:
        tab.expect_name("Alan Turing")
    reply = post(grace, "May I read it?", thread)
    for tab in tabs:
        tab.expect_replies("A note on the engine.", "May I read it?")
    grace.post(f"/comments/{reply}/delete")
    for tab in tabs:
        tab.expect_replies("A note on the engine.")


def test_an_error_page_gets_live_events(stage: Stage, three):
    stage.expects("404 GET /posts", "404.*/posts")
    ada, grace, _ = three
    tab = stage.browser(grace).open(f"/posts/{'f' * 24}")
    tab.expect_said("There is no such post, or it is not for you to see.")
    tab.expect_name("Grace Hopper")
    thread = post(grace, "There was a moth in it.")
    post(ada, "A real one?", thread)
    tab.expect_toasts("New from Ada Lovelace")
    tab.expect_unread(1)
    requests.post(f"{stage.url}/probe/look", timeout=30)
    ada.post(f"/comments/{post(ada, 'Never mind.')}/delete")
    tab.expect_unread(1)


def test_g25_a_friend_who_is_announced_twice_is_listed_once_and_does_not_flicker(
    stage: Stage, three
):
    ada, grace, _ = three
    tab = stage.browser(ada).open()
    tab.expect_name("Ada Lovelace")
    stage.browser(grace).open("/account").expect_name("Grace Hopper")
    tab.expect_in("Friends online", "Grace Hopper")
    graces_id = grace.get("/session").json()["data"]["_user_id"]
    moved = tab.page.evaluate(
        """async (person) => {
          const { socket } = await import("/static/live.js");
          const list = document.querySelector("#friends-here ul");
          const seen = new MutationObserver(() => {});
          seen.observe(list, { childList: true });
          for (const listener of socket.listeners("presence")) listener(person);
          return seen.takeRecords().length;
        }""",
        {"id": graces_id, "here": True, "firstName": "Grace", "lastName": "Hopper"},
    )
    assert moved == 0
    tab.expect_in("Friends online", "Grace Hopper")
