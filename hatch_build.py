"""Brings the two front-end files that every app serves from its own static/vendor/ folder.

They come from npm when the project is installed, so that no third-party file is kept in this
repository and none is fetched by a browser. What arrives is used only if its SHA-256 is the one
named here.
"""

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import NamedTuple

from dukpy.install import install_jspackage
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FrontEndFile(NamedTuple):
    package: str
    version: str
    path: str  # in the package's dist
    sha256: str

    @property
    def name(self) -> str:
        return Path(self.path).name


FILES = [
    FrontEndFile(
        "socket.io-client",
        "4.8.4",
        "dist/socket.io.min.js",
        "d5d79a35039e860b32bdef4795528b05c2f788d4b2d9dacc913120e2878f7b3f",
    ),
    FrontEndFile(
        "@picocss/pico",
        "2.1.1",
        "css/pico.classless.min.css",
        "61207a40ffc02a42d1e50143651c121beab70ed413c934c1ff84fa263ba436b0",
    ),
]


class FrontEndHook(BuildHookInterface):
    """Puts FILES into the static/vendor/ folder of each app before the package is built."""

    def initialize(self, version: str, build_data: dict) -> None:
        root = Path(self.root)
        folders = [path / "vendor" for path in sorted(root.glob("steps/*/static"))]
        folders.append(root / "final" / "web" / "static" / "vendor")
        for file in FILES:
            targets = [folder / file.name for folder in folders]
            missing = [target for target in targets if not is_right(target, file)]
            if missing:
                with tempfile.TemporaryDirectory() as folder:
                    fetched = fetch(file, Path(folder))
                    for target in missing:
                        target.parent.mkdir(parents=True, exist_ok=True)
                        shutil.copyfile(fetched, target)


def fetch(file: FrontEndFile, folder: Path) -> Path:
    """Fetch the file's package from npm into `folder`; return where the file is, or raise."""
    install_jspackage(file.package, file.version, str(folder))
    [fetched] = [path for path in folder.rglob(file.name) if path.as_posix().endswith(file.path)]
    if not is_right(fetched, file):
        raise RuntimeError(f"{file.package} {file.version}: {file.path} has not the expected hash")
    return fetched


def is_right(path: Path, file: FrontEndFile) -> bool:
    return path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256
