"""Every guarantee of final/ has a test that is named after it and fails without its mechanism."""

import re
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tools.folders import ROOT, run_tests
from tools.guarantees import GUARANTEES, Mutant, copy_of_repository, mutants

MUTANTS = mutants()
WHERE = ["final", "scale"]  # the folders with tests of guarantees
NOT_EVEN_TRIED = ["does not start", "playwright._impl._errors.TimeoutError"]  # words in the output
[ONE, *_] = [mutant for mutant in MUTANTS if mutant.guarantee == "G7"]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    return copy_of_repository(tmp_path / "copy")


def run_its_check(mutant: Mutant, repository: Path, patience: int = 2) -> CompletedProcess:
    """Run only the mutant's check, in this copy of the repository."""
    return run_tests(repository, mutant.check, f"--patience={patience}", "--maxfail=1")


def not_caught(run: CompletedProcess) -> str | None:
    """Describe how a check failed to catch its mutant. Return None if it did catch it."""
    [*_, outcome] = run.stdout.splitlines() or [""]
    if run.returncode == pytest.ExitCode.OK:
        return "survives: the check passes"
    has_failed = re.match(r"\d+ failed", outcome) and "error" not in outcome
    if not has_failed or any(sign in run.stdout for sign in NOT_EVEN_TRIED):
        return f"breaks its check:\n{run.stdout}{run.stderr}"
    return None


def pytest_generate_tests(metafunc):
    """Try one mutant of each guarantee, or all of them with --all-mutants."""
    if "mutant" in metafunc.fixturenames:
        first = {mutant.guarantee: mutant for mutant in reversed(MUTANTS)}.values()
        chosen = MUTANTS if metafunc.config.option.all_mutants else first
        metafunc.parametrize("mutant", chosen, ids=lambda each: f"{each.guarantee} {each.name}")


def test_without_its_mechanism_a_guarantee_fails(mutant: Mutant, repository: Path, record_property):
    record_property("mutant of", "final")
    mutant.apply(repository)
    problem = not_caught(run_its_check(mutant, repository))
    if problem and "breaks its check" in problem:  # perhaps just because the machine is busy
        problem = not_caught(run_its_check(mutant, repository, patience=10))
    if problem:
        pytest.fail(
            f"The mutant {mutant.name} {problem}\n\n"
            f"Without: {mutant.mechanism}\nIts check: {mutant.check}",
            pytrace=False,
        )


def test_every_guarantee_has_a_test_that_is_named_for_it_and_a_mutant():
    files = [path for where in WHERE for path in ROOT.glob(f"tests/{where}/**/test_*.py")]
    tests = "".join(path.read_text("utf-8") for path in files)
    named = {f"G{number}" for number in re.findall(r"^def test_g(\d+)_", tests, re.M)}
    assert [each for each in GUARANTEES if each not in named] == []
    mutated = {mutant.guarantee for mutant in MUTANTS}
    assert [each for each in GUARANTEES if each not in mutated] == []


def test_no_two_mutants_are_the_same():
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
    assert len({mutant.edits for mutant in MUTANTS}) == len(MUTANTS)


# Tests of the tests above.


def test_final_with_its_mechanisms_is_no_mutant_that_is_caught(repository: Path):
    run = run_its_check(ONE, repository)
    assert not_caught(run) == "survives: the check passes"


def test_an_app_that_does_not_start_is_no_mutant(repository: Path):
    (repository / "final" / "sessions" / "session.py").write_text("raise ImportError", "utf-8")
    assert "breaks its check" in not_caught(run_its_check(ONE, repository))


@pytest.mark.parametrize(
    ("returncode", "printed", "problem"),
    [
        (0, "1 passed in 1s", "survives"),
        (0, "1 skipped in 1s", "survives"),
        (1, "1 error in 1s", "breaks its check"),
        (1, "1 failed, 1 error in 1s", "breaks its check"),
        (1, "RuntimeError: final does not start.\n1 failed in 1s", "breaks its check"),
        (1, "playwright._impl._errors.TimeoutError: …\n1 failed in 1s", "breaks its check"),
        (4, "not found", "breaks its check"),
    ],
)
def test_what_is_not_caught(returncode: int, printed: str, problem: str):
    assert problem in not_caught(CompletedProcess([], returncode, printed, ""))


def test_a_check_that_fails_has_caught_its_mutant():
    assert not_caught(CompletedProcess([], 1, "1 failed, 1 passed in 1s", "")) is None
