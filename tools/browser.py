"""Finds the browser for the tests. `python -m tools.browser` installs one if there is none."""

import functools
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from playwright.sync_api import sync_playwright

from tools.programs import apt_get_install

ON_PATH = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
SHELL = "chromium-headless-shell"  # has no windows and no profiles, but is twice as fast
ONLY_HERE = "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost"


@functools.cache
def playwright_has_its_own() -> bool:
    """Return whether Playwright has downloaded Chromium, which includes the shell."""

    def look() -> bool:
        with sync_playwright() as playwright:
            return Path(playwright.chromium.executable_path).exists()

    with ThreadPoolExecutor(1) as threads:  # because Playwright may be running in this thread
        return threads.submit(look).result()


def on_path(shell: bool = False) -> str | None:
    """Return the path of a Chromium on the PATH, or None without any."""
    names = [SHELL, *ON_PATH] if shell else ON_PATH
    return next(filter(None, map(shutil.which, names)), None)


def launch_options(browser: str = "chromium", headless: bool = True, shell: bool = False) -> dict:
    """Return Playwright's options to launch a browser. Chromium can reach only our own servers.

    With `shell`, use Chromium's headless shell if there is one.
    """
    if browser != "chromium":
        return {}  # always Playwright's own
    arguments = ["--disable-quic", f"--host-resolver-rules={ONLY_HERE}", "--disable-partial-raster"]
    options = {"headless": headless, "args": arguments}
    if not playwright_has_its_own():
        options["executable_path"] = on_path(shell and headless)
    elif not shell:
        options["channel"] = "chromium"  # or Playwright would choose the shell
    return options


def install() -> None:
    """Install Playwright's Chromium or, if that fails and we're root, Debian's."""
    playwright = [sys.executable, "-m", "playwright", "install", "chromium"]
    if subprocess.run(playwright).returncode != 0:
        apt_get_install("chromium")


def main() -> None:
    if not (playwright_has_its_own() or on_path(shell=True)):
        print("There is no browser yet. Getting one ...", flush=True)
        install()
    if playwright_has_its_own():
        return
    if not on_path(shell=True):
        sys.exit("The tests need a browser: install Chromium or Chrome, and try again.")
    if not shutil.which(SHELL):
        apt_get_install(SHELL)  # not all releases of Debian and Ubuntu have it


if __name__ == "__main__":
    main()
