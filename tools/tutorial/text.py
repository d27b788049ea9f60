"""The text, with all that a machine can produce in its place; and where it differs, if it does."""

import difflib
import re

from cogapp import Cog

from tools.folders import ROOT

TUTORIAL = ROOT / "tutorial.md"
FIX = "make text"
PIECES = "from tools.tutorial.pieces import *\nfrom tools.tutorial.speed import *"
MANY = 12  # lines that are shown of a difference


def made_anew(text: str) -> str:
    """Return the text as cog makes it."""
    cog = Cog()
    cog.options.prologue = PIECES
    cog.options.print_output = True
    return cog.process_string(text, str(TUTORIAL))


def differences(old: str, new: str) -> list[str]:
    """Return where the texts differ: the line, the section it is in, and how."""
    before, after = old.splitlines(), new.splitlines()
    found = []
    for tag, i1, i2, j1, j2 in difflib.SequenceMatcher(None, before, after).get_opcodes():
        if tag == "equal":
            continue
        lines = [f"  - {line}" for line in before[i1:i2]] + [f"  + {line}" for line in after[j1:j2]]
        if len(lines) > MANY:
            lines[MANY:] = [f"  … and {len(lines) - MANY} lines more"]
        found.append("\n".join([f"tutorial.md, line {i1 + 1}, {section(before, i1)}:", *lines]))
    return found


def section(lines: list[str], at: int) -> str:
    """Return the headings above a line: the chapter's, and the section's in it."""
    heads: dict[int, str] = {}
    for line in lines[: at + 1]:
        if match := re.match(r"(##+) (.+)", line):
            level = len(match[1])
            heads = {known: head for known, head in heads.items() if known < level}
            heads[level] = f"“{match[2]}”"
    return ", ".join(heads.values())
