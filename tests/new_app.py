"""`python -m tests.new_app FOLDER` copies the scaffold, for an app of your own."""

import os
import sys
from pathlib import Path

from tests.folders import ROOT, copy_of


def main(folder: str) -> None:
    target = Path(folder)
    if target.exists():
        sys.exit(f"{target} is there already. Take another name, or remove it.")
    copy_of(ROOT / "steps" / "00-start", target)
    flask = Path(os.path.relpath(sys.executable)).with_name("flask")
    print(f"{target} is yours. Run it: make serve APP={target.as_posix()}")
    print(f"Without make: {flask} --app {target.as_posix()}/app run --debug")


if __name__ == "__main__":
    main(sys.argv[1])
