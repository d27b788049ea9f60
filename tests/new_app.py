"""`python -m tests.new_app FOLDER` copies the scaffold, for an app of your own."""

import os
import shutil
import sys
from pathlib import Path

SCAFFOLD = Path(__file__).parent.parent / "steps" / "00-start"


def main(folder: str) -> None:
    target = Path(folder)
    if target.exists():
        sys.exit(f"{target} is there already. Take another name, or remove it.")
    left_out = shutil.ignore_patterns("__pycache__", "embedded-db*")
    shutil.copytree(SCAFFOLD, target, ignore=left_out)
    flask = Path(os.path.relpath(sys.executable)).with_name("flask")
    print(f"{target} is yours. Run it: make serve APP={target.as_posix()}")
    print(f"Without make: {flask} --app {target.as_posix()}/app run --debug")


if __name__ == "__main__":
    main(sys.argv[1])
