"""Edits of an app's files: mistakes to be recognised, things to try out, answers to exercises."""

import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

Edit = tuple[str, str, str]  # (file, old, new)


def read(path: Path) -> dict[str, dict]:
    """Return the entries of a file by name, each with its edits as tuples."""
    entries = tomllib.loads(path.read_text("utf-8"))
    for entry in entries.values():
        entry["edits"] = tuple((each["file"], each["old"], each["new"]) for each in entry["edits"])
    return entries


def apply(edits: Iterable[Edit], folder: Path) -> None:
    """Make the edits in this folder."""
    for file, old, new in edits:
        text = (folder / file).read_text("utf-8")
        if text.count(old) != 1:
            found = f"{file} has {text.count(old)} times what is to be edited"
            raise ValueError(f"{found}, and should have it once:\n{old}")
        (folder / file).write_text(text.replace(old, new), "utf-8")


@contextmanager
def edited(folder: Path, edits: Iterable[Edit]) -> Iterator[None]:
    """Make the edits in this folder, and take them back."""
    before = {file: (folder / file).read_text("utf-8") for file, *_ in edits}
    try:
        apply(edits, folder)
        yield
    finally:
        for file, text in before.items():
            (folder / file).write_text(text, "utf-8")
