"""The text shows the code and its output as they are, and GitHub can render it."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from cogapp.cogapp import CogError
from markdown_it import MarkdownIt

from tests.tutorial.reader import blocks_of
from tools.folders import ROOT
from tools.tutorial.changes import excerpt
from tools.tutorial.pieces import RECORDED, commands_of, on_windows
from tools.tutorial.record import STEPS, source_of
from tools.tutorial.text import FIX, TEXTS, TUTORIAL, differences, made_anew

DOCUMENTS = ["README.md", "CONTRIBUTING.md", "tutorial.md"]
DOCUMENTS += sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md"))
BY_MAKE_FAULTS = "faults"  # the recording that `make faults` writes


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_the_text_is_what_the_code_says(path: Path):
    text = path.read_text("utf-8")
    try:
        places = differences(text, made_anew(text, path), path.name)
    except CogError as error:
        pytest.fail(f"The text asks for a piece that doesn't exist:\n{error}", pytrace=False)
    if places:
        pytest.fail("\n\n".join([*places, f"Fix it: {FIX}"]), pytrace=False)


def test_no_piece_is_empty():
    for path in TEXTS:
        assert not re.findall(r"\]\]\] -->\s*<!-- \[\[\[end", path.read_text("utf-8")), path


@pytest.mark.parametrize("step", STEPS)
def test_the_text_shows_what_is_seen(step: str, tmp_path: Path):
    """Record everything again and compare it: terminals word by word, pictures by their sources."""
    command = [sys.executable, "-m", "tools.tutorial.record", str(tmp_path), step]
    subprocess.run(command, cwd=ROOT, check=True)
    changed = []
    for new in sorted(tmp_path.iterdir()):
        old = RECORDED / new.name
        if new.suffix == ".txt":
            is_same = old.exists() and old.read_text("utf-8") == new.read_text("utf-8")
        else:
            is_same = source_of(old) == source_of(new)
        if not is_same:
            changed.append(f"docs/recorded/{new.name}, which is shown in {places_of(new.stem)}")
    if changed:
        explanation = "these recordings differ from what the apps show now:"
        pytest.fail("\n".join([explanation, *changed, "Fix it: make tutorial"]), pytrace=False)


def places_of(name: str) -> str:
    """Return the places where the text shows a recording."""
    lines = TUTORIAL.read_text("utf-8").splitlines()
    asked_for = re.escape(name.removeprefix("break-"))
    wanted = re.compile(
        rf'(recorded|shell|experiment|break_it|break_final)\(.*"{asked_for}"|/{name}\.(png|gif)'
    )
    found = [f"tutorial.md, line {n}" for n, line in enumerate(lines, 1) if wanted.search(line)]
    return " and ".join(found) or "no place"


def test_all_that_is_recorded_is_shown():
    recorded = {path.stem for path in RECORDED.iterdir()} - {BY_MAKE_FAULTS}
    shown = "".join(path.read_text("utf-8") for path in TEXTS)
    assert (RECORDED / f"{BY_MAKE_FAULTS}.md").read_text("utf-8") in shown
    assert [name for name in sorted(recorded) if places_of(name) == "no place"] == []


def test_an_excerpt_keeps_whole_statements_and_marks_what_is_left_out():
    definition = [
        "def f(a):",
        '    """A docstring."""',
        "    # A comment.",
        "    if a:",
        "        first()",
        "        second(",
        "            a)",
        "    third()",
    ]
    assert excerpt(definition, ("second",)) == [
        "def f(a):",
        "    …",
        "    if a:",
        "        …",
        "        second(",
        "            a)",
        "    …",
    ]


def test_every_chapter_that_builds_has_the_same_sections():
    text = TUTORIAL.read_text("utf-8")
    wanted = ["What you will see", "The idea", "The code", "Run it", "Break it", "Check yours"]
    wanted += ["Exercises", "Trouble?"]
    for chapter in re.findall(r"^## [1-7]\. .*?(?=^## )", text, re.M | re.S):
        sections = re.findall(r"^### (.+)$", chapter, re.M)
        assert [section for section in sections if section in wanted] == wanted


def test_readers_run_something_after_at_most_40_lines_of_code():
    """Empty lines and comments don't count."""
    comment = re.compile(r"\s*(#|//)")
    for chapter in re.findall(r"^## [1-7]\. .*?(?=^## )", TUTORIAL.read_text("utf-8"), re.M | re.S):
        typed: list[str] = []
        for block in blocks_of(chapter):
            runs = ("$ make", "$ pytest")
            if block.language == "pycon" or any(line in block.text for line in runs):
                typed = []
            elif block.path and block.what not in {"for a moment", "for practice"}:
                lines = block.text.splitlines()
                if block.language == "diff":
                    lines = [line[1:] for line in lines if line[:1] == "+"]
                typed += [line for line in lines if line.strip() and not comment.match(line)]
            assert len(typed) <= 40, f"{chapter.splitlines()[0]}, before:\n{block.text}"


@pytest.mark.parametrize("target", ["install", "new", "serve", "shell", "step-02", "check-02"])
def test_a_command_for_windows_differs_in_its_spelling_only(target: str):
    for command in commands_of(target):
        spelled = on_windows(command)
        back = spelled.replace("py -m", "python3 -m").replace("Scripts", "bin").replace("\\", "/")
        assert back == command


# Links, pictures and folded parts, as GitHub renders them.


class Page(HTMLParser):
    """The links, pictures and headings of a rendered document."""

    def __init__(self, name: str):
        super().__init__()
        self.name = name  # of the document
        self.links: list[str] = []
        self.pictures: list[dict[str, str | None]] = []
        self.open_details = 0
        self.headings: list[str] = []
        self._heading: list[str] | None = None
        renderer = MarkdownIt("gfm-like", {"linkify": False})
        self.rendered = renderer.render((ROOT / name).read_text("utf-8"))
        self.feed(self.rendered)

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        if tag == "a":
            self.links.append(named["href"])
        elif tag == "img":
            self.pictures.append(named)
        elif tag == "details":
            self.open_details += 1
        elif re.fullmatch(r"h[1-6]", tag):
            self._heading = []

    def handle_endtag(self, tag):
        if tag == "details":
            self.open_details -= 1
        elif re.fullmatch(r"h[1-6]", tag):
            self.headings.append("".join(self._heading))
            self._heading = None

    def handle_data(self, data):
        if self._heading is not None:
            self._heading.append(data)

    @property
    def anchors(self) -> set[str]:
        """Return the names that GitHub gives to the headings."""
        found: dict[str, int] = {}
        for heading in self.headings:
            name = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            found[name] = found.get(name, -1) + 1
        return {
            name if not n else f"{name}-{n}"
            for name, most in found.items()
            for n in range(most + 1)
        }


@pytest.fixture(scope="module", params=DOCUMENTS)
def document(request) -> Page:
    return Page(request.param)


def test_every_link_leads_somewhere(document: Page):
    anchors = {name: Page(name).anchors for name in DOCUMENTS}
    lost = [link for link in document.links if not leads_somewhere(link, document.name, anchors)]
    assert lost == []


def leads_somewhere(link: str, own: str, anchors: dict[str, set[str]]) -> bool:
    if link.startswith("https://"):
        return True  # another site, on which nothing here depends
    path, _, anchor = link.partition("#")
    target = (ROOT / own).parent / path if path else ROOT / own
    if not target.exists():
        return False
    name = target.resolve().relative_to(ROOT).as_posix()
    return not anchor or anchor in anchors.get(name, ())


def test_no_text_gives_the_number_of_a_line():
    """The next change would move the line."""
    texts = [ROOT / name for name in DOCUMENTS]
    texts += [path for end in ("md", "txt") for path in (ROOT / "docs").rglob(f"*.{end}")]
    numbered = re.compile(r".*(?:#L\d|\.(?:py|js|html|css|toml):\d|\blines? \d).*")
    found = {path.name: numbered.findall(path.read_text("utf-8")) for path in texts}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_every_picture_is_there_and_says_what_it_shows(document: Page):
    for picture in document.pictures:
        assert ((ROOT / document.name).parent / picture["src"]).exists(), picture
        assert len(picture["alt"]) > 10, picture


def test_every_table_is_one(document: Page):
    """An empty line ends a table, and the rows below it are shown as plain text."""
    assert "<p>|" not in document.rendered


def test_what_is_folded_can_be_unfolded(document: Page):
    assert document.open_details == 0
