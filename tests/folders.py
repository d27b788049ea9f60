"""An app's folder: what belongs to it, a copy of it, and the checks run on it."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def files_of(folder: Path) -> dict[str, bytes]:
    """Return the files that make an app, by path: not what a run or the build has left there."""
    made = {"__pycache__", "vendor"}
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not made & set(path.parts) and not path.name.startswith("embedded-db")
    }


def copy_of(folder: Path, target: Path) -> Path:
    """Copy an app with what the build has brought, but without what a run has left there."""
    left_out = shutil.ignore_patterns("__pycache__", "embedded-db*")
    return Path(shutil.copytree(folder, target, ignore=left_out))


def check(folder: Path, upto: str, *options: str) -> subprocess.CompletedProcess:
    """Run the checks on the app in this folder, as whoever builds it would; `options` choose."""
    command = [sys.executable, "-m", "pytest", "--app", str(folder), "--upto", upto]
    command += ["--quiet", "-p", "no:cacheprovider", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
