"""G30 in a browser: names and texts are shown and counted correctly, and don't overflow."""

# ruff: noqa: RUF001

import unicodedata
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.final.story.stage import Stage, Tab, befriend
from tests.final.words import COUNTS, NAMES
from tools.people import PASSWORD, Person

WITHOUT_FOCUS = "document.hasFocus = () => false"  # so the page marks nothing as read
PHONE = {"width": 360, "height": 740}
FAMILY = "👩‍👩‍👧"
HEBREW = "שלום Ada, מה שלומך?!"
LONG = ("W" * 50, "m" * 50)
STACKED = ("Z" + "\u0301\u0323" * 100, "o" + "\u0336\u0489" * 100)
OUT_OF_PLACE = """() => {
  const { scrollWidth, clientWidth } = document.documentElement;
  const found = scrollWidth > clientWidth ? [`the page is ${scrollWidth} px wide`] : [];
  for (const each of document.querySelectorAll(".text, #toasts a, #notifications li")) {
    const { height } = each.getBoundingClientRect();
    if (height > 400) found.push(`${each.className || each.tagName} is ${height} px high`);
  }
  for (const each of document.querySelectorAll(".name, .avatar, .text, #toasts a, #full-name")) {
    const { display, overflowY } = getComputedStyle(each);
    if (display === "inline") continue;
    const what = each.className || each.tagName;
    if (overflowY === "visible") found.push(`${what} is not cut off`);
    if (each.matches(".avatar") || /\\p{M}{9}/u.test(each.textContent)) continue;
    if (each.scrollWidth > each.clientWidth) found.push(`${what} has text that is cut off`);
    if (each.getBoundingClientRect().right > clientWidth) found.push(`${what} is too far right`);
  }
  return found;
}"""
# As if the page had loaded two hours ago, and its timer had stood still since then.
TWO_HOURS_BEHIND = """new MutationObserver((_, observer) => {
  const page = document.body?.dataset;
  if (!page?.now) return;
  observer.disconnect();
  page.now = new Date(Date.parse(page.now) - 2 * 3600 * 1000).toISOString();
}).observe(document, { childList: true, subtree: true });"""
RECONNECT = "import('/static/live.js').then(({ socket }) => void socket.disconnect().connect())"
COUNT = "texts => import('/static/texts.js').then(({ count }) => texts.map(count))"


def person(stage: Stage, first_name: str, last_name: str = "") -> Person:
    """Sign up a person with this name, and return them."""
    someone = Person(stage.url, first_name, last_name)
    someone.email = f"{uuid.uuid4().hex}@example.org"
    assert someone.sign_up().status_code == 302
    return someone


def initials(entry: Locator) -> str:
    """Return the text that the style sheet shows in an avatar."""
    return entry.locator(".avatar").first.get_attribute("data-initials")


def direction(element: Locator) -> str:
    return element.evaluate("element => getComputedStyle(element).direction")


# Names.


def test_g30_initials_are_whole_characters_live_and_after_a_reload(stage: Stage):
    ada = person(stage, "Ada", "Lovelace")
    post = ada.post("/comments", {"text": "Who is there?"}).json()["id"]
    tab = stage.browser(ada).open()
    tab.expect_name("Ada Lovelace")
    replies = {}
    for first_name, last_name, full_name, shown in NAMES.values():
        friend = person(stage, first_name, last_name)
        befriend(ada, friend)
        reply = friend.post("/comments", {"text": "I am.", "post": post}).json()["id"]
        replies[reply] = full_name, shown
    for _ in ("live", "reloaded"):
        for reply, (full_name, shown) in replies.items():
            entry = tab.page.locator(f"#post-{reply}")
            expect(entry.locator(".name")).to_have_text(full_name)
            assert initials(entry) == shown
        tab.page.reload()


def test_g30_somebody_with_one_name_signs_up_and_is_shown_without_a_gap(stage: Stage):
    ada = person(stage, "Ada", "Lovelace")
    email = f"{uuid.uuid4().hex}@example.org"
    tab = stage.browser().open("/signup")
    expect(tab.field("last_name")).to_have_accessible_description(
        "Leave this empty if you have only one name."
    )
    tab.fill_in(first_name="Prince", last_name="  ", email=email, password=PASSWORD)
    stage.expects("400 POST /signup", "400.*/signup")
    tab.press("Sign up")
    tab.expect_problem(
        "last_name",
        "There's nothing to see in this name. If you have no last name, leave the field empty.",
    )
    tab.fill_in(last_name="", password=PASSWORD)
    tab.press("Sign up")
    tab.expect_name("Prince")
    tab.page.get_by_label("Friend's email").fill(ada.email)
    tab.press("Add friend")
    adas = stage.browser(ada).open("/friends")
    adas.press("Accept: Prince")
    adas.expect_said("You and Prince are now friends.")
    tab.write("Alone.")
    adas.expect_toasts("New from Prince")
    adas.go("/account")
    adas.fill_in(last_name="")
    adas.press("Change name")
    adas.expect_name("Ada")


def test_g30_people_of_one_name_are_told_apart_by_their_email(stage: Stage):
    ada = person(stage, "Ada", "Lovelace")
    grace, other, third = (person(stage, "Grace", "Hopper") for _ in range(3))
    alan = person(stage, "Alan", "Turing")
    for each in grace, other, alan:
        each.post("/friends", {"email": ada.email})
    ada.post("/friends", {"email": third.email})
    tab = stage.browser(ada).open("/friends")
    asking = tab.section("Friend requests").get_by_role("listitem")
    for each in grace, other:
        expect(asking.filter(has_text=each.email)).to_have_count(1)
    tab.press("Accept: Alan Turing")
    tab.press(f"Accept: Grace Hopper, {other.email}")
    expect(asking).to_have_count(1)
    expect(asking).to_contain_text(grace.email)
    friends = tab.section("Your friends").get_by_role("listitem")
    expect(friends.filter(has_text="Grace Hopper")).to_contain_text(other.email)
    masked = f"{third.email[0]}…@example.org"
    expect(tab.section("Requests you sent")).to_contain_text(masked)

    tab.find("grace hopper")
    expect(tab.section("Search results")).not_to_contain_text(third.email)
    tab.find(third.email.upper())
    expect(tab.section("Search results")).to_contain_text(third.email)
    for path in "/friends", "/dashboard":
        tab.go(path)
        expect(tab.page.get_by_text("Your friends, and people you send a request")).to_be_visible()


# Text directions.


def test_g30_texts_and_names_read_in_their_own_direction(stage: Stage):
    ada, ali = person(stage, "Ada", "Lovelace"), person(stage, "علی\u200cرضا", "کریمی")
    befriend(ada, ali)
    tab = stage.browser(ada).open()
    tab.page.add_init_script(WITHOUT_FOCUS)
    tab.page.reload()
    tab.expect_name("Ada Lovelace")
    post = ali.post("/comments", {"text": HEBREW}).json()["id"]
    told = tab.page.locator("#notifications a")
    expect(told).to_have_text(f"علی\u200cرضا کریمی: {HEBREW}")
    tab.press("Show 1 new")
    expect(tab.page.locator(f"#post-{post}")).to_be_visible()
    reply = ali.post("/comments", {"text": f"{HEBREW} (2)", "post": post}).json()["id"]
    for _ in ("live", "reloaded"):
        expect(tab.page.locator(f"#post-{reply}")).to_be_visible()
        for text in tab.page.locator(".thread .text").all():
            assert direction(text) == "rtl"
        for name in tab.page.locator(".thread .name, #notifications .name").all():
            assert direction(name) == "rtl"
            assert name.evaluate("element => getComputedStyle(element).unicodeBidi") == "isolate"
        assert direction(told.first) == "ltr"
        assert comes_before(tab.page, "#notifications .name", "#notifications .told")
        tab.page.reload()
    for label in ("Comment", "Reply to"):
        field = tab.page.get_by_label(label).first
        field.fill(HEBREW)
        assert direction(field) == "rtl"
        field.fill("Ada")
        assert direction(field) == "ltr"
    ali.post("/comments", {"text": "שלום"})
    toast = tab.page.locator("#toasts a")
    expect(toast.locator("bdi")).to_have_text("علی\u200cرضا کریمی")
    tab.go(f"/posts/{post}")
    expect(tab.page).to_have_title("(3) \u2068علی\u200cرضا کریمی\u2069 · Two Doors")


def comes_before(page: Page, first: str, second: str) -> bool:
    """Return whether the first element is to the left of the second, or above it."""
    boxes = [page.locator(each).last.bounding_box() for each in (first, second)]
    return boxes[0]["x"] < boxes[1]["x"] or boxes[0]["y"] < boxes[1]["y"]


# Counting.


def test_g30_the_browser_counts_as_the_server_does(stage: Stage):
    tab = stage.browser(person(stage, "Ada", "Lovelace")).open()
    assert tab.page.evaluate(COUNT, list(COUNTS)) == list(COUNTS.values())


@pytest.mark.parametrize("what", ["comment", "reply"])
def test_g30_pasted_text_is_kept_counted_and_posted(stage: Stage, what: str):
    stage.expects("400 POST /comments", "400.*/comments")
    ada = person(stage, "Ada", "Lovelace")
    ada.post("/comments", {"text": "A first post."})
    tab = stage.browser(ada).open()
    tab.expect_name("Ada Lovelace")
    field = tab.page.get_by_label("Comment" if what == "comment" else "Reply to")
    form = tab.page.locator("form").filter(has=field)
    send = form.get_by_role("button")
    counted = form.locator(".count")

    paste(field, FAMILY * 300)
    assert field.input_value() == FAMILY * 300
    expect(counted).to_be_hidden()
    paste(field, FAMILY * 150)
    expect(counted).to_have_text("50 left")
    paste(field, FAMILY * 50 + "x\n\n")
    expect(counted).to_have_text("1 too many")
    send.click()
    expect(form.locator("output")).to_have_text("A comment has 1 to 500 characters.")
    assert field.input_value() == FAMILY * 500 + "x\n\n"
    field.fill(FAMILY * 500)
    expect(counted).to_have_text("0 left")
    send.click()
    expect(tab.page.locator(".text").filter(has_text=FAMILY)).to_have_text(FAMILY * 500)
    expect(counted).to_be_hidden()


def paste(field: Locator, text: str) -> None:
    """Insert a text at the end of a field, as pasting does."""
    field.press("Control+End")
    field.page.keyboard.insert_text(text)


# Layout.


def test_g30_long_names_and_texts_stay_in_their_place(stage: Stage):
    ada = person(stage, "Ada", "Lovelace")
    friends = [
        person(stage, *LONG),
        person(stage, *STACKED),
        person(stage, FAMILY * 50, FAMILY * 50),
    ]
    texts = ["w" * 500, ("Z" + "\u0301" * 4) * 500, "a" + "\n" * 498 + "b", "ﷺ" * 500]
    befriend(ada, *friends)
    for name in LONG, STACKED:
        person(stage, *name).post("/friends", {"email": ada.email})
        ada.post("/friends", {"email": person(stage, *name).email})
    posts = [
        each.post("/comments", {"text": text}).json()["id"] for each in friends for text in texts
    ]
    for each in friends:
        each.post("/comments", {"text": texts[0], "post": posts[0]})
    browser = stage.browser(ada, viewport=PHONE)
    tab = browser.open()
    stays = stage.browser(friends[0], viewport=PHONE).open("/account")  # so this friend is online
    stays.expect_name(" ".join(LONG))
    paths = ["/dashboard", "/friends", "/friends?q=" + "w" * 50, "/notifications", "/account"]
    for path in [*paths, f"/posts/{posts[0]}", f"/posts/{posts[2]}"]:
        tab.go(path)
        tab.expect_name("Ada Lovelace")
        expect_in_place(tab)
    tab.go("/dashboard")
    tab.expect_name("Ada Lovelace")
    for each in friends:
        each.post("/comments", {"text": texts[1]})
        toast = tab.page.locator("#toasts a").filter(has_text=name_of(each))
        expect(toast.first).to_be_visible()
        expect_in_place(tab)
    expect_in_place(stays)
    for friend in (
        stage.browser(friends[1], viewport=PHONE),
        stage.browser(friends[2], viewport=PHONE),
    ):
        expect_in_place(friend.open("/account"))
    signup = stage.browser(viewport=PHONE).open("/signup")
    signup.fill_in(first_name="W" * 300, email="w" * 300)
    expect_in_place(signup)


def name_of(someone: Person) -> str:
    """Return a person's full name in NFC, as pages show it."""
    return unicodedata.normalize("NFC", someone.full_name)


def expect_in_place(tab: Tab) -> None:
    """Expect that the page fits the screen, and that nothing on it is too tall or sticks out."""
    assert tab.page.evaluate(OUT_OF_PLACE) == [], tab.page.url


# Times.


@pytest.mark.parametrize("hours", [-2, 2])
def test_g30_times_are_told_by_the_clock_of_the_server(stage: Stage, hours: int):
    ada, grace = person(stage, "Ada", "Lovelace"), person(stage, "Grace", "Hopper")
    befriend(ada, grace)
    ada.post("/comments", {"text": "First."})
    tab = stage.browser(grace).open("/account")
    tab.page.clock.install(time=datetime.now(UTC) + timedelta(hours=hours))
    tab.go("/dashboard")
    tab.expect_name("Grace Hopper")
    ada.post("/comments", {"text": "Second."})
    tab.expect_told("Ada Lovelace: Second.", "Ada Lovelace: First.")
    tab.press("Show 1 new")
    tab.expect_posts("Second.", "First.")
    told = tab.page.locator("#notifications li")
    for when in [each.get_attribute("data-when") for each in told.all()]:
        assert when == "just now"
    expect(tab.page.locator(".thread time")).to_have_text(["just now", "just now"])
    tab.page.clock.fast_forward(5 * 60 * 1000)
    expect(tab.page.locator(".thread time")).to_have_text(["5 minutes ago", "5 minutes ago"])


def test_g30_times_stay_right_when_the_clock_of_the_computer_is_set(stage: Stage):
    ada, grace = person(stage, "Ada", "Lovelace"), person(stage, "Grace", "Hopper")
    befriend(ada, grace)
    tab = stage.browser(grace).open()
    tab.expect_name("Grace Hopper")
    tab.page.evaluate("() => { const now = Date.now; Date.now = () => now() + 2 * 3600 * 1000; }")
    ada.post("/comments", {"text": "Now."})
    tab.expect_told("Ada Lovelace: Now.")
    told = tab.page.locator("#notifications li")
    expect(told).to_have_attribute("data-when", "just now")


def test_g30_times_are_right_after_the_computer_has_slept(stage: Stage):
    ada = person(stage, "Ada", "Lovelace")
    ada.post("/comments", {"text": "Before."})
    tab = stage.browser(ada).open("/account")
    tab.page.add_init_script(TWO_HOURS_BEHIND)
    tab.go("/dashboard")
    tab.expect_name("Ada Lovelace")
    time = tab.page.locator(".thread time")
    expect(time).to_have_text("just now")
    before = f"{datetime.now(UTC) - timedelta(hours=2):%Y-%m-%dT%H:%M:%SZ}"
    time.evaluate("(time, before) => { time.dateTime = before; }", before)
    tab.page.evaluate(RECONNECT)
    expect(time).to_have_text("2 hours ago")
