"""Finds programs that pip can't install. `python -m tools.programs` installs some where it can.

Tests with several processes need these programs, and are skipped without them.
"""

import os
import shutil
import subprocess
import sys

from tools import mongod

PACKAGES = {  # of Debian, by program
    "redis-server": "redis-server",
    "nginx": "nginx-light",
    "openssl": "openssl",
}
SERVICES = ["redis-server", "nginx"]
NOT_ON_EVERY_PATH = ["/usr/sbin", "/usr/local/sbin"]


def find(name: str) -> str | None:
    """Return the path of a program, or None if it isn't there."""
    return shutil.which(name, path=os.pathsep.join([os.environ["PATH"], *NOT_ON_EVERY_PATH]))


def missing() -> list[str]:
    return [name for name in PACKAGES if not find(name)]


def how_to_get(names: list[str]) -> str:
    """Return how to install these programs, which are missing."""
    debian = " ".join(PACKAGES[name] for name in names)
    homebrew = " ".join(name.removesuffix("-server") for name in names)
    return (
        f"there is no {' and no '.join(names)} here: on Debian apt-get install {debian}, "
        f"on macOS brew install {homebrew}"
    )


def apt_get_install(*packages: str) -> bool:
    """Install packages as root on Debian or Ubuntu. Return False elsewhere, and if it fails."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return False
    quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    subprocess.run(["apt-get", "update"])
    return subprocess.run(install, env=quietly).returncode == 0


def install(names: list[str]) -> None:
    """Install these programs where we may. Disable the services that Debian starts with some."""
    if not apt_get_install(*[PACKAGES[name] for name in names]):
        return
    services = [name for name in names if name in SERVICES]
    if services and shutil.which("systemctl"):
        subprocess.run(["systemctl", "disable", "--now", *services])


def install_what_mongod_lacks() -> None:
    """Install the libraries that mongod lacks. It names only one at a time, so try again."""
    while (packages := mongod.lacking()) and apt_get_install(*packages):
        mongod.problem_of.cache_clear()
        if mongod.lacking() == packages:
            return


def main() -> None:
    if missing() or mongod.lacking():
        print("Some tests need programs that are not here yet. Getting them ...", flush=True)
    if missing():
        install(missing())
    install_what_mongod_lacks()
    problems = [how_to_get(missing())] if missing() else []
    if not mongod.find_program():
        problems.append(mongod.why_none())
    for problem in problems:
        print(f"Some tests will be skipped: {problem}", file=sys.stderr)


if __name__ == "__main__":
    main()
