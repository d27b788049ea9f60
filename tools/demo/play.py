"""Plays a scene: on the screen, or for a recording."""

from contextlib import AbstractContextManager

from playwright.sync_api import Browser, sync_playwright

from tools.browser import launch_options
from tools.demo.pair import Pair, running_pair
from tools.demo.scenes import SCENES
from tools.demo.screen import Screen
from tools.demo.stage import Frame, Recording, Visible
from tools.servers import App, Server, our_apps, running

PATIENCE = 15  # seconds to wait for anything that should happen


def app_of(step: str) -> App:
    [app] = [app for app in our_apps() if app.name.partition("-")[0] == step]
    return app


def running_app(step: str, app: App) -> AbstractContextManager[Server | Pair]:
    """Start the app or, for step 07, two processes of it."""
    return running_pair(app) if step == "07" else running(app)


def record(step: str, browser: Browser | None = None, app: App | None = None) -> list[Frame]:
    """Play the scene of "01" to "07" or "final" without a screen. Return its pictures.

    If they're given, use `app` instead of our own app, and `browser` instead of starting one.
    """
    if browser is None:
        options = launch_options()
        with sync_playwright() as playwright, playwright.chromium.launch(**options) as started:
            return record(step, started, app)
    with running_app(step, app or app_of(step)) as server:
        stage = Recording(server, browser)
        try:
            SCENES[step](stage)
        finally:
            stage.close()
        return stage.frames


def play(step: str, pace: float, app: App | None = None) -> None:
    """Play the scene on the screen, where each caption stays for `pace` seconds."""
    options = launch_options(headless=False)
    with (
        running_app(step, app or app_of(step)) as server,
        sync_playwright() as playwright,
        Screen(playwright, options) as screen,
    ):
        scene = SCENES[step]
        scene(Visible(server, screen, scene.__doc__, pace))
