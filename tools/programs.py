"""Programs that are not Python's: where they are. `python -m tools.programs` gets what it can.

The tests of several processes want them. Where they cannot be had, those tests are skipped.
"""

import os
import shutil
import subprocess
import sys

from tools import mongod

PACKAGES = {  # and those of Debian that have them
    "redis-server": "redis-server",
    "nginx": "nginx-light",
    "openssl": "openssl",
}
SERVICES = ["redis-server", "nginx"]
NOT_ON_EVERY_PATH = ["/usr/sbin", "/usr/local/sbin"]


def find(name: str) -> str | None:
    """Return the path of a program."""
    return shutil.which(name, path=os.pathsep.join([os.environ["PATH"], *NOT_ON_EVERY_PATH]))


def missing() -> list[str]:
    return [name for name in PACKAGES if not find(name)]


def how_to_get(names: list[str]) -> str:
    """Say what to do where these programs are missing."""
    debian = " ".join(PACKAGES[name] for name in names)
    homebrew = " ".join(name.removesuffix("-server") for name in names)
    return (
        f"there is no {' and no '.join(names)} here: on Debian apt-get install {debian}, "
        f"on macOS brew install {homebrew}"
    )


def apt_get_install(*packages: str) -> bool:
    """Install packages as root on Debian or Ubuntu; return False elsewhere, and if it fails."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return False
    quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    subprocess.run(["apt-get", "update"])
    return subprocess.run(install, env=quietly).returncode == 0


def install(names: list[str]) -> None:
    """Get these programs where we may, and not the services that Debian makes of some of them."""
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
