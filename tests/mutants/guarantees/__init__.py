"""Mutants of final/: each has one guarantee's mechanism taken out, and a check that must fail then.

The guarantees are G1 to G24. The files hold them by subject, as tests/final/guarantees/ does.
"""

from dataclasses import dataclass
from pathlib import Path

from tests.edits import Edit, apply, read

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Mutant:
    """final/ without a mechanism."""

    name: str
    guarantee: str  # "G7"
    mechanism: str  # what is taken out, in a sentence
    check: str  # what pytest calls the test that must fail, from tests/ on
    edits: tuple[Edit, ...]

    def apply(self, repository: Path) -> None:
        """Take the mechanism out of final/ in a copy of the repository."""
        apply(self.edits, repository / "final")


def mutants() -> list[Mutant]:
    """Return the mutants of all guarantees, in the order of the files."""
    return [
        Mutant(name, **entry)
        for path in sorted(HERE.glob("*.toml"))
        for name, entry in read(path).items()
    ]
