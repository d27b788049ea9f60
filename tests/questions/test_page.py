"""docs/questions.md: every question has an answer, a test that shows it, and a chapter."""

import ast
import re
from pathlib import Path

import pytest

from tools.folders import ROOT

PAGE = ROOT / "docs" / "questions.md"
SECTIONS = re.split(r"^## ", PAGE.read_text("utf-8"), flags=re.M)[1:]
SHOWN_BY = re.compile(r"Shown by (.+) · \[Chapter \d\]\(\.\./tutorial\.md#[\w-]+\)")
TEST = re.compile(r"\[([^]]+)\]\((\.\./tests/[^)]+)\)")


def named_tests(path: Path) -> set[str]:
    """Return the names of a file's tests in words, without the number of a guarantee."""
    tree = ast.parse(path.read_text("utf-8"))
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    return {
        re.sub(r"^test_(g\d+_)?", "", name).replace("_", " ")
        for name in names
        if name.startswith("test_")
    }


def test_there_are_about_twenty_questions():
    assert 20 <= len(SECTIONS) <= 25


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.splitlines()[0])
def test_a_question_has_an_answer_a_test_and_a_chapter(section: str):
    question, *answer, last = section.strip().splitlines()
    assert question[-1] in "?.", "a question, or a complaint that ends in one"
    assert "?" in question
    assert len(" ".join(answer).split()) > 30, "there is an answer"
    shown_by = SHOWN_BY.fullmatch(last)
    assert shown_by, "the last line is: Shown by [test](file) · [Chapter N](…)"
    tests = TEST.findall(shown_by[1])
    assert tests
    missing = [(name, link) for name, link in tests if name not in named_tests(PAGE.parent / link)]
    assert missing == []
