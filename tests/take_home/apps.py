"""Builds the apps of docs/in-your-app.md, as they are before a recipe and after it."""

import re
import shlex
import shutil
from pathlib import Path

from tools import edits
from tools.edits import Edit
from tools.folders import ROOT
from tools.servers import App

HERE = Path(__file__).parent
EVERY_APP = HERE / "every_app"
RECIPES = ROOT / "docs" / "in-your-app.md"
# The files that an app gets from the steps: its accounts, and the look of its pages.
ACCOUNTS = [
    ROOT / "steps/04-friend-notify" / name
    for name in ("config.py", "db.py", "snapshot.py", "users.py")
]
# In a database with integer IDs, user.id is a number while the session's _user_id is text.
INTEGER_IDS = [
    Edit('id=str(document["_id"])', 'id=int(str(document["_id"]), 16)', "users.py"),
    Edit("ObjectId(user_id)", 'ObjectId(f"{int(user_id):024x}")', "users.py"),
]
LOOK = [ROOT / "steps/03-user-registry" / name for name in ("static", "templates")]


def before(name: str, folder: Path) -> App:
    """Build an app as it was before the recipe."""
    for file in ACCOUNTS:
        shutil.copy(file, folder)
    for part in LOOK:
        shutil.copytree(part, folder / part.name)
    for own in EVERY_APP, EVERY_APP / "before", HERE / name / "before":
        copy_files(own, folder)
    if name != "flask_socketio":
        edits.apply(INTEGER_IDS, folder)
    return App(name, 3, folder)


def after(name: str, folder: Path) -> App:
    """Build an app and follow its recipe: copy the files, and change the app's own."""
    app = before(name, folder)
    for file in copied(name):
        shutil.copy(ROOT / file, folder)
    for own in EVERY_APP, HERE / name:
        copy_files(own, folder)
    edits.apply(edits_of_copies(name), folder)
    return app


def copy_files(folder: Path, target: Path) -> None:
    for file in folder.glob("*.py"):
        shutil.copy(file, target)


def edits_of_copies(name: str) -> list[Edit]:
    """Return the edits that a recipe makes in the files that it copies."""
    file = HERE / name / "edits.toml"
    entries = edits.read(file).items() if file.exists() else []
    return [
        each._replace(file=f"{module}.py") for module, entry in entries for each in entry["edits"]
    ]


def copied(name: str) -> list[str]:
    """Return the files that a recipe copies, according to its commands in the text."""
    text = RECIPES.read_text("utf-8")
    [commands] = re.findall(rf"<!-- copied for {name} -->\n\n```console\n(.*?)```", text, re.S)
    copies = [shlex.split(line)[2:] for line in commands.splitlines() if line.startswith("$ cp ")]
    assert {target for *_, target in copies} == {"../my-app"}
    return [file for *files, _ in copies for file in files]
