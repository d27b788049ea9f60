"""An app's folder: its files, copies of it, and the checks that run on it."""

import os
import shutil
import subprocess
import sys
import tempfile
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parent.parent
LEFT_BY_A_RUN = ("__pycache__", ".pytest_cache", "test-results", "embedded-db*")


def files_of(folder: Path) -> dict[str, bytes]:
    """Return an app's own files by path, without files that a run or the build has left there."""
    made = (*LEFT_BY_A_RUN, "vendor")
    paths = {path: path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    return {
        name.as_posix(): path.read_bytes()
        for path, name in paths.items()
        if not any(fnmatch(part, pattern) for part in name.parts for pattern in made)
    }


def copy_of(folder: Path, target: Path) -> Path:
    """Copy an app with files that the build has added, but without files that a run has left."""
    left_out = shutil.ignore_patterns(*LEFT_BY_A_RUN)
    return Path(shutil.copytree(folder, target, ignore=left_out))


def check(folder: Path, upto: str, *options: str) -> subprocess.CompletedProcess:
    """Run the checks that `options` choose on the app in this folder, as its author would."""
    # Use an equals sign, or pytest would take a folder with a pytest.ini for the tests' own folder.
    return run_tests(ROOT, f"--app={folder}", "--upto", upto, *options)


def run_tests(root: Path, *options: str) -> subprocess.CompletedProcess:
    """Run the tests that `options` choose, in this repository or in a copy of it at `root`."""
    command = [sys.executable, "-m", "pytest", "--quiet", "-p", "no:cacheprovider", *options]
    environ = {**os.environ, "PYTHONPATH": str(root)}  # before the installed repository
    # pytest-playwright empties the folder of traces, where the calling tests may have some.
    with tempfile.TemporaryDirectory() as traces:
        command += ["--output", traces]
        return subprocess.run(command, cwd=root, env=environ, capture_output=True, text=True)
