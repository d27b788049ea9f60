"""Finds the browser for the tests. `python -m tools.browser` installs one if there is none."""

import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tools.programs import apt_get_install

ON_PATH = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
ONLY_HERE = "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost"


def find() -> str | None:
    """Return the path of Playwright's own Chromium or of one on the PATH, or None without any."""
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    on_path = (shutil.which(name) for name in ON_PATH)
    return own if Path(own).exists() else next(filter(None, on_path), None)


def launch_options(browser: str = "chromium") -> dict:
    """Return Playwright's options to launch a browser. Chromium can reach only our own servers."""
    if browser != "chromium":
        return {}  # always Playwright's own
    arguments = ["--disable-quic", f"--host-resolver-rules={ONLY_HERE}", "--disable-partial-raster"]
    return {"executable_path": find(), "args": arguments}


def install() -> None:
    """Install Playwright's Chromium or, if that fails and we're root, Debian's."""
    playwright = [sys.executable, "-m", "playwright", "install", "chromium"]
    if subprocess.run(playwright).returncode != 0:
        apt_get_install("chromium")


def main() -> None:
    if not find():
        print("There is no browser yet. Getting one ...", flush=True)
        install()
    if not find():
        sys.exit("The tests need a browser: install Chromium or Chrome, and try again.")


if __name__ == "__main__":
    main()
