"""Where the tests' browser is. `python -m tools.browser` makes sure that there is one."""

import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from tools.programs import apt_get_install

ON_PATH = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]
ONLY_HERE = "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost"


def find() -> str | None:
    """Return the path of a Chromium: Playwright's own, or one on the PATH."""
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    on_path = (shutil.which(name) for name in ON_PATH)
    return own if Path(own).exists() else next(filter(None, on_path), None)


def launch_options(browser: str = "chromium") -> dict:
    """Return how to start the browser that is there; Chromium looks for nothing but our servers."""
    if browser != "chromium":
        return {}  # always Playwright's own
    arguments = ["--disable-quic", f"--host-resolver-rules={ONLY_HERE}", "--disable-partial-raster"]
    return {"executable_path": find(), "args": arguments}


def install() -> None:
    """Get Playwright's own Chromium or, where that cannot be had, as root, Debian's."""
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
