"""A reader of tutorial.md, who does exactly what it says, in an empty folder."""

import ast
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tools.edits import texts_of
from tools.folders import ROOT, files_of

CAPTION = re.compile(r"^\*\*`([^`]+)`\*\*, (.+):$")
FENCE = re.compile(r"^```(\w+)$")


@dataclass(frozen=True)
class Block:
    """A block of the text: its language, its lines and, if it is code of the app, where it goes."""

    line: int  # of its chapter, from 1
    language: str
    text: str
    path: str | None = None
    what: str | None = None

    @property
    def commands(self) -> list[str]:
        return [line[2:] for line in self.text.splitlines() if line.startswith("$ ")]


def blocks_of(text: str) -> list[Block]:
    """Return the fenced blocks in order, except those in comments and folded parts."""
    keep_lines = re.compile(r"<!--.*?-->|<details>.*?</details>", re.S)
    text = keep_lines.sub(lambda match: "\n" * match[0].count("\n"), text)
    found, caption = [], None
    lines = iter(enumerate(text.splitlines(), 1))
    for number, line in lines:
        if match := FENCE.match(line):
            body = []
            for _, line in lines:
                if line == "```":
                    break
                body.append(line)
            path, what = caption or (None, None)
            found.append(Block(number, match[1], "\n".join(body), path, what))
            caption = None
        elif match := CAPTION.match(line):
            caption = match.groups()
        elif line.strip():
            caption = None
    return found


class Notebook:
    """The reader's app: a folder, and the changes that the text asks for."""

    def __init__(self, folder: Path):
        self.folder = folder

    def do(self, block: Block) -> None:
        path = self.folder / block.path
        text = path.read_text("utf-8") if path.exists() else ""
        path.write_text(changed(text, block), "utf-8")

    def tidy(self) -> None:
        """Let ruff add the blank lines between pasted parts, as an editor would."""
        ruff = [sys.executable, "-m", "ruff", "format", "--quiet", "--no-cache"]
        config = ["--config", str(ROOT / "pyproject.toml")]
        subprocess.run([*ruff, *config, str(self.folder)], check=True)

    def put_back(self, files: dict[str, str]) -> None:
        for path, text in files.items():
            (self.folder / path).write_text(text, "utf-8")

    def files(self) -> dict[str, str]:
        return {path: content.decode() for path, content in files_of(self.folder).items()}


class Final(Notebook):
    """The repository, in which the reader changes only final/."""

    def files(self) -> dict[str, str]:
        return {f"final/{path}": text for path, text in texts_of(self.folder / "final").items()}


def changed(text: str, block: Block) -> str:
    """Return the file's text after the change that a block asks for."""
    match block.what.split(" ", 1):
        case ["new"] | ["in", _]:  # in place of its content
            return block.text + "\n"
        case ["which", _] | ["at", _]:  # which goes on; at its end
            return text.rstrip("\n") + "\n\n" + block.text + "\n"
        case ["below", where]:
            return pasted_below(text, where.strip("`"), block.text)
        case ["changed"] | ["for", _]:  # for a moment
            for piece in re.split(r"^…\n", block.text, flags=re.M):
                text = patched(text, piece.splitlines(), block.line)
            return text
    raise ValueError(
        f"line {block.line} of the chapter: a reader can't know what “{block.what}” asks for"
    )


def pasted_below(text: str, where: str, new: str) -> str:
    lines = text.splitlines()
    ends = [i + 1 for i, line in enumerate(lines) if line.strip() == where]
    if where.isidentifier():
        ends = [n.end_lineno for n in ast.parse(text).body if getattr(n, "name", None) == where]
    [end] = ends
    return "\n".join([*lines[:end], *new.splitlines(), *lines[end:]]) + "\n"


def patched(text: str, diff: list[str], number: int) -> str:
    old = [line[1:] for line in diff if line[:1] != "+"]
    new = [line[1:] for line in diff if line[:1] != "-"]
    lines = text.splitlines()
    places = [i for i in range(len(lines)) if lines[i : i + len(old)] == old]
    if len(places) != 1:
        raise ValueError(
            f"line {number} of the chapter: the file has these lines {len(places)} times: {old}"
        )
    return "\n".join([*lines[: places[0]], *new, *lines[places[0] + len(old) :]]) + "\n"
