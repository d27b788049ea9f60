"""The story, between chapters: people click twice, but things happen once (G31)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect

from tests.final.story.stage import Stage, Tab
from tools.people import PASSWORD, Person

IS_THERE = (
    "([x, y, name]) => document.elementFromPoint(x, y)?.closest('button')?.ariaLabel === name"
)


def press_twice(button: Locator, pause: float = 0) -> None:
    """Double-click, with a pause in milliseconds. The second click may hit another element."""
    spot = middle_of(button)
    click(button.page, *spot)
    button.page.wait_for_timeout(pause)
    click(button.page, *spot, count=2)


def middle_of(button: Locator) -> tuple[float, float]:
    button.hover()  # waits until the button stands still and nothing covers it
    box = button.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def click(page: Page, x: float, y: float, count: int = 1) -> None:
    page.mouse.move(x, y)
    page.mouse.down(click_count=count)
    page.mouse.up(click_count=count)


def press_three_times(button: Locator) -> None:
    spot = middle_of(button)
    for count in (1, 2, 3):
        click(button.page, *spot, count)


def press_enter_twice(button: Locator) -> None:
    button.focus()
    for _ in range(2):
        button.page.keyboard.press("Enter")


def press_and_enter(button: Locator) -> None:
    spot = middle_of(button)
    button.focus()
    click(button.page, *spot)
    button.page.keyboard.press("Enter")


WAYS = {
    **{f"{ms} ms apart": lambda button, ms=ms: press_twice(button, ms) for ms in (0, 50, 150, 250)},
    "three times": press_three_times,
    "Enter twice": press_enter_twice,
    "a click and Enter": press_and_enter,
}
in_every_way = pytest.mark.parametrize("press", WAYS.values(), ids=WAYS)


def posts_of(tab: Tab, path: str) -> list[Request]:
    """Return a list that collects all POST requests to this path that the tab sends from now on."""
    sent: list[Request] = []
    is_it = lambda request: request.method == "POST" and request.url.endswith(path)  # noqa: E731
    tab.page.on("request", lambda request: sent.append(request) if is_it(request) else None)
    return sent


def button(tab: Tab, name: str) -> Locator:
    return tab.page.get_by_role("button", name=name, exact=True)


def expect_one_session(tab: Tab, person: Person) -> None:
    """Expect this person's feed, and that this is their only session."""
    expect(tab.page).to_have_title("Feed · Two Doors")
    tab.expect_name(person.full_name)
    tab.go("/account")
    expect(tab.page.locator("#sessions > li")).to_have_count(1)


@in_every_way
def test_g31_a_double_click_on_sign_up_makes_one_account_and_logs_in(stage: Stage, press: Callable):
    ada = Person(stage.url, "Ada", "Lovelace")
    tab = stage.browser().open("/signup")
    sent = posts_of(tab, "/signup")
    tab.fill_in(first_name="Ada", last_name="Lovelace", email=ada.email, password=PASSWORD)
    press(button(tab, "Sign up"))
    expect_one_session(tab, ada)
    assert len(sent) == 1


@in_every_way
def test_g31_a_double_click_on_log_in_opens_one_session(stage: Stage, press: Callable):
    ada = stage.person("Ada Lovelace")
    ada.log_out()
    tab = stage.browser().open("/")
    sent = posts_of(tab, "/login")
    tab.fill_in(email=ada.email, password=PASSWORD)
    press(button(tab, "Log in"))
    expect_one_session(tab, ada)
    assert len(sent) == 1


@in_every_way
def test_g31_other_plain_forms_are_sent_once_too(stage: Stage, press: Callable):
    tab = stage.browser().open("/")
    logins, logouts = posts_of(tab, "/login"), posts_of(tab, "/logout")
    press(button(tab, "Continue as Ada Lovelace"))
    tab.expect_name("Ada Lovelace")
    expect(tab.page).to_have_title("Feed · Two Doors")
    tab.expect_compared()
    press(button(tab, "Log out"))
    expect(tab.page.get_by_role("heading", name="Log in")).to_be_visible()
    assert (len(logins), len(logouts)) == (1, 1)


@in_every_way
def test_g31_a_comment_and_a_friend_request_are_sent_once(stage: Stage, press: Callable):
    ada, grace = map(stage.person, ["Ada Lovelace", "Grace Hopper"])
    tab = stage.browser(ada).open()
    tab.page.locator("#panel summary").click()  # close the panel, which grows and moves the page
    comments, requests = posts_of(tab, "/comments"), posts_of(tab, "/friends")
    tab.fill_in(comment="A note on the engine.")
    press(button(tab, "Post"))
    tab.expect_said("Your comment is posted.")
    tab.expect_posts("A note on the engine.")  # from now on, nothing on the page moves
    tab.page.get_by_label("Friend's email").fill(grace.email)
    press(button(tab, "Add friend"))
    tab.expect_said("Friend request sent to Grace Hopper.")
    assert (len(comments), len(requests)) == (1, 1)


def test_g31_a_second_click_does_not_press_a_button_that_moved_there(stage: Stage):
    ada, grace, alan = map(stage.person, ["Ada Lovelace", "Grace Hopper", "Alan Turing"])
    for person in (alan, grace):
        person.post("/friends", {"email": ada.email})
    tab = stage.browser(ada).open("/friends")
    spot = middle_of(button(tab, "Accept: Alan Turing"))
    click(tab.page, *spot)
    tab.expect_in("Friend requests", "Grace Hopper")
    tab.page.wait_for_function(IS_THERE, arg=[*spot, "Accept: Grace Hopper"])
    click(tab.page, *spot, count=2)
    tab.page.reload()
    tab.expect_in("Friend requests", "Grace Hopper")
    tab.press("Accept: Grace Hopper")
    tab.expect_in("Your friends", "Alan Turing", "Grace Hopper")


def test_g31_a_form_whose_request_was_stopped_can_be_sent_again(stage: Stage):
    ada = stage.person("Ada Lovelace")
    tab = stage.browser().open("/")
    tab.fill_in(email=ada.email, password=PASSWORD)
    tab.page.route("**/login", lambda route: None, times=1)  # no answer comes
    tab.page.evaluate("addEventListener('submit', () => setTimeout(stop, 300), { once: true })")
    with tab.page.expect_event("requestfailed"):
        click(tab.page, *middle_of(button(tab, "Log in")))
    tab.press("Log in")
    tab.expect_name("Ada Lovelace")


@pytest.mark.parametrize(
    ("label", "name"), [("Comment", "Post"), ("Reply to Ada Lovelace", "Reply")]
)
def test_g31_a_comment_whose_answer_was_lost_is_posted_once(stage: Stage, label: str, name: str):
    stage.expects("net::ERR_FAILED")
    ada = stage.person("Ada Lovelace")
    ada.post("/comments", {"text": "A first note."})
    tab = stage.browser(ada).open()
    tab.expect_name("Ada Lovelace")
    field = tab.page.get_by_label(label, exact=True)

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        route.abort()

    for text in "Was it posted?", "And again?":
        tab.page.route("**/comments", lose_the_answer, times=2)
        field.fill(text)
        for _ in range(2):
            tab.press(name)
            tab.expect_said("The server didn't answer. Please try again.")
        tab.press(name)
        expect(field).to_be_empty()
    tab.page.reload()
    for text in "Was it posted?", "And again?":
        expect(tab.entry(text)).to_have_count(1)
    for _ in range(2):  # on purpose this time
        field.fill("Ha!")
        tab.press(name)
        expect(field).to_be_empty()
    expect(tab.entry("Ha!")).to_have_count(2)


def test_g31_an_error_for_a_taken_email_links_to_the_login(stage: Stage):
    stage.expects("400 POST /signup", "400.*/signup")
    ada = stage.person("Ada Lovelace")
    tab = stage.browser().open("/signup")
    tab.fill_in(first_name="Ada", last_name="Lovelace", email=ada.email, password=PASSWORD)
    tab.press("Sign up")
    tab.expect_problem("email", "This email already has an account. Log in instead.")
    tab.follow("Log in instead.")
    tab.log_in(ada)
    tab.expect_name("Ada Lovelace")
