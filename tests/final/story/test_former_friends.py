"""The story, chapter 2: a former friend's posts disappear from every page and count (G23)."""

import pytest
from playwright.sync_api import Route, expect

from tests.final.story.stage import Stage, Tab, befriend, post
from tests.final.story.test_feed import scroll_to_the_end
from tools.people import Person

PAGE = 20  # posts, or notifications


@pytest.fixture
def three(stage: Stage) -> list[Person]:
    """Return Ada, Alan and Grace. Both Ada and Alan are friends of Grace."""
    ada, alan, grace = map(stage.person, ["Ada Lovelace", "Alan Turing", "Grace Hopper"])
    befriend(grace, ada, alan)
    return [ada, alan, grace]


def end(one: Person, other: Person) -> None:
    """End the friendship between these two people."""
    user_id = other.get("/session").json()["data"]["_user_id"]
    assert one.post(f"/friends/{user_id}/end").ok


def show_new(tab: Tab, count: int) -> None:
    expect(tab.page.locator("#show-new")).to_have_text(f"Show {count} new")


@pytest.mark.parametrize("who_ends_it", ["the friend", "oneself"])
def test_g23_only_posts_that_can_be_seen_are_counted_as_new(stage: Stage, three, who_ends_it: str):
    ada, alan, grace = three
    tab = stage.browser(grace).open()
    tab.expect_name("Grace Hopper")
    for person in ada, alan, ada:
        post(person, f"By {person.first_name}.")
    show_new(tab, 3)
    end(*((ada, grace) if who_ends_it == "the friend" else (grace, ada)))
    show_new(tab, 1)
    post(ada, "For friends only.")
    post(alan, "By Alan, again.")  # a marker, sent after Ada's post
    show_new(tab, 2)
    tab.press("Show 2 new")
    tab.expect_posts("By Alan, again.", "By Alan.")
    expect(tab.page.locator("#show-new")).to_be_hidden()


def test_g23_a_button_with_nothing_left_to_show_goes(stage: Stage, three):
    ada, _, grace = three
    tab = stage.browser(grace).open()
    tab.expect_name("Grace Hopper")
    post(ada, "Soon out of sight.")
    show_new(tab, 1)
    end(ada, grace)
    expect(tab.page.locator("#show-new")).to_be_hidden()
    tab.expect_told()
    tab.expect_unread(0)


def test_g23_posts_that_nobody_was_notified_of_are_not_counted_either(stage: Stage, three):
    """The posts are older than the friendship."""
    ada, alan, _ = three
    for n in range(3):
        post(ada, f"Long ago {n}.")
    tab = stage.browser(alan).open()
    tab.expect_name("Alan Turing")
    befriend(ada, alan)
    show_new(tab, 3)
    end(ada, alan)
    expect(tab.page.locator("#show-new")).to_be_hidden()
    post(alan, "By Alan, elsewhere.")
    show_new(tab, 1)
    tab.press("Show 1 new")
    tab.expect_posts("By Alan, elsewhere.")


def test_g23_a_page_drops_all_posts_of_a_former_friend(stage: Stage, three):
    ada, alan, grace = three
    own = post(grace, "My own.")
    post(ada, "Under Grace's.", own)
    for n in range(PAGE + 5):
        post([ada, alan][n % 2], f"Number {n}.")
        thread = post(alan, f"With a reply {n}.") if n == 3 else ""
        if thread:
            post(grace, "A reply.", thread)
    by_alan = [f"Number {n}." for n in range(PAGE + 4) if n % 2]
    by_alan.insert(2, "With a reply 3.")
    feed, inbox = stage.browser(grace).open_all("/dashboard", "/notifications")
    for tab, last in (feed, "My own."), (inbox, "Ada Lovelace: Under Grace's."):
        tab.expect_name("Grace Hopper")
        scroll_to_the_end(tab)
        expect(tab.page.get_by_text(last).first).to_be_visible()
    expect(feed.page.locator(".thread")).to_have_count(PAGE + 7)
    end(ada, grace)
    feed.expect_posts(*by_alan[::-1], "My own.")
    feed.expect_replies("My own.", "Under Grace's.")  # stays, because the thread is Grace's
    for tab in feed, inbox:
        expect(tab.page.locator("#notifications")).not_to_contain_text("Ada Lovelace: Number")
    inbox.expect_told(
        *(f"Alan Turing: {text}" for text in by_alan[::-1]), "Ada Lovelace: Under Grace's."
    )


def test_g23_more_posts_than_fit_into_one_question_go_too(stage: Stage, three):
    ada, alan, grace = three
    browser = stage.browser(grace)

    def ask_about_four(route: Route) -> None:
        answer = route.fetch()
        text = answer.text()
        assert "SHOWN = 1000" in text
        route.fulfill(response=answer, body=text.replace("SHOWN = 1000", "SHOWN = 4"))

    browser.context.route(f"{stage.url}/static/state.js", ask_about_four)
    thread = post(alan, "A thread of Alan's.")
    for n in range(9):
        post(ada, f"Number {n}.")
        post(grace, f"Reply {n}.", thread)
    tab = browser.open()
    tab.expect_name("Grace Hopper")
    expect(tab.page.locator(".thread")).to_have_count(10)
    end(ada, grace)
    tab.expect_posts("A thread of Alan's.")
    tab.expect_told("Alan Turing: A thread of Alan's.")
    tab.expect_replies("A thread of Alan's.", *(f"Reply {n}." for n in range(9)))


def test_g23_an_open_thread_of_a_former_friend_closes(stage: Stage, three):
    ada, _, grace = three
    tab = stage.browser(grace).open(f"/posts/{post(ada, 'For friends.')}")
    tab.expect_name("Grace Hopper")
    end(ada, grace)
    tab.expect_said("It was deleted, or you and its author are no longer friends.")
    tab.expect_gone("For friends.")


def test_g23_a_former_friend_is_not_online_here_any_more(stage: Stage, three):
    ada, alan, grace = three
    tab = stage.browser(grace).open()
    tab.expect_name("Grace Hopper")
    for person in ada, alan:
        stage.browser(person).open("/account").expect_name(person.full_name)
    tab.expect_in("Friends online", "Ada Lovelace", "Alan Turing")
    end(ada, grace)
    tab.expect_in("Friends online", "Alan Turing")


def test_g22_notifications_of_a_friend_who_is_one_again_are_back(stage: Stage, three):
    ada, alan, grace = three
    tabs = inbox, feed = stage.browser(grace).open_all("/notifications", "/dashboard")
    for n in range(PAGE + 2):
        post(ada, f"Ada {n}.")
    post(alan, "By Alan.")
    told = ["Alan Turing: By Alan.", *(f"Ada Lovelace: Ada {n}." for n in range(PAGE + 2)[::-1])]
    for tab in tabs:
        tab.expect_told(*told)
    end(ada, grace)
    for tab in tabs:
        tab.expect_told(told[0])
    befriend(ada, grace)
    feed.expect_told(*told[:PAGE])
    inbox.expect_told(*told[:PAGE])
    scroll_to_the_end(inbox)
    inbox.expect_told(*told)


def test_a_new_friend_s_posts_come_in_between_in_order_and_once(stage: Stage, three):
    ada, alan, _ = three
    written = []
    for n in range(PAGE + 5):
        written.append(f"Ada {n}.")
        post(ada, written[-1])
        if n % 5 == 0:
            written.append(f"Alan {n}.")
            post(alan, written[-1])
    newest_first = written[::-1]
    tab = stage.browser(alan).open()
    tab.expect_name("Alan Turing")
    tab.expect_posts(*(text for text in newest_first if "Alan" in text))
    befriend(ada, alan)
    show_new(tab, len([text for text in newest_first[:PAGE] if "Ada" in text]))
    tab.page.locator("#show-new").click()
    expect(tab.page.locator("#show-new")).to_be_hidden()  # all new posts are shown
    scroll_to_the_end(tab)
    tab.expect_posts(*newest_first)
