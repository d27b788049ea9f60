"""The stage for a scene: a running app, and windows side by side."""

import re
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page

from tools.demo import album
from tools.demo.screen import Screen
from tools.demo.wire import ASKED_BY_US, Wire
from tools.normal import normalised
from tools.people import PASSWORD
from tools.servers import Server

NOISE = re.compile(
    rf"/static/|/socket\.io/|{re.escape(ASKED_BY_US)}"
    r"|^ \* (Serving|Debug)|^WARNING: This is a development|^Press CTRL"
)
ASKED_IF_IT_ANSWERS = re.compile(r'(?<=to quit\n).*"GET / HTTP/1.1" 200 -\n')
HEIGHT = 560  # of a recorded window, in pixels
WIDTH = 344
# These attributes are derived from IDs, so they differ in each run: an avatar's hue, friendships.
FROM_IDS = re.compile(r' data-(hue|friends)="\w+"')
# Replaces the texts of a page, so that every run gives the same picture. Returns the old texts.
EXCHANGE_TEXTS = """
(texts) => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const before = [];
  while (walker.nextNode()) {
    before.push(walker.currentNode.data);
    const text = texts?.[before.length - 1] ?? walker.currentNode.data;
    if (text !== walker.currentNode.data) walker.currentNode.data = text;
  }
  return before;
}
"""


@dataclass
class Window:
    """A window of the stage: a page, its traffic, and the actions of the person who uses it."""

    title: str
    page: Page
    wire: Wire | None = None  # None for the server's terminal
    width: int = WIDTH
    typing: float = 0  # milliseconds between two keys
    network: CDPSession | None = None  # only the session that cut a page off can reconnect it

    def type(self, label: str, text: str) -> None:
        self.page.bring_to_front()  # browsers slow down pages in the background
        box = self.page.get_by_label(label, exact=True)
        if self.typing:
            box.click()
            box.press_sequentially(text, delay=self.typing)
        else:
            box.fill(text)

    def click(self, button: str) -> None:
        self.page.bring_to_front()
        self.page.get_by_role("button", name=button, exact=True).click()

    def set_offline(self, is_offline: bool) -> None:
        """Disconnect or reconnect this page. Send it the event that a machine would send."""
        self.network = self.network or self.page.context.new_cdp_session(self.page)
        conditions = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.network.send("Network.emulateNetworkConditions", conditions | {"offline": is_offline})
        event = "offline" if is_offline else "online"
        self.page.evaluate(f"dispatchEvent(new Event('{event}'))")

    def look(self, name: str) -> None:
        """Scroll until this heading is at the top."""
        heading = self.page.get_by_role("heading", name=name, exact=True)
        heading.evaluate("it => it.scrollIntoView({ block: 'start' })")

    def fill_in_sign_up(self, url: str, name: str) -> None:
        first_name, last_name = name.split()
        self.page.goto(f"{url}/signup")
        self.type("First name", first_name)
        self.type("Last name", last_name)
        self.type("Email", f"{first_name.lower()}@example.org")
        self.type("Password", PASSWORD)


class Stage:
    """The stage for a scene. The subclasses below record it, or show it on the screen."""

    typing = 0.0

    def __init__(self, server: Server):
        self.server = server
        self.windows: list[Window] = []

    def open(
        self,
        *titles: str,
        width=WIDTH,
        terminal=0,
        tabs: dict[str, str] | None = None,
        urls: dict[str, str] | None = None,
    ) -> list[Window]:
        """Open windows with these titles, side by side. Add a terminal if `terminal` is a width.

        Each window is a browser with its own cookies, or a tab of the browser that `tabs` names for
        it. It shows the app at the server's URL, or at the URL that `urls` has for it.
        """
        widths = [width] * len(titles) + [terminal] * bool(terminal)
        self.make_room(widths)
        browsers: dict[str, BrowserContext] = {}
        for title in titles:
            name = (tabs or {}).get(title, title)
            if name not in browsers:
                browsers[name] = self.new_browser()
            page = self.new_page(browsers[name])
            wire = Wire(page, (urls or {}).get(title, self.server.url))
            window = Window(title, page, wire, width, self.typing)
            self.windows.append(window)
        if terminal:
            page = self.new_panel(album.TERMINAL)
            self.windows.append(Window("The server's terminal", page, None, terminal))
            self.refresh()
        return self.windows

    def refresh(self) -> None:
        """Show the server's latest output in the terminal."""
        for window in self.windows:
            if window.wire is None:
                window.page.evaluate(album.SHOW_PRINTED, worth_reading(self.server.printed))

    def strip(self, window: Window, title: str = "") -> str:
        """Return a browser window's traffic as HTML, or an empty text for the terminal."""
        if window.wire is None:
            return ""
        items = window.wire.items()
        return album.strip([(self.normalised(str(item)), item.is_new) for item in items], title)

    def normalised(self, text: str) -> str:
        return text

    def say(self, caption: str) -> None:
        """Show a caption. After that, the traffic so far is no longer new."""
        self.show(caption)
        for window in self.windows:
            for item in window.wire.items() if window.wire else []:
                item.is_new = False

    def show(self, caption: str) -> None:
        raise NotImplementedError


@dataclass
class Frame:
    """One moment of a recorded scene."""

    png: bytes
    caption: str
    source: str  # a text that changes whenever the picture does, fonts aside
    travelled: dict[str, list[str]] = field(default_factory=dict)  # by window


class Recording(Stage):
    """A stage without a screen. Each caption adds a frame, which is the same in every run."""

    def __init__(self, server: Server, browser: Browser):
        super().__init__(server)
        self.browser = browser
        self.frames: list[Frame] = []
        self._began = datetime.now(UTC)
        self._contexts: list[BrowserContext] = []
        self._album = self.new_browser().new_page()
        self._seen: dict = {}

    def make_room(self, widths: list[int]) -> None:
        self._widths = iter(widths)

    def new_browser(self) -> BrowserContext:
        context = self.browser.new_context(color_scheme="light", reduced_motion="reduce")
        # All times are shown as "just now", and no request is sent just because time has passed.
        context.clock.set_fixed_time(self._began)
        context.add_init_script("setInterval = () => 0")
        self._contexts.append(context)
        return context

    def new_page(self, context: BrowserContext, height: int = HEIGHT) -> Page:
        page = context.new_page()
        page.set_viewport_size({"width": next(self._widths), "height": height})
        return page

    def new_panel(self, html: str) -> Page:
        page = self.new_page(self.new_browser(), HEIGHT + album.STRIP_HEIGHT)
        page.set_content(html)
        return page

    def show(self, caption: str) -> None:
        self.refresh()
        travelled = {
            window.title: [self.normalised(str(item)) for item in window.wire.items()]
            for window in self.windows
            if window.wire
        }
        source = self.source(caption, travelled)
        figures = [
            album.figure(window.title, window.width, self.picture(window), self.strip(window))
            for window in self.windows
        ]
        png = album.shot(self._album, caption, figures)
        self.frames.append(Frame(png, caption, source, travelled))

    def normalised(self, text: str) -> str:
        return normalised(text, self._seen)

    def picture(self, window: Window) -> bytes:
        texts = window.page.evaluate(EXCHANGE_TEXTS)
        window.page.evaluate(EXCHANGE_TEXTS, [self.normalised(text) for text in texts])
        window.page.mouse.move(0, 0)  # so that it doesn't hover over anything
        png = window.page.screenshot(animations="disabled", caret="hide")
        window.page.evaluate(EXCHANGE_TEXTS, texts)
        return png

    def source(self, caption: str, travelled: dict[str, list[str]]) -> str:
        parts = [caption]
        for window in self.windows:
            values = window.page.locator("input:visible, textarea").evaluate_all(
                "boxes => boxes.map(box => box.value)"
            )
            page = "\n".join([window.title, window.page.content(), *values])
            # The traffic is normalised already. Doing it twice would take stand-in times for real.
            parts += [FROM_IDS.sub("", self.normalised(page)), *travelled.get(window.title, [])]
        styles = [] if self.frames else [album.ALBUM, album.STYLE, *self.stylesheets()]
        return "\n".join([*parts, *styles])

    def stylesheets(self) -> list[str]:
        links = (
            self.windows[0]
            .page.locator("link[rel=stylesheet]")
            .evaluate_all("links => links.map(link => link.href)")
        )
        return [self.windows[0].page.request.get(link).text() for link in links]

    def close(self) -> None:
        for context in self._contexts:
            context.close()


class Visible(Stage):
    """A stage on the screen. Captions stay for some seconds, and typing has a human pace."""

    typing = 45.0

    def __init__(self, server: Server, screen: Screen, about: str, pace: float):
        super().__init__(server)
        self.screen, self.pace, self.about = screen, pace, about
        self.new_browser = screen.new_browser
        self.new_page = screen.new_page
        self.new_panel = screen.new_panel

    def make_room(self, widths: list[int]) -> None:
        self.screen.make_room(widths, self.about)

    def show(self, caption: str) -> None:
        print(caption, flush=True)
        self.screen.show_caption(caption)
        until = time.monotonic() + self.pace
        while time.monotonic() < until:
            self.refresh()
            self.windows[0].page.wait_for_timeout(200)

    def refresh(self) -> None:
        super().refresh()
        for window in self.windows:
            if window.wire:
                strip = self.strip(window, window.title)
                window.page.evaluate(album.SHOW_STRIP, [strip, album.STYLE])


def worth_reading(printed: str) -> str:
    """Return a server's output without its startup messages and lines outside the story."""
    printed = ASKED_IF_IT_ANSWERS.sub("", printed)
    return "\n".join(line for line in printed.splitlines() if not NOISE.search(line))
