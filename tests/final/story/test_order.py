"""The story, chapter 4: long lists, older pages, and which notifications are read (G21, G22)."""

import pytest
from playwright.sync_api import expect

from tests.final.story.stage import Stage, Tab, befriend
from tests.final.story.test_feed import scroll_to_the_end
from tools.people import Person, Socket, eventually

PAGE = 20  # notifications, or posts
PORTION = 200  # missed notifications in one answer
READING = 2500  # milliseconds after which visible notifications are read


@pytest.fixture
def ada(stage: Stage) -> Person:
    return stage.person("Ada Lovelace")


@pytest.fixture
def grace(stage: Stage, ada: Person) -> Person:
    """Return a friend of Ada's."""
    grace = stage.person("Grace Hopper")
    befriend(ada, grace)
    return grace


def post_many(person: Person, count: int, text: str = "Number") -> list[str]:
    """Write `count` posts. Return their texts, the newest first."""
    texts = [f"{text} {n}." for n in range(count)]
    for each in texts:
        assert person.post("/comments", {"text": each}).status_code == 201
    return texts[::-1]


def by_ada(texts: list[str]) -> list[str]:
    return [f"Ada Lovelace: {text}" for text in texts]


def open_with_a_clock(stage: Stage, person: Person, path: str) -> Tab:
    """Open a page with a fake clock. Record the bodies of its requests in `marked`."""
    tab = stage.browser(person).open("/account")
    tab.page.clock.install()
    tab.marked = []
    tab.page.on("request", lambda request: tab.marked.append(request.post_data))
    tab.go(path)
    tab.expect_name(person.full_name)
    return tab


def see(tab: Tab, which: str) -> None:
    """Scroll the first or the last notification into view, as a reader would."""
    tab.page.bring_to_front()
    item = getattr(tab.page.locator("#notifications li"), which)
    item.scroll_into_view_if_needed()
    expect(item).to_be_in_viewport()


def marks(tab: Tab) -> list[str]:
    """Fast-forward, and return the bodies of the requests that marked notifications as read."""
    tab.page.clock.fast_forward(READING)
    tab.page.evaluate("fetch('/session')")  # a marker, sent after those requests
    return [sent for sent in tab.marked if sent and sent.startswith("up_to=")]


def go_offline(tab: Tab) -> None:
    with_socket(tab, "socket.disconnect()")
    expect(tab.page.locator("#connection")).to_have_text("disconnected")


def come_back(tab: Tab) -> None:
    with_socket(tab, "socket.connect()")
    expect(tab.page.locator("#connection")).to_have_text("connected")


def with_socket(tab: Tab, code: str) -> None:
    tab.page.evaluate(f"import('/static/live.js').then(({{ socket }}) => {{ {code} }})")


def unread(person: Person) -> int:
    socket = Socket(person)
    try:
        return socket.call("notifications", {"after": None})["unread"]
    finally:
        socket.close()


def expect_unread_items(tab: Tab, *texts: str) -> None:
    expect(tab.page.locator("#notifications .unread")).to_have_text(list(texts))


# Older pages.


def test_g21_a_page_of_older_notifications_gets_no_newer_ones(stage: Stage, ada, grace):
    texts = by_ada(post_many(ada, PAGE + 5))
    tab = open_with_a_clock(stage, grace, "/notifications")
    tab.go(tab.page.locator("#older").get_attribute("href"))
    tab.expect_name("Grace Hopper")
    tab.expect_told(*texts[PAGE:])
    ada.post("/comments", {"text": "Live."})
    tab.expect_toasts("New from Ada Lovelace")
    tab.expect_unread(PAGE + 6)
    go_offline(tab)
    ada.post("/comments", {"text": "Missed."})
    come_back(tab)
    tab.expect_unread(PAGE + 7)
    ada.post("/comments", {"text": "Live again."})  # a marker, sent after the missed one
    tab.expect_unread(PAGE + 8)
    tab.expect_told(*texts[PAGE:])
    expect_unread_items(tab, *texts[PAGE:])

    see(tab, "last")
    assert marks(tab) == [], "newer notifications were not shown"
    assert unread(grace) == PAGE + 8
    tab.press("Mark all as read")
    tab.expect_unread(0)
    expect_unread_items(tab)
    assert unread(grace) == 0


def test_g21_a_page_of_older_posts_gets_no_newer_ones(stage: Stage, ada, grace):
    texts = post_many(ada, PAGE + 5)
    tab = stage.browser(grace).open()
    tab.go(tab.page.locator("#older").get_attribute("href"))
    tab.expect_name("Grace Hopper")
    tab.expect_posts(*texts[PAGE:])
    ada.post("/comments", {"text": "Live."})
    tab.expect_toasts("New from Ada Lovelace")
    tab.expect_posts(*texts[PAGE:])
    expect(tab.page.locator("#show-new")).to_be_hidden()
    tab.write("From an older page.")
    tab.expect_posts("From an older page.", "Live.", *texts[: PAGE - 2])


def test_g21_many_missed_comments_are_shown_once_and_in_order(stage: Stage, ada, grace):
    before = post_many(ada, 3, "Before")
    inbox, feed = stage.browser(grace).open_all("/notifications", "/dashboard")
    for tab in inbox, feed:
        tab.expect_name("Grace Hopper")
        go_offline(tab)
    missed = post_many(ada, PORTION + 15, "Missed")
    for tab in inbox, feed:
        come_back(tab)
    for tab in inbox, feed:
        tab.expect_told(*by_ada(missed + before))
    feed.press(f"Show {len(missed)} new")
    feed.expect_posts(*missed, *before)


def test_g21_many_new_posts_are_shown_without_a_gap(stage: Stage, ada, grace):
    before = post_many(ada, PAGE + 1, "Before")
    tab = stage.browser(grace).open()
    tab.expect_name("Grace Hopper")
    new = post_many(ada, 2 * PAGE + 3, "New")
    tab.press(f"Show {len(new)} new")
    tab.expect_posts(*new, *before[:PAGE])
    scroll_to_the_end(tab)
    tab.expect_posts(*new, *before)


# Which notifications are read.


def test_g22_nothing_is_marked_as_read_while_some_of_it_is_on_another_page(
    stage: Stage, ada, grace
):
    texts = by_ada(post_many(ada, PAGE + 5))
    feed = open_with_a_clock(stage, grace, "/dashboard")
    see(feed, "last")
    assert marks(feed) == []
    feed.expect_unread(PAGE + 5)
    inbox = open_with_a_clock(stage, grace, "/notifications")
    expect_unread_items(inbox, *texts[:PAGE])
    inbox.page.bring_to_front()
    inbox.page.locator("#older").scroll_into_view_if_needed()
    inbox.expect_told(*texts)
    expect_unread_items(inbox, *texts)
    see(inbox, "last")
    assert eventually(lambda: len(marks(inbox)) == 1)
    for tab in feed, inbox:
        tab.expect_unread(0)
        expect_unread_items(tab)
    assert unread(grace) == 0


def test_g22_notifications_below_the_edge_of_the_window_are_not_read(stage: Stage, ada, grace):
    post_many(ada, PAGE - 2)
    inbox = open_with_a_clock(stage, grace, "/notifications")
    see(inbox, "first")
    expect(inbox.page.locator("#notifications li").last).not_to_be_in_viewport()
    assert marks(inbox) == []
    see(inbox, "last")
    assert eventually(lambda: len(marks(inbox)) == 1)
    inbox.expect_unread(0)


def test_g22_a_list_that_has_lost_an_item_does_not_pass_for_complete(stage: Stage, ada, grace):
    post_many(ada, PAGE + 1)
    inbox = open_with_a_clock(stage, grace, "/dashboard")
    newest = inbox.page.locator("#notifications li").first.get_attribute("data-id")
    ada.post(f"/comments/{newest}/delete")
    inbox.expect_unread(PAGE)
    expect(inbox.page.locator("#notifications li")).to_have_count(PAGE - 1)
    see(inbox, "last")
    assert marks(inbox) == [], "one unread notification isn't shown"
    assert unread(grace) == PAGE


def test_g22_nothing_is_marked_as_read_before_the_page_has_caught_up(stage: Stage, ada, grace):
    inbox = open_with_a_clock(stage, grace, "/notifications")
    go_offline(inbox)
    post_many(ada, 2, "Missed")
    # The page asks for the notifications that it missed, but never gets an answer.
    with_socket(inbox, "socket.timeout = () => ({ emitWithAck: () => new Promise(() => {}) })")
    come_back(inbox)
    ada.post("/comments", {"text": "Live."})
    inbox.expect_told("Ada Lovelace: Live.")
    inbox.expect_unread(1)
    see(inbox, "last")
    assert marks(inbox) == [], "two earlier notifications were not shown"
    assert unread(grace) == 3


def test_g22_a_tab_shows_what_another_one_has_left_unread(stage: Stage, ada, grace):
    *texts, _ = by_ada(post_many(ada, 4))
    inbox = open_with_a_clock(stage, grace, "/notifications")
    ids = [each.get_attribute("data-id") for each in inbox.page.locator("#notifications li").all()]
    grace.post("/notifications/read", {"up_to": ids[3]})
    expect_unread_items(inbox, *texts)
    go_offline(inbox)
    grace.post("/notifications/read", {"up_to": ids[1]})
    come_back(inbox)
    inbox.expect_unread(1)
    expect_unread_items(inbox, texts[0])
    grace.post("/notifications/read", {"up_to": ids[3]})  # as from a tab that lags behind
    see(inbox, "first")
    assert eventually(lambda: len(marks(inbox)) == 1)
    inbox.expect_unread(0)
    expect_unread_items(inbox)


def test_g22_the_button_appears_with_the_first_notification_and_marks_all(stage: Stage, ada, grace):
    inbox, other = stage.browser(grace).open_all("/notifications", "/account")
    other.expect_name("Grace Hopper")
    other.page.bring_to_front()  # so that the inbox marks nothing as read
    button = inbox.page.get_by_role("button", name="Mark all as read")
    expect(button).to_be_hidden()
    post_many(ada, 2)
    other.expect_unread(2)
    expect(button).to_be_visible()
    inbox.press("Mark all as read")
    for tab in inbox, other:
        tab.expect_unread(0)
