"""Unusable places for the embedded database's file, each with words from the refusal."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

THEIR_POSTS = b'{"posts": [{"_id": {"$oid": "' + b"0a" * 12 + b'"}, "title": "Mine"}]}'
PHOTO = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"


def folder_with_files(home: Path) -> Path:
    (home / "mine").mkdir()
    (home / "mine" / "letter.txt").write_text("Dear Ada", "utf-8")
    return home / "mine"


def link_to_folder(home: Path) -> Path:
    (home / "link.json").symlink_to(folder_with_files(home))
    return home / "link.json"


def link_in_a_circle(home: Path) -> Path:
    (home / "link.json").symlink_to(home / "link.json")
    return home / "link.json"


def link_to_nowhere(home: Path) -> Path:
    (home / "link.json").symlink_to(home / "gone" / "x.json")
    return home / "link.json"


def through_a_file(home: Path) -> Path:
    return file(home, b"[]") / "x.json"


def read_only_file(home: Path) -> Path:
    path = file(home, b"{}")
    path.chmod(0o444)
    return path


def read_only_folder(home: Path) -> Path:
    folder = folder_with_files(home)
    folder.chmod(0o555)
    return folder / "x.json"


def pipe(home: Path) -> Path:
    os.mkfifo(home / "pipe")
    return home / "pipe"


def unix_socket(home: Path) -> Path:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(home / "socket"))
    return home / "socket"


def file(home: Path, content: bytes) -> Path:
    (home / "theirs.json").write_bytes(content)
    return home / "theirs.json"


def link_to_file(home: Path) -> Path:
    (home / "link.json").symlink_to(file(home, b'{"name": "mine"}'))
    return home / "link.json"


Place = tuple[Callable[[Path], Path], str]

UNUSABLE: dict[str, Place] = {
    "a folder": (folder_with_files, "it is a folder"),
    "the root": (lambda home: Path("/"), "it is a folder"),
    "a link to a folder": (link_to_folder, "it is a folder"),
    "a link in a circle": (link_in_a_circle, "link"),
    "a link to nowhere": (link_to_nowhere, "there is no folder"),
    "a missing folder": (lambda home: home / "no" / "such" / "x.json", "there is no folder"),
    "a home that is not expanded": (lambda home: Path("~/x.json"), "there is no folder"),
    "a path through a file": (through_a_file, "there is no folder"),
    "a read-only file": (read_only_file, "is read-only"),
    "a read-only folder": (read_only_folder, "is read-only"),
    "a name that is too long": (lambda home: home / ("x" * 300), "too long"),
    "a device": (lambda home: Path("/dev/null"), "not an ordinary file"),
    "a pipe": (pipe, "not an ordinary file"),
    "a socket": (unix_socket, "not an ordinary file"),
    "a photo": (lambda home: file(home, PHOTO), "did not write"),
    "a letter": (lambda home: file(home, b"Dear Ada"), "did not write"),
    "a list": (lambda home: file(home, b'[{"_id": 1}]'), "did not write"),
    "another program's file": (lambda home: file(home, b'{"name": "mine"}'), "did not write"),
    "another database": (lambda home: file(home, b'{"a": [{"_id": 1}]}'), "did not write"),
    "another app's users": (lambda home: file(home, b'{"users": [{"_id": 1}]}'), "did not write"),
    "another app's posts": (lambda home: file(home, THEIR_POSTS), "did not write"),
    "a link to a file of others": (link_to_file, "did not write"),
}


def tree(home: Path) -> dict[str, tuple]:
    """Return the modes, times and contents of a folder's files, to compare two states of it."""
    return {
        str(path.relative_to(home)): (
            path.lstat().st_mode,
            path.lstat().st_mtime_ns,
            os.readlink(path) if path.is_symlink() else path.is_file() and path.read_bytes(),
        )
        for path in sorted(home.rglob("*"))
    }
