"""The checks catch plausible mistakes, and their messages name the mistake."""

import re
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tools.edits import Edit
from tools.folders import ROOT, check, copy_of
from tools.mutants import Mutant, mutants

STEPS = [folder.name for folder in sorted((ROOT / "steps").glob("0[1-9]-*"))]
MUTANTS = mutants()
AT_LEAST = 8  # mutants per step


def run_its_check(mutant: Mutant, folder: Path, patience: int = 2) -> subprocess.CompletedProcess:
    """Run the mutant's check alone on the app in this folder."""
    options = [f"--patience={patience}", "--maxfail=1", f"--output={folder.parent / 'results'}"]
    return check(folder, mutant.number, mutant.node_id(), *options)


def not_caught(mutant: Mutant, run: subprocess.CompletedProcess) -> str | None:
    """Describe how the check failed to catch its mutant. Return None if it did catch it."""
    told = re.findall(r"^What is wrong: (.*)$", run.stdout, re.M)
    if run.returncode == pytest.ExitCode.OK:
        return "survives: the check passes"
    if run.returncode != pytest.ExitCode.TESTS_FAILED or not told:
        return f"breaks its check:\n{run.stdout}{run.stderr}"
    if not any(mutant.says in what for what in told):
        return f"is told in other words than {mutant.says!r}:\n{run.stdout}"
    return None


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"{mutant.number} {mutant.name}")
def test_a_mutant_is_caught_by_its_check(mutant: Mutant, tmp_path: Path, record_property):
    record_property("mutant of", mutant.step)
    folder = copy_of(ROOT / "steps" / mutant.step, tmp_path / mutant.step)
    mutant.apply(folder)
    problem = not_caught(mutant, run_its_check(mutant, folder))
    if problem and "is told in other words" in problem:  # perhaps just because the machine is busy
        problem = not_caught(mutant, run_its_check(mutant, folder, patience=10))
    if problem:
        pytest.fail(
            f"The mutant {mutant.name} of {mutant.step} {problem}\n\n"
            f"Its mistake: {mutant.mistake}\nIts check: {mutant.check}",
            pytrace=False,
        )


@pytest.mark.parametrize("step", STEPS)
def test_a_step_has_enough_mutants_and_no_two_are_the_same(step: str):
    of_this_step = [mutant for mutant in MUTANTS if mutant.step == step]
    assert len(of_this_step) >= AT_LEAST
    for what in "mistake", "edits":
        [(most_common, times)] = Counter(getattr(m, what) for m in of_this_step).most_common(1)
        assert times == 1, f"two mutants have the same {what}: {most_common}"


def test_every_mutant_is_of_a_step():
    assert {mutant.step for mutant in MUTANTS} == set(STEPS)


# The whole message.


def test_what_the_browser_complains_of_and_where_to_read_again_is_told(tmp_path: Path):
    [mutant] = [mutant for mutant in MUTANTS if mutant.name == "loads-no-client"]
    folder = copy_of(ROOT / "steps" / mutant.step, tmp_path / mutant.step)
    (folder / "static" / "dashboard.js").unlink()
    told = run_its_check(mutant, folder).stdout
    assert re.search(r"Errors in the browser's console:\n.*404.*/static/dashboard\.js", told)
    assert "Scripts of the page: " in told
    assert "\nRead again: tutorial.md, chapter 2\n" in told


# Tests of the tests above.


def test_a_step_without_a_mistake_is_no_mutant_that_is_caught(tmp_path: Path):
    mutant = MUTANTS[0]
    run = run_its_check(mutant, copy_of(ROOT / "steps" / mutant.step, tmp_path / mutant.step))
    assert not_caught(mutant, run) == "survives: the check passes"


@pytest.mark.parametrize(
    ("returncode", "printed", "problem"),
    [
        (0, "1 passed", "survives"),
        (1, "What is wrong: Something else.", "in other words"),
        (1, "What is wrong: Something else.\nHint: its words", "in other words"),
        (1, "ImportError", "breaks its check"),
        (4, "not found", "breaks its check"),
    ],
)
def test_what_is_not_caught(returncode: int, printed: str, problem: str):
    mutant = Mutant("a-name", STEPS[0], "A mistake.", "test_it", "its words", ())
    run = subprocess.CompletedProcess([], returncode, printed, "")
    assert problem in not_caught(mutant, run)


@pytest.mark.parametrize("text", ["", "old old"])
def test_an_edit_that_does_not_fit_is_no_mutant(text: str, tmp_path: Path):
    (tmp_path / "a.py").write_text(text, "utf-8")
    edits = (Edit("old", "new", "a.py"),)
    mutant = Mutant("a-name", STEPS[0], "A mistake.", "test_it", "", edits)
    with pytest.raises(ValueError, match="instead of once"):
        mutant.apply(tmp_path)


def test_a_check_of_a_later_step_cannot_catch_a_mutant():
    later = "test_a_socket_without_a_login_is_refused"
    Mutant("a-name", STEPS[1], "A mistake.", later, "", ()).node_id()
    with pytest.raises(ValueError, match="there is no check"):
        Mutant("a-name", STEPS[0], "A mistake.", later, "", ()).node_id()
