"""What the pages of a test complain of: errors in the console, of scripts, of the network."""

import contextlib
import re
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Page, Request, Response

TELL_VIOLATIONS = """
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile }) =>
  console.error(`CSP: ${violatedDirective} forbids ${blockedURI} in ${sourceFile}`));
"""
LEFT_BEHIND = "net::ERR_ABORTED"  # whoever goes to another page does not wait for this one's


class Watch:
    """Listens to all pages of the contexts it is shown, from their beginning on."""

    def __init__(self):
        self.complaints: list[str] = []
        self.contexts: list[BrowserContext] = []
        self._due: list[str] = []
        self._allowed: list[str] = []

    def over(self, context: BrowserContext) -> None:
        context.add_init_script(TELL_VIOLATIONS)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(f"script: {error.error}"))
        context.on("response", self._response)
        context.on("requestfailed", self._failed)
        self.contexts.append(context)

    def expects(self, *patterns: str) -> None:
        """Say what is a part of the story, such as the 400 for a form filled in badly."""
        self._due += patterns

    def allows(self, *patterns: str) -> None:
        """Say what may be a part of the story, because it depends on when the page tries again."""
        self._allowed += patterns

    def complain(self) -> None:
        """Fail if there is something to complain of, and if what was expected has not come."""
        for context in self.contexts:
            for page in context.pages:
                self._hear(page)
        found = [each for each in self.complaints if not self._is_known(each)]
        assert found == [], "\n".join(["The pages complain:", *dict.fromkeys(found)])
        missing = [
            each for each in self._due if not any(re.search(each, c) for c in self.complaints)
        ]
        assert missing == [], f"These are expected, and did not come: {missing}"

    def _is_known(self, complaint: str) -> bool:
        return any(re.search(pattern, complaint) for pattern in self._due + self._allowed)

    def _hear(self, page: Page) -> None:
        """Wait for what this page has said already."""
        with contextlib.suppress(Error):  # it is being left
            page.title()

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"console: {message.text} ({message.location['url']})")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            path = urlsplit(response.url).path
            self.complaints.append(f"{response.status} {response.request.method} {path}")

    def _failed(self, request: Request) -> None:
        if request.failure != LEFT_BEHIND:
            self.complaints.append(f"{request.failure} {request.method} {request.url}")
