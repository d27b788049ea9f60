"""`python -m tools.demo` plays the story in browsers side by side, or records it."""

import argparse
import logging
import os
import sys
from pathlib import Path

from playwright.sync_api import Error, expect

from tools.demo.album import write_animated
from tools.demo.play import PATIENCE, play, record
from tools.demo.scenes import SCENES
from tools.servers import ROOT, App


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.demo", description=__doc__)
    parser.add_argument("--step", choices=SCENES, default="final", help="whose scene (final)")
    parser.add_argument("--app", metavar="FOLDER", type=Path, help="play it with this app")
    parser.add_argument("--record", metavar="FILE", type=Path, help="make an animated GIF of it")
    parser.add_argument("--headless", action="store_true", help="record it, as without a screen")
    parser.add_argument(
        "--pace", metavar="SECONDS", type=float, default=6, help="how long a caption stays (6)"
    )
    options = parser.parse_args()
    if options.app and options.step == "final":
        parser.error("say how far your app is: --step 04, for example (make demo STEP=04 APP=…)")
    if options.app and not (options.app / "app.py").exists():
        parser.error(f"there is no app.py in {options.app}. Which folder is your app in?")
    return options


def has_screen() -> bool:
    on_linux = sys.platform.startswith("linux")
    return not on_linux or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def main() -> None:
    options = arguments()
    expect.set_options(timeout=1000 * PATIENCE)
    folder = options.app and options.app.resolve()
    app = folder and App(folder.name, int(options.step), folder)
    try:
        show(options, app)
    except AssertionError as error:
        if app is None:
            raise
        seen = str(error).split("Call log:")[0].strip()
        sys.exit(
            f"The story stops here, because your app didn't do what comes next:\n{seen}\n"
            f"The checks say more: make check-{options.step} APP={options.app}"
        )


def show(options: argparse.Namespace, app: App | None) -> None:
    """Play the scene, or record it."""
    if options.record or options.headless or not has_screen():
        path = options.record or ROOT / f"demo-{options.step}.gif"
        print("Recording the scene ...", flush=True)
        frames = record(options.step, app=app)
        write_animated(path, frames)
        print(f"{path} shows it, in {len(frames)} pictures.")
        return
    try:
        play(options.step, options.pace, app)
    except Error as error:
        if "closed" not in str(error):
            raise
        sys.exit("A window was closed, so this is the end of the play.")
    except KeyboardInterrupt:
        logging.getLogger("asyncio").disabled = True  # Ctrl-C has also ended Playwright's driver
        sys.exit(130)


if __name__ == "__main__":
    main()
