"""`python -m tools.check` checks in about a minute whether a change is sound: `make check`.

It runs the tests that need no running app, on the embedded database. For each step that has changed
since the branch left origin/main, it runs the checks that this step adds. It also runs changed
tests, and the tests of final/ that are named after a changed module.

With `--only WORDS`, it runs only the tests of final/ whose names contain these words:
`make check ONLY=WORDS`.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path, PurePosixPath

from tools.folders import ROOT

UNITS = [  # tests that start no server, or only one for a moment
    "tests/final/domain",
    "tests/final/test_account.py",
    "tests/final/test_config.py",
    "tests/final/test_create_app.py",
    "tests/final/test_errors.py",
    "tests/final/test_guard.py",
    "tests/final/test_health.py",
    "tests/final/test_ids.py",
    "tests/final/test_limits_table.py",
    "tests/final/test_log.py",
    "tests/final/test_origin.py",
    "tests/final/test_page_contract.py",
    "tests/final/test_session.py",
    "tests/final/test_work.py",
    "tests/test_carry.py",
    "tests/test_check.py",
    "tests/test_edits.py",
    "tests/test_normal.py",
    "tests/test_public_api.py",
    "tests/test_structure.py",
    "tests/tutorial/test_text.py",
]
SLOW = [  # tests in these files that take long
    "tests/test_structure.py::test_a_step_fails_the_checks_of_the_next_one",
    "tests/tutorial/test_text.py::test_the_text_shows_what_is_seen",
]

MOST = 5  # changed tests. More would take too long


def git(*arguments: str, root: Path = ROOT) -> list[str]:
    """Return the lines that git prints, or no lines if it fails."""
    run = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True)
    return run.stdout.splitlines() if run.returncode == 0 else []


def changed_files(root: Path = ROOT) -> list[str]:
    """Return the files changed since origin/main or, without one, since the last commit."""
    [base] = git("merge-base", "origin/main", "HEAD", root=root) or ["HEAD"]
    changed = git("diff", "--name-only", "--no-renames", base, root=root)
    return sorted({*changed, *git("ls-files", "--others", "--exclude-standard", root=root)})


def arguments(files: list[str], root: Path = ROOT) -> list[str]:
    """Return the arguments for pytest when these files have changed."""
    return [*dict.fromkeys([*UNITS, *named_tests(files, root)]), *steps_checks(files, root)]


def named_tests(files: list[str], root: Path) -> list[str]:
    """Return the changed tests and the tests of changed modules, or nothing if they are many."""
    found: list[Path] = []
    for file in map(PurePosixPath, files):
        if file.parts[0] == "tests" and file.parts[1] != "steps" and file.match("test_*.py"):
            found.append(root / file)
        elif file.parts[0] == "final" and file.suffix == ".py":
            found += sorted((root / "tests" / "final").rglob(f"test_{file.stem}.py"))
    tests = [path.relative_to(root).as_posix() for path in found if path.exists()]
    if len(tests) > MOST:
        files = " ".join(dict.fromkeys(tests))
        print(f"Run make test, or the tests of your changes: python -m pytest {files}")
        return []
    return tests


def steps_checks(files: list[str], root: Path) -> list[str]:
    """Return the arguments that run, on each changed step, the checks that the step adds."""
    folders = {PurePosixPath(file).parts[1] for file in files if file.startswith("steps/0")}
    steps = sorted(step for step in folders if (root / "steps" / step).is_dir())
    checks = [f"tests/steps/test_{step.replace('-', '_')}.py" for step in steps]
    return [*checks, f"--steps={','.join(steps)}"] if steps else []


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.check")
    parser.add_argument("--only", metavar="WORDS", help="words in the names of tests of final/")
    words = parser.parse_args().only
    command = [sys.executable, "-m", "pytest", "--quiet", "--no-header"]
    if words:
        command += ["tests/final", "-k", words, "--maxfail=1", "--tb=short", "--patience=5"]
    else:
        # Tests that run on both databases run only on the embedded one.
        command += ["--numprocesses=auto", "-k", "not mongodb"]
        command += [f"--deselect={test}" for test in SLOW] + arguments(changed_files())
    sys.exit(subprocess.run(command, cwd=ROOT, env=os.environ).returncode)


if __name__ == "__main__":
    main()
