"""`python -m tools.carry` carries a step's changes into the steps that follow: `make carry`.

It merges the changes since the last commit into the same files of the next step, and from there
into the step after that. If the next step has different lines in the same place, it changes nothing
and reports the place.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from tools.folders import ROOT
from tools.stale import stale_edits

# The markers of git merge-file: <<<<<<< ours ||||||| base ======= theirs >>>>>>>
OURS, BASE, THEIRS, END = b"<<<<<<<", b"|||||||", b"=======", b">>>>>>>"


@dataclass
class Conflict:
    """A place where a step has lines of its own, so a change can't be carried into them."""

    ours: list[bytes] = field(default_factory=list)
    base: list[bytes] = field(default_factory=list)
    theirs: list[bytes] = field(default_factory=list)


@dataclass
class Report:
    """The outcome for each file."""

    carried: list[str] = field(default_factory=list)
    untouched: list[str] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)


class Carrier:
    """Carries the changes since a revision, in the repository at `root`."""

    def __init__(self, root: Path, since: str = "HEAD", markers: bool = False):
        self.root, self.since, self.markers = root, since, markers
        self.steps = sorted((root / "steps").glob("[0-9][0-9]-*"))
        self.report = Report()
        self.unfinished: set[Path] = set()  # files with the markers of a conflict

    def carry(self) -> Report:
        for step, following in pairwise(self.steps):
            for path in self.changed(step):
                self.carry_file(path, step, following)
        return self.report

    def git(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(["git", *arguments], cwd=self.root, capture_output=True)

    def changed(self, step: Path) -> list[str]:
        """Return the changed files of a step, including those that git doesn't track yet."""
        folder = step.relative_to(self.root).as_posix()
        different = self.git("diff", "--name-only", "--no-renames", self.since, "--", folder)
        if different.returncode:
            sys.exit(different.stderr.decode().strip())
        unknown = self.git("ls-files", "--others", "--exclude-standard", "--", folder)
        names = (different.stdout + unknown.stdout).decode().splitlines()
        return sorted({name.removeprefix(f"{folder}/") for name in names})

    def before(self, file: Path) -> bytes | None:
        """Return a file's content at the revision, or None if it didn't exist."""
        shown = self.git("show", f"{self.since}:{file.relative_to(self.root).as_posix()}")
        return shown.stdout if shown.returncode == 0 else None

    def carry_file(self, path: str, step: Path, following: Path) -> None:
        source, target = step / path, following / path
        if source in self.unfinished:
            return
        base, theirs, ours = self.before(source), content(source), content(target)
        if ours == theirs or base == theirs:
            return
        if base is None or theirs is None:  # the file is new, or deleted
            if ours == base:
                self.write(target, theirs, source)
            elif ours is not None:
                verb = "adds" if base is None else "deletes"
                self.say_conflict(target, f"{self.name(source)} {verb} it, but here it differs.")
            return
        if ours is None:
            self.report.untouched.append(f"{self.name(target)} isn't there.")
            return
        self.merge(source, target, [ours, base, theirs])

    def merge(self, source: Path, target: Path, versions: list[bytes]) -> None:
        ours = versions[0]
        merged, code = merge_file(versions, [self.name(target), "before", self.name(source)])
        conflicts = list(conflicts_in(merged))
        if code > 127:
            self.say_conflict(target, f"{self.name(source)} can't be merged into it.")
        elif has_markers(ours):
            self.say_conflict(target, "it still has the markers of a conflict.")
            self.unfinished.add(target)
        elif all(not each.ours for each in conflicts):
            for each in conflicts:
                self.report.untouched.append(
                    f"{self.name(target)} doesn't have these lines:{quoted(each.base)}"
                )
            merged, _ = merge_file(versions, [], "--ours")
            if merged != ours:
                self.write(target, merged, source)
        elif ours != self.before(target):
            self.report.untouched.append(f"{self.name(target)} has been changed by hand.")
        else:
            for each in filter(lambda each: each.ours, conflicts):
                line = line_of(each.ours, ours)
                self.say_conflict(
                    target,
                    f"from line {line} on, it has lines of its own:{quoted(each.ours)}\n"
                    f"    {self.name(source)} has instead:{quoted(each.theirs)}",
                )
            if self.markers:
                target.write_bytes(merged)
                self.unfinished.add(target)

    def write(self, target: Path, new: bytes | None, source: Path) -> None:
        if new is None:
            target.unlink()
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(new)
        self.report.carried.append(f"{self.name(source)} to {self.name(target)}")

    def say_conflict(self, target: Path, what: str) -> None:
        self.report.conflicts.append(f"{self.name(target)}: {what}")

    def name(self, file: Path) -> str:
        return file.relative_to(self.root).as_posix()


def content(file: Path) -> bytes | None:
    return file.read_bytes() if file.exists() else None


def merge_file(versions: Iterable[bytes], labels: list[str], *options: str) -> tuple[bytes, int]:
    """Merge ours, base and theirs. Return the text and the number of conflicts (255: it failed)."""
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("ours", "base", "theirs")]
        for file, version in zip(files, versions, strict=True):
            file.write_bytes(version)
        command = ["git", "merge-file", "--stdout", *(options or ["--diff3"])]
        command += [word for label in labels for word in ("-L", label)]
        run = subprocess.run([*command, *map(str, files)], capture_output=True)
        return run.stdout, run.returncode


def conflicts_in(merged: bytes) -> Iterator[Conflict]:
    """Yield the conflicts that git merge-file has marked."""
    part: list[bytes] | None = None
    for line in merged.splitlines():
        if line.startswith(OURS):
            conflict = Conflict()
            part = conflict.ours
        elif part is not None and line.startswith(BASE):
            part = conflict.base
        elif part is not None and line == THEIRS:
            part = conflict.theirs
        elif part is not None and line.startswith(END):
            yield conflict
            part = None
        elif part is not None:
            part.append(line)


def has_markers(text: bytes) -> bool:
    return any(line.startswith(OURS) for line in text.splitlines())


def line_of(lines: list[bytes], text: bytes) -> int:
    """Return the number of the line where these lines begin, from 1."""
    all_lines = text.splitlines()
    return next(
        number + 1
        for number in range(len(all_lines))
        if all_lines[number : number + len(lines)] == lines
    )


def quoted(lines: list[bytes]) -> str:
    return "".join(f"\n      {line.decode('utf-8', 'replace')}" for line in lines)


def listed(title: str, lines: list[str]) -> str:
    return "\n".join([title, *(f"  {line}" for line in lines), ""]) if lines else ""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.carry", description=__doc__)
    parser.add_argument(
        "--since", metavar="REV", default="HEAD", help="what to compare with (HEAD)"
    )
    parser.add_argument("--markers", action="store_true", help="write conflicts into the files")
    options = parser.parse_args()
    report = Carrier(ROOT, options.since, options.markers).carry()
    stale = stale_edits()
    next_step = "Run make check."
    if report.conflicts:
        next_step = "Change these files yourself, then run make carry again, and make check."
    elif stale:
        next_step = "Rewrite these texts, then run make check."
    parts = [
        listed("Carried:", report.carried),
        listed("Left as they are:", report.untouched),
        listed("Look at these, which have conflicts:", report.conflicts),
        listed("These edits no longer fit the files that they change:", stale),
    ]
    if not any(parts[:3]):
        parts.insert(0, "There is nothing to carry.\n")
    print("\n".join([*filter(None, parts), next_step]))
    sys.exit(bool(report.conflicts or stale))


if __name__ == "__main__":
    main()
