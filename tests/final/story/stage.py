"""The people of the story, and what they do and see in the tabs of their browsers."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, CDPSession, Locator, Page, expect

from tests.final.story.watch import Watch
from tools.people import PASSWORD, Person

KEEP_TOASTS = """
globalThis.toasted = [];
document.addEventListener("DOMContentLoaded", () => {
  const added = (records) => records.flatMap(({ addedNodes }) => [...addedNodes]);
  const keep = (records) => toasted.push(...added(records).map((node) => node.textContent));
  const toasts = document.querySelector("[role=log]");
  if (toasts) new MutationObserver(keep).observe(toasts, { childList: true });
});
"""


class Stage:
    """The scene of the story: a running app, and browsers that are watched for errors."""

    def __init__(self, url: str, new_context: Callable[..., BrowserContext], watch: Watch):
        self.url = url
        self.new_context = new_context
        self.expects = watch.expects
        self.allows = watch.allows
        self.watch = watch

    def person(self, full_name: str) -> Person:
        """Sign a person up, and return them."""
        person = Person(self.url, *full_name.split())
        assert person.sign_up().status_code == 302
        return person

    def browser(self, person: Person | None = None, **options) -> Browser:
        """Return a new browser. If it belongs to a `person`, they are logged in there."""
        context = self.new_context(base_url=self.url, **options)
        self.watch.over(context)
        context.add_init_script(KEEP_TOASTS)
        if person:
            context.add_cookies([{"name": "sid", "value": person.cookie, "url": self.url}])
        return Browser(context)


class Browser:
    """A browser with its own cookies."""

    def __init__(self, context: BrowserContext):
        self.context = context

    def open(self, path: str = "/dashboard") -> Tab:
        tab = Tab(self.context.new_page())
        tab.go(path)
        return tab

    def open_all(self, *paths: str) -> list[Tab]:
        return [self.open(path) for path in paths]

    @property
    def cookie(self) -> dict:
        [cookie] = [each for each in self.context.cookies() if each["name"] == "sid"]
        return cookie

    def go_offline(self) -> None:
        """Cut the browser off from the network, and send its pages the event `offline`.

        On a machine without any network, the browser wouldn't send it.
        """
        self.context.set_offline(True)
        for page in self.context.pages:
            page.evaluate("dispatchEvent(new Event('offline'))")

    def come_back(self) -> None:
        self.context.set_offline(False)
        for page in self.context.pages:
            page.evaluate("dispatchEvent(new Event('online'))")


class Tab:
    """A tab of a browser."""

    def __init__(self, page: Page):
        self.page = page
        self._network: CDPSession | None = None  # only the session that cuts off can reconnect

    # What a person does.

    def go(self, path: str) -> None:
        self.page.goto(path)

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).click()

    def follow(self, link: str) -> None:
        self.page.get_by_role("link", name=link, exact=True).click()

    def fill_in(self, **fields: str) -> None:
        """Fill in fields by their labels: `first_name` is the field labelled "First name"."""
        for name, text in fields.items():
            self.field(name).fill(text)

    def field(self, name: str) -> Locator:
        return self.page.get_by_label(name.replace("_", " ").capitalize(), exact=True)

    def log_in(self, person: Person, password: str = PASSWORD, keep: bool = False) -> None:
        self.fill_in(email=person.email, password=password)
        self.field("keep_me_logged_in").set_checked(keep)
        self.press("Log in")

    def write(self, text: str) -> None:
        self.fill_in(comment=text)
        self.press("Post")

    def reply(self, to: str, text: str) -> None:
        thread = self.thread(to)
        thread.get_by_label("Reply to").fill(text)
        thread.get_by_role("button", name="Reply", exact=True).click()

    def delete(self, text: str) -> None:
        entry = self.entry(text)
        entry.get_by_text("Delete", exact=True).click()
        entry.get_by_role("button", name="Delete for good").click()

    def find(self, words: str) -> None:
        self.page.get_by_role("searchbox").fill(words)
        self.press("Find")

    def go_offline(self) -> None:
        """Cut this tab off from the network, while the browser's other tabs stay connected."""
        self._set_offline(True)
        expect(self.page.locator("#connection")).to_have_text("disconnected")

    def come_back(self) -> None:
        self._set_offline(False)

    def _set_offline(self, is_offline: bool) -> None:
        if self.page.context.browser.browser_type.name != "chromium":
            pytest.skip("only Chromium can cut off one tab of a browser")
        self._network = self._network or self.page.context.new_cdp_session(self.page)
        conditions = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self._network.send("Network.emulateNetworkConditions", conditions | {"offline": is_offline})
        event = "offline" if is_offline else "online"  # for the page, as in Browser.go_offline
        self.page.evaluate(f"dispatchEvent(new Event('{event}'))")

    def close(self) -> None:
        self.page.close()

    # What a person sees.

    def thread(self, text: str) -> Locator:
        return self.page.locator(".thread").filter(has_text=text)

    def entry(self, text: str) -> Locator:
        """Return the post or the reply with this text."""
        return self.page.locator(".entry").filter(has=self.page.get_by_text(text, exact=True))

    def section(self, heading: str) -> Locator:
        heading = self.page.get_by_role("heading", name=heading, exact=True)
        return self.page.locator("section").filter(has=heading)

    def expect_in(self, heading: str, *names: str) -> None:
        """Expect exactly these people in the list of this section."""
        shown = self.section(heading).locator("li .name")
        expect(shown).to_have_text(list(names))

    def expect_name(self, full_name: str) -> None:
        """Expect that the socket is open and belongs to the user with this name."""
        expect(self.page.locator("#full-name")).to_have_text(full_name)
        expect(self.page.locator("#connection")).to_have_text("connected")

    def expect_compared(self) -> None:
        """Expect that the dashboard's panel has compared both doors, and found one session.

        Wait for this before a logout on the dashboard, after which the panel's request would fail.
        """
        expect(self.page.locator("#joint")).to_have_text("one session")

    def expect_turned_away(self) -> None:
        expect(self.page.locator("#turned-away")).to_be_visible()
        expect(self.page.locator("#connection")).to_have_text("disconnected")

    def expect_of_another(self) -> None:
        """Expect a page that has stopped and says that it belongs to another account."""
        expect(self.page.locator("#another-account")).to_be_visible()
        expect(self.page.locator("#turned-away")).to_be_hidden()
        expect(self.page.locator("#connection")).to_have_text("disconnected")
        expect(self.page.locator("#full-name")).to_be_empty()

    def expect_said(self, text: str) -> None:
        """Expect this text in an output, alert or status, which screen readers announce."""
        said = self.page.locator("output, [role=alert], [role=status]").get_by_text(text)
        expect(said.or_(self.page.locator("output", has_text=text))).to_be_visible()

    def expect_problem(self, field: str, text: str) -> None:
        """Expect an error message at this field that screen readers read along with it."""
        expect(self.field(field)).to_have_accessible_description(text)
        expect(self.field(field)).to_have_attribute("aria-invalid", "true")

    def expect_told(self, *texts: str) -> None:
        """Expect exactly these notifications, the newest first."""
        told = self.page.get_by_role("list", name="Notifications").get_by_role("listitem")
        expect(told).to_have_text(list(texts))

    def expect_unread(self, count: int) -> None:
        expect(self.page.locator("#unread")).to_have_text(str(count))
        expect(self.page.locator("#unread-badge")).to_be_visible(visible=count > 0)

    def expect_toasts(self, *texts: str) -> None:
        """Expect exactly these toasts since the page was loaded. They may be gone already."""
        self.page.wait_for_function("texts => String(toasted) === String(texts)", arg=list(texts))

    def expect_posts(self, *texts: str) -> None:
        """Expect exactly these posts in the feed, in this order."""
        expect(self.page.locator(".thread > .entry > .text")).to_have_text(list(texts))

    def expect_replies(self, to: str, *texts: str) -> None:
        expect(self.thread(to).locator(".replies .text")).to_have_text(list(texts))

    def expect_gone(self, text: str) -> None:
        expect(self.page.get_by_text(text)).to_have_count(0)

    def expect_tabs(self, count: int) -> None:
        """Expect that the panel shows this number of tabs for its user."""
        expect(self.page.locator("#sockets")).to_have_text(str(count))


def post(person: Person, text: str, to: str = "") -> str:
    """Write a post, or a reply to the post `to`. Return its ID."""
    return person.post("/comments", {"text": text, "post": to}).json()["id"]


def befriend(one: Person, *others: Person) -> None:
    for other in others:
        one.post("/friends", {"email": other.email})
        answer = other.post("/friends", {"email": one.email})
        assert answer.status_code == 200
