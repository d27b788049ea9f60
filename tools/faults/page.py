"""A simulated page, which reconnects on its own, catches up, and shows each comment once.

It works like final/web/static/live.js and state.js, but without a browser, so we can run hundreds.
"""

import asyncio
import contextlib
import random
import time
from dataclasses import dataclass

from websockets.exceptions import ConnectionClosed, WebSocketException

from tools.crowd import Tab

FIRST_TRY, LAST_TRY = 0.2, 2.0  # seconds until it reconnects: longer after each try
ASK_EVERY = 25.0  # seconds
ASK_AGAIN = 2.0  # seconds, if there was no answer
ASK_LATER = 10.0  # seconds, after an error
ANSWERED_IN = 5.0  # seconds to wait for an answer


@dataclass(frozen=True)
class Loss:
    """A lost connection: the time, and the process at its other end."""

    at: float  # time.time(), like all times here, because we compare it with a browser's clock
    process: str


class Page:
    """A person's page, which stays open for the whole experiment."""

    def __init__(self, url: str, cookie: str, chance: random.Random):
        self.url = url
        self.cookie = cookie
        self.chance = chance
        self.shown: dict[str, float] = {}  # times by comment ID, in order of appearance
        self.came_twice: list[str] = []  # IDs of comments that arrived live more than once
        self.losses: list[Loss] = []
        self.process = ""  # the process that it's connected to
        self.pause = ASK_AGAIN
        self._came_live: set[str] = set()
        self._complete_up_to: str | None = None
        self._is_caught_up = False
        self._look = asyncio.Event()

    @property
    def is_live(self) -> bool:
        """Whether the page is connected, and has missed nothing."""
        return self._is_caught_up

    async def live(self) -> None:
        """Stay open and reconnect, until the task is cancelled."""
        wait = FIRST_TRY
        while True:
            tab = PageTab(self)
            try:
                async with asyncio.timeout(20):  # the timeout of Socket.IO's client
                    await tab.open()
            except (OSError, WebSocketException, ConnectionError, TimeoutError):
                tab.abandon()
                await asyncio.sleep(wait * (0.5 + self.chance.random()))
                wait = min(2 * wait, LAST_TRY)
                continue
            wait = FIRST_TRY
            try:
                await self._stay(tab)
            finally:
                self._is_caught_up = False
                tab.abandon()
            self.losses.append(Loss(time.time(), self.process))

    async def _stay(self, tab: Tab) -> None:
        """Catch up now, and again from time to time, until the connection ends."""
        with contextlib.suppress(ConnectionError, ConnectionClosed):
            panel = await tab.call("panel", {})
            self.process = panel.get("process", self.process)
            while tab.is_open:
                self._look.clear()
                pause = ASK_EVERY if await self._catch_up(tab) else self.pause
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await tab.until(self._look.is_set)

    async def _catch_up(self, tab: Tab) -> bool:
        """Ask for missed comments in portions. Return whether all of them have arrived."""
        self._is_caught_up = False
        is_new = True
        while is_new:
            try:
                async with asyncio.timeout(ANSWERED_IN):
                    answer = await tab.call("notifications", {"after": self._complete_up_to})
            except TimeoutError:
                self.pause = ASK_AGAIN
                return False
            if "error" in answer:
                self.pause = ASK_LATER
                return False
            is_new = [one for one in answer["notifications"] if self._show(one["id"])]
            if is_new:
                self._complete_to(answer["notifications"][-1]["id"])
        for one in self.shown:
            self._complete_to(one)
        self._is_caught_up = True
        return True

    def has_come(self, event: str, data: dict) -> None:
        if event == "look":
            self._look.set()
        if event == "comment":
            if data["id"] in self._came_live:
                self.came_twice.append(data["id"])
            self._came_live.add(data["id"])
            if self._show(data["id"]) and self._is_caught_up:
                self._complete_to(data["id"])

    def _show(self, comment_id: str) -> bool:
        """Show a comment unless the page shows it already. Return whether it's new."""
        is_new = comment_id not in self.shown
        if is_new:
            self.shown[comment_id] = time.time()
        return is_new

    def _complete_to(self, comment_id: str) -> None:
        if self._complete_up_to is None or comment_id > self._complete_up_to:
            self._complete_up_to = comment_id


class PageTab(Tab):
    """One connection of a page."""

    def __init__(self, page: Page):
        super().__init__(page.url, page.cookie)
        self.page = page

    def has_come(self, event: str, data: dict) -> None:
        super().has_come(event, data)
        self.page.has_come(event, data)
        self._changed.set()
