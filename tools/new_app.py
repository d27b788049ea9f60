"""`python -m tools.new_app FOLDER` copies the scaffold, for an app of your own."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

from tools.folders import ROOT, copy_of

SPECIAL = '":$`\\'  # characters with a meaning to a shell, to make or to Flask


def main(folder: str) -> None:
    target = Path(folder)
    if set(SPECIAL) & set(os.path.splitdrive(target.as_posix())[1]):
        sys.exit(f"{target} must not contain any of {' '.join(SPECIAL)}. Choose another name.")
    if os.path.lexists(target):
        sys.exit(f"{target} is there already. Choose another name, or remove it.")
    try:
        copy_of(ROOT / "steps" / "00-start", target)
    except OSError as error:
        sys.exit(f"{target} cannot be made: {error.strerror}. Choose another name.")
    flask = Path(os.path.relpath(sys.executable)).with_name("flask")
    app = f"{target.as_posix()}/app"
    print(f"{target} is yours. Run it: make serve APP={quoted(target.as_posix())}")
    print(f"Without make: {quoted(str(flask))} --app {quoted(app)} run --debug")


def quoted(text: str) -> str:
    """Return `text` as one word for this system's shell."""
    return subprocess.list2cmdline([text]) if os.name == "nt" else shlex.quote(text)


if __name__ == "__main__":
    main(sys.argv[1])
