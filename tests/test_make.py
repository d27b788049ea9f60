"""The targets of make work with folders that have spaces and quotes in their names."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import requests

from tools.folders import ROOT, copy_of
from tools.people import eventually
from tools.servers import OWN_GROUP, PATIENCE, TERMINATE, free_port, signal_group

INSTALLED = [f"--old-file=.venv/{what}" for what in ("run", "test", "scale")]
NAMES = ["plain", "my apps/two", "Ada's app", "a (copy) & more; Иван", "-two"]

pytestmark = pytest.mark.skipif(
    os.name == "nt" or not shutil.which("make") or not (ROOT / ".venv").exists(),
    reason="this needs make, and a .venv that it has made",
)


def make(*arguments: str, folder: Path = ROOT, **settings: str) -> subprocess.Popen:
    """Start make, which assumes that everything is installed."""
    environ = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    return subprocess.Popen(
        ["make", "--no-print-directory", *INSTALLED, *arguments],
        cwd=folder,
        env=environ | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **OWN_GROUP,
    )


def serves(process: subprocess.Popen, port: int) -> bool:
    """Return whether the process serves a page on this port, and stop the process."""

    def answers() -> bool:
        try:
            return requests.get(f"http://127.0.0.1:{port}", timeout=PATIENCE).ok
        except requests.ConnectionError:
            return process.poll() is not None

    try:
        eventually(answers, PATIENCE)
        return process.poll() is None
    finally:
        signal_group(process, TERMINATE)
        process.communicate()


def test_new_says_how_to_run_the_app_so_that_it_can_be_pasted(tmp_path: Path):
    for name in NAMES:
        printed, _ = make("new", f"APP={tmp_path / name}").communicate()
        [with_make] = re.findall(r"Run it: make (serve .*)", printed)
        [without] = re.findall(r"Without make: .* (--app .* run --debug)", printed)
        assert shlex.split(with_make) == ["serve", f"APP={tmp_path / name}"]
        assert shlex.split(without) == ["--app", f"{tmp_path / name}/app", "run", "--debug"]


@pytest.mark.parametrize("name", ["two", "my apps/two"])
def test_a_tilde_that_the_shell_leaves_is_the_home(name: str, tmp_path: Path):
    made = make("new", f"APP=~/{name}", HOME=str(tmp_path))
    printed, _ = made.communicate()
    assert f"{tmp_path / name} is yours." in printed
    for target, option in ("serve", "--app "), ("check-00", "--app="):
        printed, _ = make("--dry-run", target, f"APP=~/{name}", HOME=str(tmp_path)).communicate()
        assert f'{option}"{tmp_path / name}' in printed


@pytest.mark.parametrize("name", NAMES[1:4])
def test_serve_runs_the_app(name: str, tmp_path: Path):
    copy_of(ROOT / "steps" / "00-start", tmp_path / name)
    port = free_port()
    assert serves(make("serve", f"APP={tmp_path / name}", f"PORT={port}"), port)


def test_check_finds_the_app(tmp_path: Path):
    app = copy_of(ROOT / "steps" / "00-start", tmp_path / "my apps" / "Ada's")
    # ONLY can have several words, too.
    checking = make("check-00", f"APP={app}", "ONLY=style and signup", PYTEST_ADDOPTS="--co")
    printed, _ = checking.communicate()
    assert checking.returncode == 0, printed
    assert "test_pages_bring_their_style_along[Ada's-/signup]" in printed


@pytest.mark.parametrize("name", ["a:b", 'a"b', "a`b"])
def test_new_refuses_a_name_that_could_not_be_served(name: str, tmp_path: Path):
    printed = subprocess.run(
        [str(ROOT / ".venv/bin/python"), "-m", "tools.new_app", str(tmp_path / name)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    ).stderr
    assert printed.splitlines() == [
        f'{tmp_path / name} must not contain any of " : $ ` \\. Choose another name.'
    ]
    assert list(tmp_path.iterdir()) == []


def test_new_refuses_a_name_that_is_too_long_in_one_sentence(tmp_path: Path):
    made = make("new", f"APP={tmp_path / ('x' * 300)}")
    sentence, *_ = made.communicate()[0].splitlines()
    assert sentence.endswith("cannot be made: File name too long. Choose another name.")


def test_a_clone_may_be_in_a_folder_with_spaces(tmp_path: Path):
    clone = tmp_path / "my clone"
    for folder in "steps", "final", "tools":
        copy_of(ROOT / folder, clone / folder)
    shutil.copy(ROOT / "Makefile", clone)
    (clone / ".venv").symlink_to(ROOT / ".venv")
    for target in "step-04", "run":
        port = free_port()
        settings = {"EMBEDDED_DB": str(tmp_path / "my data.json"), "PYTHONPATH": str(clone)}
        assert serves(make(target, folder=clone, PORT=str(port), **settings), port), target
