"""Edits of an app's files: mistakes, things to try out, and answers to exercises."""

import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tools.folders import files_of

EDITED = (".py", ".js", ".html", ".css", ".conf", ".template")  # suffixes of files to edit


class Edit(NamedTuple):
    """A text to replace, which occurs once in `file`, or once in all files if that is None."""

    old: str
    new: str
    file: str | None = None

    def place(self, texts: dict[str, str]) -> str:
        """Return the path of the file with the text. Raise ValueError unless it occurs once."""
        counts = {path: text.count(self.old) for path, text in texts.items()}
        if self.file:
            counts = {self.file: counts.get(self.file, 0)}
        total = sum(counts.values())
        if total != 1:
            where = self.file or "the folder"
            raise ValueError(f"{where} has this text {total} times instead of once: {self.old}")
        return next(path for path, count in counts.items() if count)


def read(path: Path) -> dict[str, dict]:
    """Return the entries of a file by name, each with its edits as a tuple."""
    entries = tomllib.loads(path.read_text("utf-8"))
    for entry in entries.values():
        entry["edits"] = tuple(Edit(**each) for each in entry["edits"])
    return entries


def texts_of(folder: Path) -> dict[str, str]:
    """Return the texts that edits may change, by path."""
    return {
        path: content.decode()
        for path, content in files_of(folder).items()
        if path.endswith(EDITED)
    }


def edit(texts: dict[str, str], edits: Iterable[Edit]) -> dict[str, str]:
    """Return the changed texts by path. Raise ValueError if an edit doesn't fit."""
    edited = {}
    for each in edits:
        path = each.place(texts | edited)
        edited[path] = (texts | edited)[path].replace(each.old, each.new)
    return edited


def apply(edits: Iterable[Edit], folder: Path) -> None:
    """Make the edits in this folder."""
    for path, text in edit(texts_of(folder), edits).items():
        (folder / path).write_text(text, "utf-8")


@contextmanager
def edited(folder: Path, edits: Iterable[Edit]) -> Iterator[None]:
    """Make the edits in this folder, and undo them at the end."""
    before = texts_of(folder)
    after = edit(before, edits)
    try:
        for path, text in after.items():
            (folder / path).write_text(text, "utf-8")
        yield
    finally:
        for path in after:
            (folder / path).write_text(before[path], "utf-8")
