"""The file that keeps the embedded database between two runs."""

import contextlib
import os
import re
import shutil
import sys
import tempfile
import weakref
from pathlib import Path

from bson import json_util

# Our files begin with this collection, so that we recognise even a damaged file.
HEADER = {"two_doors": [{"_id": "embedded database"}]}
# Files of earlier versions begin with another collection. An empty file has nothing to lose.
OURS = re.compile(
    r'\{"(two_doors": \[\{"_id": "'
    r'|users": \[\{"_id": \{"\$oid": "[0-9a-f]{24}"\}, "first_name": "'
    r'|(comments|posts)": \[\{"_id": \{"\$oid": "[0-9a-f]{24}"\}, "author_id": "'
    r'|friendships": \[\{"_id": "[0-9a-f]{24}:'
    r'|sessions": \[\{"_id": "[0-9a-f]{64}")|(\{\})?\Z'
)


def check(file: Path) -> None:
    """Raise OSError or ValueError if the database can't be saved in this file. Change nothing."""
    folder = file.parent
    if not folder.is_dir():
        raise ValueError(f"there is no folder {folder}")
    if file.exists() and not file.is_file():
        raise ValueError("it is a folder" if file.is_dir() else "it is not an ordinary file")
    for path in folder, file:  # root could write to these, but isn't meant to
        if os.name == "posix" and path.exists() and not path.stat().st_mode & 0o222:
            raise ValueError(f"{path} is read-only")
    tempfile.TemporaryFile(dir=folder).close()  # the folder is writable
    with contextlib.suppress(FileNotFoundError), file.open("r+b") as opened:
        if not OURS.match(opened.read(100).decode("utf-8", "replace")):
            raise ValueError("this app did not write that file, so please choose another one")


def restore(database, file: Path) -> None:
    """Fill `database` from the file. If the file is damaged, rename it and print a warning."""
    if not file.exists():
        return
    if file.stat().st_mode & 0o007:  # other users of this computer could read the password hashes
        file.chmod(0o600)
    try:
        for collection, documents in json_util.loads(file.read_text("utf-8")).items():
            database[collection].insert_many(documents)
    except Exception as error:
        renamed, n = file.with_suffix(".unreadable"), 2
        while os.path.lexists(renamed):
            renamed, n = file.with_suffix(f".unreadable-{n}"), n + 1
        os.rename(file, renamed)
        database.client.drop_database(database.name)
        warn(f"starting empty: {file} cannot be read ({error}) and is now {renamed}")


def save(
    database_ref: weakref.ref, file: Path, text_before: str, written_before: int | None
) -> None:
    """Write the database to the file if it still exists and has changed since it was restored.

    If another process has written the file meanwhile, or it can't be written, save the database in
    a temporary folder instead, so that no changes are lost.
    """
    database = database_ref()
    if database is None or (text := as_text(database)) == text_before:
        return
    try:
        if last_written(file) != written_before:
            raise ValueError("another process has written or removed it")
        write(text, file)
    except (OSError, ValueError) as error:
        spare = Path(tempfile.mkdtemp(prefix="two-doors-"), "embedded-db.json")
        write(text, spare)
        warn(f"not saved: {reason(error)} ({file}); the data of this process is in {spare}")


def write(text: str, file: Path) -> None:
    """Replace the file as a whole, so that an interrupted write leaves the old file."""
    number, unfinished = tempfile.mkstemp(".unfinished", "embedded-db.", file.parent)
    try:
        with open(number, "w", encoding="utf-8") as opened:
            opened.write(text)
        if file.exists():
            shutil.copymode(file, unfinished)
        os.replace(unfinished, file)
    except OSError:
        os.unlink(unfinished)
        raise


def as_text(database) -> str:
    collections = {name: list(database[name].find()) for name in database.list_collection_names()}
    return json_util.dumps(HEADER | {k: v for k, v in collections.items() if v})


def last_written(file: Path) -> int | None:
    return file.stat().st_mtime_ns if file.exists() else None


def reason(error: Exception) -> str:
    """Return the reason for an error, without the list of servers that pymongo adds."""
    return getattr(error, "strerror", None) or str(error).partition(", Timeout:")[0]


def warn(text: str) -> None:
    print(f"WARNING: {text}", file=sys.stderr)
