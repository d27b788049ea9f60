"""`python -m tools.shell ../my-app` opens a Python shell that can import the modules of an app."""

import atexit
import code
import contextlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

with contextlib.suppress(ImportError):  # Windows doesn't have it
    import readline  # noqa: F401  # lets input() recall and edit lines


class Console(code.InteractiveConsole):
    """A Python shell. If its input comes from a pipe, it also prints the input."""

    def raw_input(self, prompt: str = "") -> str:
        line = super().raw_input(prompt)
        if not sys.stdin.isatty():
            print(line)
        return line


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("say which app: python -m tools.shell ../my-app")
    folder = Path(sys.argv[1])
    if not (folder / "app.py").exists():
        sys.exit(f"there is no app.py in {folder}. Which folder is your app in?")
    # A database of its own, because your server writes to the file of your app.
    temporary = tempfile.mkdtemp()
    atexit.register(shutil.rmtree, temporary)  # after the app has saved its database there
    os.environ |= {"EMBEDDED_DB": str(Path(temporary, "embedded-db.json")), "MONGODB_URI": ""}
    os.chdir(folder)
    sys.path.insert(0, "")
    Console().interact(banner="", exitmsg="")


if __name__ == "__main__":
    main()
