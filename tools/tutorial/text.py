"""Fills in the generated parts of the texts, and shows where a text differs from them."""

import difflib
import re
from pathlib import Path

from cogapp import Cog

from tools.folders import ROOT

TUTORIAL = ROOT / "tutorial.md"
TEXTS = [  # which cog fills in
    TUTORIAL,
    ROOT / "final" / "transport" / "README.md",
    *(path for path in sorted((ROOT / "docs").glob("*.md")) if "[[[cog" in path.read_text("utf-8")),
]
FIX = "make text"
PIECES = "from tools.tutorial.pieces import *\nfrom tools.tutorial.speed import *"
LINK = re.compile(r"\]\(([^)#:][^):]*)\)")
MANY = 12  # the most lines to show of a difference


def made_anew(text: str, path: Path = TUTORIAL) -> str:
    """Return the text of this file with its parts generated again by cog."""
    cog = Cog()
    cog.options.prologue = PIECES
    cog.options.print_output = True
    made = cog.process_string(text, str(path))
    return LINK.sub(lambda link: from_folder(link, path.parent), made)


def from_folder(link: re.Match, folder: Path) -> str:
    """Turn a link from the root, as the pieces print it, into a link from this folder."""
    target = link[1].partition("#")[0]
    if folder == ROOT or (folder / target).exists() or not (ROOT / target).exists():
        return link[0]
    return f"](../{link[1]})"


def differences(old: str, new: str, name: str = TUTORIAL.name) -> list[str]:
    """Describe where the texts differ: the line, its section, and the changed lines."""
    before, after = old.splitlines(), new.splitlines()
    found = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, before, after).get_opcodes():
        if tag == "equal":
            continue
        lines = [f"  - {line}" for line in before[i1:i2]] + [f"  + {line}" for line in after[j1:j2]]
        if len(lines) > MANY:
            lines[MANY:] = [f"  … and {len(lines) - MANY} lines more"]
        found.append("\n".join([f"{name}, line {i1 + 1}, {section(before, i1)}:", *lines]))
    return found


def section(lines: list[str], at: int) -> str:
    """Return the headings above a line: its chapter's, and its section's."""
    heads: dict[int, str] = {}
    for line in lines[: at + 1]:
        if match := re.match(r"(##+) (.+)", line):
            level = len(match[1])
            heads = {known: head for known, head in heads.items() if known < level}
            heads[level] = f"“{match[2]}”"
    return ", ".join(heads.values())
