"""Each edit of a mutant, or of the tutorial, still finds the text that it replaces."""

import pytest

from tools.edits import Edit, edit
from tools.stale import all_edits, stale_edits

TEXTS = {"one.py": "a = 1\nb = 2\n", "folder/two.py": "c = 3\nb = 4\n"}


def test_every_edit_finds_its_text_once():
    if problems := stale_edits():
        pytest.fail("\n".join(["Rewrite these texts:", *problems]), pytrace=False)


def test_all_mutants_are_looked_at():
    folders = {folder for _, folder, _ in all_edits()}
    assert {"final", "steps/01-sessions", "steps/04-friend-notify"} <= folders


def test_an_edit_finds_its_file_by_its_text():
    assert edit(TEXTS, [Edit("c = 3", "c = 5")]) == {"folder/two.py": "c = 5\nb = 4\n"}


def test_a_later_edit_sees_the_earlier_one():
    edits = [Edit("a = 1", "a = 5"), Edit("a = 5\n", "")]
    assert edit(TEXTS, edits) == {"one.py": "b = 2\n"}


@pytest.mark.parametrize(
    ("stale", "problem"),
    [
        (Edit("d = 1", ""), "the folder has this text 0 times"),
        (Edit("b = ", ""), "the folder has this text 2 times"),
        (Edit("c = 3", "", "one.py"), "one.py has this text 0 times"),
    ],
)
def test_an_edit_whose_text_is_gone_or_ambiguous_is_refused(stale: Edit, problem: str):
    with pytest.raises(ValueError, match=problem):
        edit(TEXTS, [stale])
