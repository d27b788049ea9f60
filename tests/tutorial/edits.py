"""Edits of a step, for a moment: what the text tries out, and answers to its exercises."""

import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Edits:
    """What is to be changed in a step's files."""

    name: str
    step: str  # the name of the folder
    edits: tuple[tuple[str, str, str], ...]  # (file, old, new)


def edits() -> dict[str, Edits]:
    """Return all that edits.toml has, by name."""
    entries = tomllib.loads((HERE / "edits.toml").read_text("utf-8"))
    return {
        name: Edits(
            name,
            entry["step"],
            tuple((edit["file"], edit["old"], edit["new"]) for edit in entry["edits"]),
        )
        for name, entry in entries.items()
    }


@contextmanager
def edited(folder: Path, changes: Iterable[tuple[str, str, str]]) -> Iterator[None]:
    """Make the changes in this folder, and take them back."""
    before = {file: (folder / file).read_text("utf-8") for file, *_ in changes}
    try:
        for file, old, new in changes:
            text = (folder / file).read_text("utf-8")
            if text.count(old) != 1:
                raise ValueError(f"{file} has this {text.count(old)} times, not once:\n{old}")
            (folder / file).write_text(text.replace(old, new), "utf-8")
        yield
    finally:
        for file, text in before.items():
            (folder / file).write_text(text, "utf-8")
