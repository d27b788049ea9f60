"""A person with a real browser, who sees the page during a fault and after it."""

from playwright.sync_api import Browser

KEEP_WHAT_IS_SAID = """
globalThis.said = [];
globalThis.shown = [];  // [id, when] of each notification, in seconds
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
  const list = document.getElementById("notifications");
  new MutationObserver((records) => {
    const added = records.flatMap(({ addedNodes }) => [...addedNodes]);
    const items = added.filter((node) => node.dataset);
    shown.push(...items.map(({ dataset }) => [dataset.id, Date.now() / 1000]));
  }).observe(list, { childList: true });
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
        """The messages of the page about its connection, in order."""
        return self.page.evaluate("said")

    @property
    def shown(self) -> list[tuple[str, float]]:
        """The ID and the time of each notification that appeared on the page."""
        return [tuple(each) for each in self.page.evaluate("shown")]

    def set_offline(self, is_offline: bool) -> None:
        """Cut the browser off from the network, or reconnect it."""
        self.context.set_offline(is_offline)
        self.page.evaluate(
            "name => dispatchEvent(new Event(name))", "offline" if is_offline else "online"
        )

    def close(self) -> None:
        self.context.close()
