"""Errors that the pages of a test report: in the console, in scripts and on the network."""

import contextlib
import re
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Page, Request, Response

TELL_VIOLATIONS = """
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sourceFile }) =>
  console.error(`CSP: ${violatedDirective} forbids ${blockedURI} in ${sourceFile}`));
"""
LEFT_BEHIND = "net::ERR_ABORTED"  # a browser that opens another page aborts this page's requests


class Watch:
    """Collects the errors of all pages of the given contexts, from the first page on."""

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
        """Name errors that must occur, such as the 400 for an invalid form."""
        self._due += patterns

    def allows(self, *patterns: str) -> None:
        """Name errors that may occur, because they depend on when the page tries again."""
        self._allowed += patterns

    def complain(self) -> None:
        """Fail if a page has reported an unexpected error, or if an expected error is missing."""
        for context in self.contexts:
            for page in context.pages:
                self._hear(page)
        found = [each for each in self.complaints if not self._is_known(each)]
        assert found == [], "\n".join(["The pages reported errors:", *dict.fromkeys(found)])
        missing = [
            each for each in self._due if not any(re.search(each, c) for c in self.complaints)
        ]
        assert missing == [], f"These expected errors did not occur: {missing}"

    def _is_known(self, complaint: str) -> bool:
        return any(re.search(pattern, complaint) for pattern in self._due + self._allowed)

    def _hear(self, page: Page) -> None:
        """Wait for the messages that this page has sent already."""
        with contextlib.suppress(Error):  # the page is being left
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
