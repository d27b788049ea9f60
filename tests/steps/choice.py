"""Chooses checks by words in their names, for ONLY=."""

import difflib
import re
from pathlib import Path

OPERATORS = {"and", "or", "not"}  # of pytest's keywords
CHECK = re.compile(r"^def test_(\w+)\(", re.M)


def names_of_checks() -> list[str]:
    files = sorted(Path(__file__).parent.glob("test_[0-9][0-9]_*.py"))
    return [name for file in files for name in CHECK.findall(file.read_text("utf-8"))]


def keyword_of(words: str) -> str:
    """Return the keyword for pytest. `words` may be the name of a check, with spaces."""
    name = "_".join(words.split()).removeprefix("test_")
    is_known = any(name in each for each in names_of_checks())
    return name if is_known or not OPERATORS & set(words.split()) else words


def similar_names(words: str) -> list[str]:
    """Return the names of the checks that are most similar to these words."""
    name = "_".join(re.findall(r"\w+", words))
    return difflib.get_close_matches(name, names_of_checks(), n=3, cutoff=0.4)
