"""Somebody with a real browser: what they see while something is broken, and in the end."""

from playwright.sync_api import Browser

KEEP_WHAT_IS_SAID = """
globalThis.said = [];
document.addEventListener("DOMContentLoaded", () => {
  const state = document.getElementById("state");
  const look = () => {
    const [connection, reason] = ["connection", "connection-reason"].map(
      (id) => document.getElementById(id).textContent
    );
    const now = reason ? `${connection}: ${reason}` : connection;
    if (now !== said.at(-1)) said.push(now);
  };
  new MutationObserver(look).observe(state, { subtree: true, childList: true });
});
"""


class Witness:
    """A person at a browser, on the page with the feed."""

    def __init__(self, browser: Browser, url: str, cookie: str):
        self.context = browser.new_context(base_url=url)
        self.context.add_init_script(KEEP_WHAT_IS_SAID)
        self.context.add_cookies([{"name": "sid", "value": cookie, "url": url}])
        self.page = self.context.new_page()
        self.page.goto("/dashboard")

    @property
    def is_connected(self) -> bool:
        return self.page.locator("#connection").text_content() == "connected"

    @property
    def said(self) -> list[str]:
        """What the page has said of its connection, one after the other."""
        return self.page.evaluate("said")

    @property
    def shown(self) -> list[str]:
        """The ids of the notifications on the page, the newest first."""
        items = self.page.locator("#notifications > li")
        return items.evaluate_all("items => items.map(({ dataset }) => dataset.id)")

    def set_offline(self, is_offline: bool) -> None:
        """Cut the browser off the network, or let it come back."""
        self.context.set_offline(is_offline)
        self.page.evaluate(
            "name => dispatchEvent(new Event(name))", "offline" if is_offline else "online"
        )

    def close(self) -> None:
        self.context.close()
