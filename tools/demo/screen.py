"""The screen: real browser windows side by side, with a caption above them."""

import tempfile
from contextlib import ExitStack
from itertools import pairwise

from playwright.sync_api import BrowserContext, Page, Playwright

QUIETER = ["--enable-automation"]  # this default would show a bar in each window
CAPTION_HEIGHT = 90
CAPTION = """
<!doctype html>
<title>Two Doors</title>
<style>
html, body { height: 100%; margin: 0; background: #16202f; color: #fff; }
body { display: flex; align-items: center; padding: 0 24px; box-sizing: border-box; }
p { margin: 0; font: 600 24px/30px system-ui, "DejaVu Sans", sans-serif; }
</style>
<p></p>
"""
SPACE = "[screen.availLeft, screen.availTop, screen.availWidth, screen.availHeight]"
POPUP = "place => { window.open('about:blank', '_blank', `popup,${place}`); }"


class Screen:
    """Opens windows, each in the next free place."""

    def __init__(self, playwright: Playwright, options: dict):
        self.playwright = playwright
        self._stack = ExitStack()
        self._options = {**options, "ignore_default_args": QUIETER}
        self._options["args"] = [*options["args"], "--test-type"]
        self._browser = playwright.chromium.launch(**self._options)
        self._stack.callback(self._browser.close)
        self._openers: dict[BrowserContext, Page] = {}
        self._caption: Page | None = None

    def __enter__(self) -> "Screen":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def make_room(self, widths: list[int], caption: str) -> None:
        """Divide the screen in proportion to these widths, below a caption."""
        page = self._browser.new_page(no_viewport=True)
        x, y, width, height = page.evaluate(SPACE)
        page.close()
        self._caption = self.app_window(CAPTION, (x, y, width, CAPTION_HEIGHT))
        self.show_caption(caption)
        lefts = [sum(widths[:n]) * width // sum(widths) for n in range(len(widths) + 1)]
        self._places = iter(
            (x + left, y + CAPTION_HEIGHT, right - left, height - CAPTION_HEIGHT)
            for left, right in pairwise(lefts)
        )

    def new_browser(self) -> BrowserContext:
        context = self._browser.new_context(no_viewport=True, color_scheme="light")
        self._openers[context] = context.new_page()
        return context

    def new_page(self, context: BrowserContext) -> Page:
        """Open a popup window, because popups have a thin frame and may be narrow."""
        left, top, width, height = next(self._places)
        opener = self._openers.pop(context, None)
        with context.expect_page() as opened:
            place = f"left={left},top={top},width={width},height={height}"
            (opener or context.pages[0]).evaluate(POPUP, place)
        page = opened.value
        if opener:
            opener.close()
        session = context.new_cdp_session(page)
        window = session.send("Browser.getWindowForTarget")["windowId"]
        bounds = {"left": left, "top": top, "width": width, "height": height}
        session.send("Browser.setWindowBounds", {"windowId": window, "bounds": bounds})
        return page

    def new_panel(self, html: str) -> Page:
        return self.app_window(html, next(self._places))

    def app_window(self, html: str, place: tuple[int, int, int, int]) -> Page:
        """Open a window that shows only a page. Such a window needs a browser of its own."""
        left, top, width, height = place
        folder = self._stack.enter_context(
            tempfile.TemporaryDirectory(prefix="two-doors-", ignore_cleanup_errors=True)
        )
        options = {**self._options, "no_viewport": True, "color_scheme": "light"}
        options["args"] = [
            *self._options["args"],
            "--app=data:text/html,",
            f"--window-position={left},{top}",
            f"--window-size={width},{height}",
        ]
        context = self.playwright.chromium.launch_persistent_context(folder, **options)
        self._stack.callback(context.close)
        page = context.pages[0]
        page.set_content(html)
        return page

    def show_caption(self, caption: str) -> None:
        self._caption.locator("p").evaluate("(it, text) => { it.textContent = text; }", caption)
