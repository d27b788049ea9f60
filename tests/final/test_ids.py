"""IDs sort by the time when they were made, even if several processes make them (G21)."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from final.domain import ids
from tools.servers import ROOT


class Process:
    """A separate process that makes IDs on request."""

    def __init__(self, *folder: str):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.probes.new_ids", *folder],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def new_id(self) -> str:
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def stop(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.mark.parametrize("folder", [[], [str(ROOT / "steps" / "06-catch-up")]], ids=["final", "06"])
def test_g21_ids_that_several_processes_make_in_turn_are_in_order(folder: list[str]):
    processes = [Process(*folder), Process(*folder)]
    try:
        made = [process.new_id() for _ in range(100) for process in processes]
    finally:
        for process in processes:
            process.stop()
    assert made == sorted(made)
    assert len(set(made)) == 200


def test_ids_stay_in_order_when_the_clock_is_set_back(monkeypatch):
    before = ids.new_id()
    now = ids.time.time_ns()
    monkeypatch.setattr(ids.time, "time_ns", lambda: now - 10**9)
    assert before < ids.new_id() < ids.new_id()


def test_an_id_says_when_it_was_made():
    age = datetime.now(UTC) - ids.new_id().generation_time
    assert abs(age) < timedelta(seconds=5)
