"""Programs that are not Python's: where they are. `python -m tests.programs` gets what it can.

The tests of several processes want them. Where they cannot be had, those tests are skipped.
"""

import os
import shutil
import subprocess
import sys

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
    """Install packages as root on Debian or Ubuntu; return False elsewhere."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        return False
    quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    subprocess.run(["apt-get", "update"], check=True)
    subprocess.run(install, check=True, env=quietly)
    return True


def install(names: list[str]) -> None:
    """Get these programs where we may, and not the services that Debian makes of some of them."""
    if not apt_get_install(*[PACKAGES[name] for name in names]):
        return
    services = [name for name in names if name in SERVICES]
    if services and shutil.which("systemctl"):
        subprocess.run(["systemctl", "disable", "--now", *services])


def main() -> None:
    if missing():
        print("Not all programs are here yet that the tests of several processes want ...")
        install(missing())
    if missing():
        print(f"Some tests will be skipped: {how_to_get(missing())}", file=sys.stderr)


if __name__ == "__main__":
    main()
