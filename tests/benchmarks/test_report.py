"""The report of the benchmarks shows the results, and judges them by the goals."""

import json
from pathlib import Path

import pytest

from benchmarks import report
from benchmarks.contenders import (
    BARE_FLASK,
    CEILING,
    EXPRESS,
    FAST,
    FLASK_SOCKETIO,
    MEMORY,
    MONGODB,
    OURS,
)
from benchmarks.results import LINES, Results, Verdict

LINE = {line.title: line for line in LINES}
HELD = {"sockets": 5_000, "kb_each": 50.0, "dropped": 0, "ping_cycles": 2, "seconds": 50.0}


def numbers(rate: float, time: float) -> dict[str, dict]:
    """Return a contender's results of a round: one value for all rates, and one for all times."""
    found: dict[str, dict] = {}
    for line in LINES:
        measure = found.setdefault(line.measure, {"generator": 0.25})
        measure[line.number] = rate if line.is_rate else time
    found["dashboard"]["bytes"] = 2_500
    for size in (500, 1_000, 3_000):
        found[f"strangers:{size}"] = {"cpu_ms": time}
    for size in (10, 100, 500):
        found[f"friends:{size}"] = {"cpu_ms": 0.5 + time * size / 100}
    return found


@pytest.fixture
def run() -> dict:
    """Return three rounds where final/ is twice as good as the others, with and without FAST=1."""
    both = {
        name: [numbers(2_000.0 * more, 0.5) for more in (1.0, 0.9, 1.2)] for name in (OURS, FAST)
    }
    both |= {name: [numbers(1_000.0, 1.0)] * 3 for name in (EXPRESS, FLASK_SOCKETIO)}
    ceiling = {CEILING: [numbers(3_000.0, 0.1)] * 3}
    run = {
        "date": "2026-11-24",
        "quick": False,
        "rounds": 3,
        "minutes": 10.0,
        "machine": {
            "processor": "a processor",
            "cores": 2,
            "system": "Linux 6",
            "load_before": 0.1,
            "server_core": 0,
            "load_core": 1,
            "versions": {"Python": "3.11.7", "Node.js": "20.20.2"},
        },
        "left_out": {},
        "results": {MEMORY: both | ceiling, MONGODB: both},
        "held": {OURS: HELD, FAST: HELD | {"kb_each": 70.0}, EXPRESS: HELD},
    }
    return json.loads(json.dumps(run))  # a deep copy, so that no two parts are the same object


def text(run: dict) -> str:
    return report.text(Results(run), "plots")


def test_medians_with_the_least_and_the_most(run):
    said = text(run)
    assert "| handshakes, /s | 2,000 (1,800 to 2,400) |" in said
    assert "| handshakes | 2.00 (1.80 to 2.40) |" in said
    assert "| last of 10 friends, ms | 0.50 |" in said


def test_a_ratio_is_taken_in_each_round(run):
    """If the machine is slow for a while, both contenders are, and the ratio stays the same."""
    for name in (OURS, EXPRESS):
        run["results"][MEMORY][name][0]["handshakes"]["per_second"] = 10.0
    ratio = Results(run).ratio(MEMORY, OURS, EXPRESS, LINE["handshakes"])
    assert (ratio.least, ratio.median, ratio.most) == (1.0, 1.8, 2.4)


def test_goals_that_are_reached(run):
    results, said = Results(run), text(run)
    assert results.against_flask_socketio(MEMORY, OURS, LINE["handshakes"]).is_reached
    assert results.against_express(MONGODB, OURS, LINE["last of 10 friends"]).is_reached
    assert results.flat(OURS).is_reached
    assert results.holds(OURS)
    assert "* final/: goal 1 reached on 22 of 22 lines, goal 2 reached on 20 of 20 lines" in said
    assert "* final/ with FAST=1: " in said
    assert said.count("goal 3 reached, goal 4 reached") == 1
    assert said.count("goal 3 reached, goal 4 missed") == 1
    assert "| handshakes, in memory | 2.00 (1.80 to 2.40) |" in said
    assert "| final/ | reached: 5,000 sockets, 50.0 kB each, 0 dropped |" in said
    assert " short" not in said
    assert " over |" not in said


def change(run: dict, name: str, measure: str, number: str, value: float) -> None:
    for one in run["results"][MEMORY][name]:
        one[measure][number] = value


def test_a_rate_that_is_too_low(run):
    change(run, OURS, "dashboard", "per_second", 750.0)
    verdict = Results(run).against_express(MEMORY, OURS, LINE["dashboards"])
    assert not verdict.is_reached
    assert "| dashboards, in memory | **0.75**, 25 % short |" in text(run)
    assert "goal 2 reached on 19 of 20 lines" in text(run)


def test_a_time_that_is_too_long(run):
    change(run, OURS, "latency", "p99_ms", 3.0)
    assert not Results(run).against_express(MEMORY, OURS, LINE["one of 10 friends, p99"]).is_reached
    assert "| one of 10 friends, p99, in memory | **3.00**, 200 % over |" in text(run)


def test_more_is_wanted_of_some_lines(run):
    """Handshakes and notifications must reach 1.5 times the rate of Flask-SocketIO."""
    for measure in ("handshakes", "sustained:100", "dashboard"):
        change(run, OURS, measure, "per_second", 1_200.0)
    results = Results(run)
    lines = ["handshakes", "notifications, 100 friends", "notifications, 500 friends", "dashboards"]
    verdicts = [results.against_flask_socketio(MEMORY, OURS, LINE[line]) for line in lines]
    assert [verdict.is_reached for verdict in verdicts] == [False, False, True, True]
    assert "| handshakes, in memory | **1.20**, 20 % short |" in text(run)


def test_a_cost_that_grows_with_strangers(run):
    change(run, OURS, "strangers:3000", "cpu_ms", 0.6)
    results = Results(run)
    assert not results.flat(OURS).is_reached
    assert results.flat(FAST).is_reached
    assert "| final/ | **1.20**, 9 % over |" in text(run)


@pytest.mark.parametrize("change", [{"kb_each": 60.0}, {"dropped": 1}])
def test_sockets_that_are_not_held_as_they_should(run, change: dict):
    run["held"][OURS] |= change
    assert Results(run).holds(OURS) is False
    assert "| final/ | **missed**: 5,000 sockets, " in text(run)


@pytest.mark.parametrize("change", [{"sockets": 500}, {"ping_cycles": 1}])
def test_fewer_or_for_less_long_is_no_try(run, change: dict):
    run["held"][OURS] |= change
    assert Results(run).holds(OURS) is None
    assert "| final/ | not tried in this run: " in text(run)


@pytest.fixture
def limited(run) -> dict:
    """Return the run with limits that final/ comes close to. Bare Flask is measured for pages."""
    pages = {
        "dashboard": {"per_second": 6_000.0, "generator": 0.25, "bytes": 2_500},
        "session": {"per_second": 6_000.0, "generator": 0.25},
    }
    run["results"][MEMORY][BARE_FLASK] = [pages] * 3
    for size in (10, 100, 500):
        change(run, CEILING, f"friends:{size}", "cpu_ms", 0.1 + 0.004 * size)
    return run


def test_an_app_close_to_the_limits(limited):
    said = text(limited)
    assert "| final/ | 3.00 (2.50 to 3.33) | 1.25 |" in said
    assert said.count("goal 5 reached on 2 of 2 lines") == 2
    assert "| dashboards, /s | 2,000 (1,800 to 2,400) |" in said
    assert "* ceiling: 0.10 ms and 4.0 µs for each friend" in said
    assert "Flask-SocketIO 2,500." in said  # bare Flask's page isn't one of its own


def test_an_app_far_from_the_limits(limited):
    change(limited, OURS, "dashboard", "per_second", 1_500.0)
    for size in (10, 100, 500):
        change(limited, CEILING, f"friends:{size}", "cpu_ms", 0.1 + 0.002 * size)
    said = text(limited)
    assert "| final/ | **4.00**, the goal is 3 | **2.50**, the goal is 1.3 |" in said
    assert "goal 5 reached on 0 of 2 lines" in said
    assert "goal 5 reached on 1 of 2 lines" in said


def test_without_the_limits_nothing_is_compared_with_them(run):
    del run["results"][MEMORY][CEILING]
    assert text(run).count("goal 5 not measured") == 2
    assert "| final/ | not measured | not measured |" in text(run)


def test_the_cost_of_a_friend(run):
    assert "* final/: 0.50 ms and 5.0 µs for each friend; no point is further" in text(run)


def test_a_ceiling_that_is_near_is_named(run):
    said = text(run)
    assert "| handshakes | final/ | 1.5 times **near** | 25 % |" in said
    assert "| last of 10 friends | final/ | 5.0 times | 25 % |" in said


def test_what_is_left_out_or_has_no_number_is_said(run):
    del run["results"][MEMORY][EXPRESS], run["results"][MONGODB][EXPRESS]
    run["left_out"] = {EXPRESS: "there is no Node.js with npm here"}
    run["results"][MEMORY][OURS][1]["latency"] = {"fault": "1 of 10 sockets are lost"}
    run["held"][FAST] = {"fault": "it does not start"}
    said = text(run)
    assert "* Express is left out: there is no Node.js with npm here." in said
    assert "Not measured in this run: there is no Express." in said
    assert "* final/, in memory, round 2, latency: 1 of 10 sockets are lost" in said
    assert "* final/ with FAST=1, held: it does not start" in said
    assert "| final/ with FAST=1 | **missed** |" in said
    assert Results(run).against_express(MEMORY, OURS, LINE["handshakes"]) == Verdict(None, False)


def test_what_was_measured_how(run):
    said = text(run)
    assert (
        "bytes: final/ 2,500, final/ with FAST=1 2,500, Express 2,500, Flask-SocketIO 2,500."
        in said
    )
    assert "sockets opened in a second, 32 at a time: " in said
    assert "for each of 1,000 sockets that are opened and then idle" in said
    run["quick"] = True
    assert "for each of 300 sockets that are opened and then idle" in text(run)


def test_a_quick_run_is_no_result(run):
    assert "**A quick run" not in text(run)
    run["quick"] = True
    assert "**A quick run" in text(run)


def test_every_place_in_the_text_is_filled(run):
    assert "{" not in text(run)


def test_it_is_made_from_the_results_alone(run, tmp_path: Path):
    results = tmp_path / "report-quick.json"
    results.write_text(json.dumps(run), "utf-8")
    assert report.write(results) == tmp_path / "report-quick.md"
    made = {path.name: path.read_bytes() for path in tmp_path.rglob("*.*")}
    assert {*made} == {
        "report-quick.json",
        "report-quick.md",
        "ratios.svg",
        "strangers.svg",
        "friends.svg",
    }
    report.write(results)
    assert {path.name: path.read_bytes() for path in tmp_path.rglob("*.*")} == made
    assert b"(plots-quick/ratios.svg)" in made["report-quick.md"]
