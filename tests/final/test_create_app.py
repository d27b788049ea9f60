"""create_app starts nothing, and everything that it creates is freed with the app (G34)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tools import mongo
from tools.folders import ROOT


def run(*arguments: str) -> str:
    """Run Python with these arguments, and return its output."""
    command = [sys.executable, *arguments]
    program = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert program.returncode == 0, program.stderr
    return program.stdout


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux lists what is open")
@pytest.mark.parametrize("kind", ["embedded", "mongodb"])
def test_g34_a_hundred_dropped_apps_leave_nothing_behind(kind: str, request):
    uri = []
    if kind == "mongodb":
        server, database = (request.getfixturevalue(name) for name in ("mongodb_uri", "mongodb"))
        uri = [mongo.address(server, database)]
    assert json.loads(run("-m", "tests.probes.many_apps", *uri)) == {}


def test_mongomock_is_imported_only_when_it_is_used():
    assert run("-c", "import sys, final.app; print('mongomock' in sys.modules)") == "False\n"
