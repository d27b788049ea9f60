"""docs/limits.md has a row for every limit, and every test that a row names exists."""

import re

from limits import RateLimitItem

from final.settings import quotas
from tools.servers import ROOT

TABLE = (ROOT / "docs" / "limits.md").read_text("utf-8")
TESTS = "".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
CODE = "".join(path.read_text("utf-8") for path in (ROOT / "final").rglob("*.py"))


LIMITS = {name: value for name, value in vars(quotas).items() if name.isupper()}


def test_every_limit_is_in_the_table():
    assert LIMITS
    assert [name for name in LIMITS if f"`{name}`" not in TABLE] == []


def test_the_table_has_the_numbers_of_the_code():
    for name, limit in LIMITS.items():
        number = limit.amount if isinstance(limit, RateLimitItem) else limit
        if isinstance(number, int):
            rows = [row for row in TABLE.splitlines() if f"`{name}`" in row]
            assert any(re.search(rf"(?<![\d,]){number:,}(?![\d,]\d)", row) for row in rows), name


def test_every_constant_that_the_table_names_is_in_the_code():
    named = set(re.findall(r"`(?:\w+\.)?([A-Z]+_[A-Z_]+|[A-Z]{4,})`", TABLE))
    assert len(named) > 10
    assert [name for name in sorted(named) if not re.search(rf"(?i)\b{name}\b", CODE)] == []


def test_every_test_that_the_table_names_is_there():
    named = set(re.findall(r"`(test_\w+)`", TABLE))
    assert named
    there = set(re.findall(r"^ *def (test_\w+)\(", TESTS, re.M))
    assert named - there == set()


def test_every_row_says_what_happens_at_the_limit():
    rows = [line for line in TABLE.splitlines() if line.startswith("| ") and "---" not in line]
    assert len(rows) > 10
    for row in rows:
        cells = [cell.strip() for cell in row.strip("|").split("|")]
        assert len(cells) == 5, row
        assert all(cells[:4]), row
