"""Mutants: steps with a plausible mistake, to test that the checks catch the mistake and name it.

Each file in tests/mutants/ has the mutants of one step. An entry describes the mistake, names the
check that must catch it, and quotes words from the check's message. Its edits of the step's files
make the mistake. guarantees.py has the mutants of final/.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from tools.edits import Edit, apply, read
from tools.folders import ROOT

FOLDER = ROOT / "tests" / "mutants"
CHECKS = ROOT / "tests" / "steps"


@dataclass(frozen=True)
class Mutant:
    """A step's folder with a mistake in it."""

    name: str
    step: str  # the name of the folder
    mistake: str
    check: str  # a test function of this step or an earlier one, perhaps with a [parameter]
    says: str  # words in the check's message
    edits: tuple[Edit, ...]

    @property
    def number(self) -> str:
        return self.step[:2]

    def apply(self, folder: Path) -> None:
        """Make the mistake in a copy of the step."""
        apply(self.edits, folder)

    def node_id(self) -> str:
        """Return pytest's ID of the check. Raise ValueError if no check has this name."""
        function, _, parameter = self.check.partition("[")
        for path in sorted(CHECKS.glob("test_[0-9][0-9]_*.py")):
            is_due = path.name.split("_")[1] <= self.number
            if is_due and re.search(rf"^def {function}\(", path.read_text("utf-8"), re.M):
                return f"{path}::{function}" + (parameter and f"[{self.step}-{parameter}")
        raise ValueError(f"{self.step}.toml, {self.name}: there is no check {self.check}")


def mutants() -> list[Mutant]:
    """Return the mutants of all steps, in the order of the files."""
    return [
        Mutant(name, path.stem, **entry)
        for path in sorted(FOLDER.glob("*.toml"))
        for name, entry in read(path).items()
    ]


def mutant(step: str, name: str) -> Mutant:
    [found] = [each for each in mutants() if (each.step, each.name) == (step, name)]
    return found
