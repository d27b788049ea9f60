"""Tests of how the growth of costs is measured and drawn (`python -m benchmarks.growth`)."""

import asyncio
import contextlib
import dataclasses
import json
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from benchmarks import growth, plots
from tools import programs
from tools.mongo import real_mongodb
from tools.mongod import why_none
from tools.redis import Redis


def in_a_thread(work: Callable[[], Coroutine]) -> list[dict]:
    """Run the work in a loop of its own. This thread may have one, which Playwright has left."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(lambda: asyncio.run(work())).result()


@pytest.mark.parametrize(
    ("times", "exponent"),
    [
        ({"10": 5.0, "100": 5.0, "1000": 5.0}, 0),
        ({"10": 1.0, "100": 10.0, "1000": 100.0}, 1),
        ({"10": 1.0, "100": 1.0, "1000": 100.0}, 2),
    ],
)
def test_the_steepest_part_of_a_curve_counts(times: dict[str, float], exponent: float):
    assert growth.steepness({"ms": times}) == pytest.approx(exponent)


def test_the_plot_is_made_from_the_results(tmp_path: Path):
    curves = json.loads(growth.RESULTS.read_text("utf-8"))["curves"]
    plots.growth(curves, tmp_path / "growth.svg")
    assert (tmp_path / "growth.svg").read_bytes() == growth.PLOT.read_bytes()


@pytest.mark.parametrize("processes", [1, 2])
def test_every_time_is_measured_at_every_size(processes: int, monkeypatch):
    if not (redis_server := programs.find("redis-server")):
        pytest.skip(programs.how_to_get(["redis-server"]))
    small = [dataclasses.replace(each, sizes=(10, 20)) for each in growth.MEASURES]
    monkeypatch.setattr(growth, "MEASURES", small)
    with real_mongodb() as uri, contextlib.closing(Redis(redis_server)) as redis:
        if uri is None:
            pytest.skip(why_none())
        redis.start()
        with growth.running_place(processes, uri, redis.url) as place:
            curves = in_a_thread(lambda: growth.measured(place))
    due = {each.by for each in growth.MEASURES if each.processes == processes}
    assert {curve["by"] for curve in curves} == due
    assert all([*curve["ms"]] == ["10", "20"] for curve in curves)
    assert all(ms > 0 for curve in curves for ms in curve["ms"].values())
