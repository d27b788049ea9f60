"""Edits that no longer fit: the text that they replace is gone, or occurs more than once."""

from collections.abc import Iterator

from tools import guarantees, mutants, story
from tools.edits import Edit, edit, read, texts_of
from tools.folders import ROOT

TRIED_OUT = "tools/tutorial/edits.toml"


def all_edits() -> Iterator[tuple[str, str, tuple[Edit, ...]]]:
    """Yield the edits of all mutants and of the tutorial: a name, the folder, and the edits."""
    for each in mutants.mutants():
        yield f"tests/mutants/{each.step}.toml, {each.name}", f"steps/{each.step}", each.edits
    for each in guarantees.mutants():
        yield f"tests/mutants/guarantees/, {each.name}", "final", each.edits
    for each in story.mistakes().values():
        model = story.MODEL.name
        yield f"tests/mutants/stories/{model}.toml, {each.name}", f"steps/{model}", each.edits
    for name, entry in read(ROOT / TRIED_OUT).items():
        yield f"{TRIED_OUT}, {name}", f"steps/{entry['step']}", entry["edits"]


def stale_edits() -> list[str]:
    """Return a line for each edit that doesn't fit: its name and the missing text."""
    texts: dict[str, dict[str, str]] = {}
    found = []
    for name, folder, edits in all_edits():
        if folder not in texts:
            texts[folder] = texts_of(ROOT / folder)
        try:
            edit(texts[folder], edits)
        except ValueError as error:
            found.append(f"{name}: {error}")
    return found
