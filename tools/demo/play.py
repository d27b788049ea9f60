"""Plays a scene: on the screen, or for a recording."""

from playwright.sync_api import Browser, sync_playwright

from tools.browser import launch_options
from tools.demo.scenes import SCENES
from tools.demo.screen import Screen
from tools.demo.stage import Frame, Recording, Visible
from tools.servers import App, our_apps, running


def app_of(step: str) -> App:
    [app] = [app for app in our_apps() if app.name.partition("-")[0] == step]
    return app


def record(step: str, browser: Browser | None = None) -> list[Frame]:
    """Play the scene of "01" to "06" or "final" without a screen; return what there was to see.

    It is recorded in `browser`, or in one that is started for it.
    """
    if browser is None:
        options = launch_options()
        with sync_playwright() as playwright, playwright.chromium.launch(**options) as started:
            return record(step, started)
    with running(app_of(step)) as server:
        stage = Recording(server, browser)
        try:
            SCENES[step](stage)
        finally:
            stage.close()
        return stage.frames


def play(step: str, pace: float) -> None:
    """Play the scene on the screen, where each caption stays for `pace` seconds."""
    options = launch_options()
    with (
        running(app_of(step)) as server,
        sync_playwright() as playwright,
        Screen(playwright, options) as screen,
    ):
        scene = SCENES[step]
        scene(Visible(server, screen, scene.__doc__, pace))
