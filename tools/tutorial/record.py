"""Records the output and the pages of the steps into docs/recorded/, for pieces.py to show.

`python -m tools.tutorial.record FOLDER 02` records step 02 into a folder. It replaces a picture
only if its source has changed, which is the content of the page. The pixels don't count, because
fonts differ between machines.
"""

import hashlib
import io
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image, ImageOps
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tools import guarantees
from tools.browser import launch_options
from tools.demo.album import write_animated
from tools.demo.play import PATIENCE
from tools.demo.play import record as record_scene
from tools.demo.scenes import ADA, expect_connected, sign_up
from tools.demo.stage import Recording
from tools.edits import edited
from tools.folders import ROOT, check, copy_of, run_tests
from tools.mutants import mutant
from tools.normal import normalised
from tools.people import Person, Socket
from tools.servers import App, Server, running
from tools.tutorial.pieces import SHELLS, THROWAWAY, TRIED_OUT, only
from tools.tutorial.text import TUTORIAL

STEPS = ["00", "01", "02", "03", "04", "05", "06", "07", "final"]
WIDE, NARROW = 960, 380  # of a page, in pixels
BORDER = "#c4cbd5"  # because a page and the text around its picture are both white
# The demo's frame at the beginning of each chapter.
GOALS = {"01": 1, "02": 1, "03": 1, "04": 3, "05": 4, "06": 2, "07": 4}
PAGES = {"00", "02", "04"}  # steps whose page is shown in a wide window and in a narrow one
FAILURE = re.compile(r"^(    assert .*)\n(E  .*)(?:.*\n)*?^(FAILED .*?)(?: - |$)", re.M)
EXPLANATION = re.compile(r"^What is wrong:.*?^Read again:[^\n]*", re.M | re.S)


def write_text(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.txt").write_text(normalised(text).strip("\n") + "\n", "utf-8")


def write_picture(folder: Path, name: str, source: str, png: bytes) -> None:
    """Write a picture with a digest of its source, unless there is one with the same digest."""
    path = folder / f"{name}.png"
    if source_of(path) != digest(source):
        info = PngInfo()
        info.add_text("source", digest(source))
        image = Image.open(io.BytesIO(png)).convert("RGB")
        ImageOps.expand(image, 1, BORDER).save(path, pnginfo=info, optimize=True)


def source_of(picture: Path) -> str | None:
    """Return the digest of a picture's source, which is stored in the picture itself."""
    if not picture.exists():
        return None
    with Image.open(picture) as image:
        known = image.info.get("source") or image.info.get("comment", b"").decode()
    return known


def digest(source: str) -> str:
    return hashlib.sha256(source.encode()).hexdigest()


def record(step: str, folder: Path) -> None:
    """Record everything that the text shows of a step: "00" to "07", or "final"."""
    if step == "final":
        frames, story = record_scene("final"), folder / "story.gif"
        source = digest("\n".join(frame.source for frame in frames))
        if source_of(story) != source:
            write_animated(story, frames, source)
        for name in re.findall(r'break_final\("([^"]+)"\)', TUTORIAL.read_text("utf-8")):
            write_text(folder, f"break-{name}", failure_without(guarantees.mutant(name)))
        return
    [original] = (ROOT / "steps").glob(f"{step}-*")
    options = launch_options()
    with tempfile.TemporaryDirectory() as temporary:
        app = copy_of(original, Path(temporary, "my-app"))
        with sync_playwright() as playwright, playwright.chromium.launch(**options) as browser:
            record_pictures(folder, step, app, browser)
        record_terminals(folder, step, app)
        for name in broken_on_purpose(original.name):
            broken = mutant(original.name, name)
            with edited(app, broken.edits):
                write_text(folder, f"break-{name}", explanation(app, step, only(broken.check)))


def record_terminals(folder: Path, step: str, app: Path) -> None:
    for name, shell in SHELLS.items():
        if shell["step"] == step:
            if file := shell.get("throwaway"):
                shutil.copy(THROWAWAY / file, app)
            write_text(folder, name, typed_into_a_shell(app, shell["typed"].lstrip("\n")))
    if step == "00":
        write_text(folder, "00-check", explanation(app, "01"))
    if step == "01":
        write_text(folder, "01-request", at_the_request(app))
    if step == "02":
        write_text(folder, "02-both", at_both_doors(app))
        with edited(app, TRIED_OUT["02-same-object"]["edits"]):
            printed = at_both_doors(app)
        lines = [line for line in printed.splitlines() if line.startswith(("in a ", "after a "))]
        write_text(folder, "02-same-object", "\n".join(lines))


def broken_on_purpose(step: str) -> list[str]:
    return re.findall(rf'break_it\("{step}", "([^"]+)"\)', TUTORIAL.read_text("utf-8"))


# Terminals.


def explanation(app: Path, upto: str, words: str | None = None) -> str:
    """Return the first message of the checks about an app."""
    chosen = ["-k", words] if words else []
    run = check(app, upto, "tests/steps", "--maxfail=1", "--patience=3", *chosen)
    found = EXPLANATION.search(run.stdout)
    if not found:
        raise RuntimeError(f"the checks find no mistake in this app:\n{run.stdout}{run.stderr}")
    return found[0]


def failure_without(mutant: guarantees.Mutant) -> str:
    """Return the output of the first test that fails if final/ lacks a mechanism."""
    with tempfile.TemporaryDirectory() as temporary:
        repository = guarantees.copy_of_repository(Path(temporary, "two-doors"))
        mutant.apply(repository)
        run = run_tests(repository, mutant.check, "--maxfail=1", "--tb=short", "--patience=3")
    found = FAILURE.search(run.stdout)
    if not found:
        raise RuntimeError(f"the test finds no mistake:\n{run.stdout}{run.stderr}")
    return "\n".join(found.groups())


def typed_into_a_shell(app: Path, lines: str) -> str:
    """Return a Python shell's output for these lines of input, without its last prompt."""
    command = [sys.executable, "-m", "tools.shell", str(app)]
    run = subprocess.run(
        command, cwd=ROOT, input=lines, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return run.stdout.strip().removesuffix(">>>").strip()


@contextmanager
def visited(app: Path) -> Iterator[tuple[Server, Person]]:
    """Run an app in which Ada has signed up and looks at the dashboard."""
    with running(App(app.name, 0, app)) as server:
        ada = Person(server.url, *ADA.split())
        ada.sign_up()
        ada.get("/dashboard")
        yield server, ada


def at_the_request(app: Path) -> str:
    """Return the app's output after Ada has loaded the dashboard."""
    with visited(app) as (server, _):
        return printed_by_the_app(server)


def at_both_doors(app: Path) -> str:
    """Return the app's output after Ada has also opened a socket."""
    with visited(app) as (server, ada):
        socket = Socket(ada)
        socket.wait_for("profile")
        socket.close()
        return printed_by_the_app(server)


def printed_by_the_app(server: Server) -> str:
    """Stop the server, so that its output is complete, and return it without Flask's own lines."""
    server.stop()
    of_flask = re.compile(r" \* |WARNING: This is a dev|Press CTRL|\S+ - - \[")
    return "\n".join(line for line in server.printed.splitlines() if not of_flask.match(line))


# Pictures.


def record_pictures(folder: Path, step: str, app: Path, browser: Browser) -> None:
    if step in PAGES:
        record_pages(folder, step, app, browser)
    if step in GOALS:
        frames = record_scene(step, browser)[: GOALS[step] + 1]
        source = "\n".join(frame.source for frame in frames)
        write_picture(folder, step, source, frames[-1].png)


def record_pages(folder: Path, step: str, app: Path, browser: Browser) -> None:
    """Take pictures of a step's page, as Ada sees it in a wide window and in a narrow one."""
    with running(App(app.name, int(step), app)) as server:
        stage = Recording(server, browser)
        [ada] = stage.open(ADA, width=WIDE)
        if step == "00":
            ada.page.goto(server.url)
        else:
            sign_up(ADA, ada, stage)
        if step >= "02":
            expect_connected(ada, ADA)
            ada.click("Compare sessions")
            for door in "request", "socket":
                expect(ada.page.locator(f"#{door}-session")).to_contain_text("last_modified")
        for name, width in ("wide", WIDE), ("narrow", NARROW):
            show_all_of(ada.page, width)
            source = stage.source(f"{width} pixels", {ADA: []})
            write_picture(folder, f"{step}-{name}", source, stage.picture(ada))
        stage.close()


def show_all_of(page: Page, width: int) -> None:
    """Give the page a window of this width that is high enough to show it without scrolling."""
    page.mouse.move(0, 0)
    page.set_viewport_size({"width": width, "height": 200})
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": height})


if __name__ == "__main__":
    expect.set_options(timeout=1000 * PATIENCE)
    record(sys.argv[2], Path(sys.argv[1]))
