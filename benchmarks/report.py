"""`python -m benchmarks.report` generates report.md and its plots from report.json alone."""

import argparse
import json
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from .contenders import CEILING, EXPRESS, FAST, FLASK_SOCKETIO, LIMITS, MEMORY, MONGODB, OURS
from .load import measures
from .load.measures import QUICK, Extent
from .results import (
    AHEAD,
    BARE_PAGES,
    CEILINGS,
    FEW,
    HELD,
    LINES,
    MANY,
    MOST_GROWTH,
    MOST_KB,
    SETTLED,
    WITH_RATIO,
    Line,
    Results,
    Spread,
    Verdict,
    percent,
)

RESULTS = Path(__file__).parent / "report.json"
TEXT = Path(__file__).with_name("report_text.md")


def write(path: Path) -> Path:
    """Write the report of the results at `path` beside them, and return its path."""
    results = Results(json.loads(path.read_text("utf-8")))
    plots = path.with_name(path.stem.replace("report", "plots"))
    from . import plots as plotting  # here, so that nothing else needs matplotlib

    plotting.draw(results, plots)
    report = path.with_suffix(".md")
    report.write_text(text(results, plots.name), "utf-8")
    return report


def text(results: Results, plots: str) -> str:
    """Return the report."""
    pieces = {
        "run": about_the_run(results),
        "summary": summary(results),
        "memory": of_setting(results, MEMORY),
        "mongodb": of_setting(results, MONGODB),
        "held": held(results),
        "strangers": costs(results, "strangers"),
        "friends": costs(results, "friends") + "\n\n" + per_friend(results),
        "goal_1": goal(results, results.against_flask_socketio, LINES, FLASK_SOCKETIO),
        "goal_2": goal(results, results.against_express, WITH_RATIO, EXPRESS),
        "goal_3": goal_3(results),
        "goal_4": goal_4(results),
        "goal_5": goal_5(results),
        "load": the_load(results),
        "faults": faults_text(results),
        "left_out": left_out(results),
        "pages": pages(results),
        "plots": plots,
        **extent(results),
        "ahead": f"{AHEAD:g}",
        "growth": percent(MOST_GROWTH - 1),
        "held_sockets": f"{HELD:,}",
        "most_kb": str(MOST_KB),
        "bare_pages": str(BARE_PAGES),
        "ceilings": str(CEILINGS),
    }
    written = TEXT.read_text("utf-8")
    for name, piece in pieces.items():
        written = written.replace(f"{{{name}}}", piece)
    return written


def ours_of(results: Results) -> list[str]:
    names = [name for setting in results.settings for name in results.names(setting)]
    return [name for name in (OURS, FAST) if name in names]


# The run.


def about_the_run(results: Results) -> str:
    run, machine = results.run, results.run["machine"]
    when = f"{date.fromisoformat(run['date']):%d %B %Y}"
    rounds = "one round" if run["rounds"] == 1 else f"{run['rounds']} rounds"
    rounds += f" in {run['minutes']:.0f} minutes"
    if machine["server_core"] is None:
        pinned = "The servers and the load generator shared the only core."
    else:
        pinned = (
            f"The servers ran on core {machine['server_core']}, while the load "
            f"generator and MongoDB ran on core {machine['load_core']}."
        )
    quick = "**A quick run, whose numbers are only a first impression.** " if run["quick"] else ""
    load = machine["load_before"]
    before = "" if load is None else f" Before the run, the load average was {load:.1f}."
    versions = ", ".join(f"{name} {version}" for name, version in machine["versions"].items())
    return (
        f"{quick}{when}, {rounds}, {machine['processor']}, {machine['cores']} cores, "
        f"{machine['system']}. {pinned}{before}\n\n{versions}."
    )


def left_out(results: Results) -> str:
    reasons = results.run["left_out"]
    return "".join(f"\n* {name} is left out: {why}." for name, why in reasons.items())


def extent(results: Results) -> dict[str, str]:
    """Return how long and how often the run measured, for the report's text."""
    extent = QUICK if results.run["quick"] else Extent()
    return {
        "handshakes_at_once": str(measures.HANDSHAKES_AT_ONCE),
        "requests_at_once": str(measures.REQUESTS_AT_ONCE),
        "authors_at_once": str(measures.AUTHORS_AT_ONCE),
        "pace": str(measures.PACE),
        "idle": f"{extent.idle:,}",
        "half_idle": f"{extent.idle // 2:,}",
        "seconds": f"{extent.seconds:g}",
    }


def pages(results: Results) -> str:
    """Return the sizes of the dashboards in bytes, as text."""
    sizes = {
        name: size.median
        for setting in results.settings
        for name in results.names(setting)
        if name not in LIMITS and (size := results.spread(setting, name, "dashboard", "bytes"))
    }
    return ", ".join(f"{name} {size:,.0f}" for name, size in sizes.items())


# The numbers.


def of_setting(results: Results, setting: str) -> str:
    names = results.names(setting)
    if not names:
        return "Not measured in this run."
    lines = [line for line in LINES if any(results.line(setting, name, line) for name in names)]
    values = [
        [
            f"{line.title}, {line.unit}",
            *(shown(results.line(setting, n, line), line.text) for n in names),
        ]
        for line in lines
    ]
    others = [name for name in names if name != EXPRESS]
    ratios = [
        [line.title, *(shown(results.ratio(setting, n, EXPRESS, line), as_ratio) for n in others)]
        for line in lines
        if line in WITH_RATIO
    ]
    found = table(["", *names], values)
    if EXPRESS in names:
        found += "\n\nThe same as ratios to Express:\n\n" + table(["", *others], ratios)
    return found


def held(results: Results) -> str:
    rows = [
        [
            name,
            f"{one['sockets']:,}",
            f"{one['kb_each']:.1f}",
            str(one["dropped"]),
            f"{one['ping_cycles']} ({one['seconds']:.0f} s)",
        ]
        for name, one in results.held.items()
        if "dropped" in one
    ]
    head = ["", "sockets", "kB each", "dropped", "ping cycles"]
    return table(head, rows) if rows else "Not measured in this run."


def costs(results: Results, measure: str) -> str:
    by_name = {name: results.costs(name, measure) for name in results.names(MEMORY)}
    by_name = {name: costs for name, costs in by_name.items() if costs}
    if not by_name:
        return "Not measured in this run."
    sizes = sorted({size for costs in by_name.values() for size in costs})
    rows = [
        [name, *(f"{costs[size]:.3f}" if size in costs else "-" for size in sizes)]
        for name, costs in by_name.items()
    ]
    return table(["ms of CPU time", *(f"{size:,}" for size in sizes)], rows)


def per_friend(results: Results) -> str:
    """Describe how closely a comment's cost follows a linear function of the number of friends."""
    said = []
    for name in results.names(MEMORY):
        line = results.cost_of_friends(name)
        if not line:
            continue
        slope, base = line
        costs = results.costs(name, "friends")
        off = max(abs(base + slope * size - cost) / cost for size, cost in costs.items())
        said.append(
            f"* {name}: {base:.2f} ms and {1000 * slope:.1f} µs for each friend; "
            f"no point is further from that line than {percent(off)}"
        )
    return "\n".join(said)


# The goals.


def goal(
    results: Results,
    judge: Callable[[str, str, Line], Verdict],
    lines: list[Line],
    other: str,
) -> str:
    """Return the table of a goal that compares us with another contender."""
    ours = ours_of(results)
    rows = []
    for setting in results.settings:
        for line in lines:
            verdicts = [judge(setting, name, line) for name in ours]
            if any(verdict.value for verdict in verdicts):
                rows.append([f"{line.title}, {setting}", *map(judged, verdicts)])
    if not rows:
        return f"Not measured in this run: there is no {other}."
    return table([f"compared with {other}", *ours], rows)


def goal_3(results: Results) -> str:
    rows = [[name, judged(results.flat(name))] for name in ours_of(results)]
    many, few = (int(measure.split(":")[1]) for measure in (MANY, FEW))
    return table(["", f"{many:,} strangers compared with {few:,}"], rows)


def goal_4(results: Results) -> str:
    rows = []
    for name in ours_of(results):
        holds, one = results.holds(name), results.held.get(name, {})
        told = {True: "reached", False: "**missed**", None: "not tried in this run"}[holds]
        if "dropped" in one:
            told += (
                f": {one['sockets']:,} sockets, {one['kb_each']:.1f} kB each, "
                f"{one['dropped']} dropped"
            )
        rows.append([name, told])
    return table(["", "held"], rows)


def goal_5(results: Results) -> str:
    rows = [
        [name, judged(results.page_costs(name)), judged(results.friend_costs(name))]
        for name in ours_of(results)
    ]
    head = ["a dashboard, compared with bare Flask", "a friend, compared with the ceiling"]
    return table(["", *head], rows)


def judged(verdict: Verdict) -> str:
    if verdict.value is None:
        return "not measured"
    value = shown(verdict.value, as_ratio)
    return value if verdict.is_reached else f"**{value}**, {verdict.missed_by}"


def summary(results: Results) -> str:
    """Summarise for each goal how many of its lines are reached."""
    said = []
    for name in ours_of(results):
        counts = []
        for number, judge, lines in (
            (1, results.against_flask_socketio, LINES),
            (2, results.against_express, WITH_RATIO),
        ):
            verdicts = [
                judge(setting, name, line) for setting in results.settings for line in lines
            ]
            verdicts = [verdict for verdict in verdicts if verdict.value]
            reached = sum(verdict.is_reached for verdict in verdicts)
            counts.append(f"goal {number} reached on {reached} of {len(verdicts)} lines")
        flat, holds = results.flat(name), results.holds(name)
        for number, verdict in (3, flat.is_reached if flat.value else None), (4, holds):
            told = {True: "reached", False: "missed", None: "not measured"}
            counts.append(f"goal {number} {told[verdict]}")
        near = [results.page_costs(name), results.friend_costs(name)]
        near = [verdict.is_reached for verdict in near if verdict.value]
        reached_of = f"reached on {sum(near)} of {len(near)} lines"
        counts.append(f"goal 5 {reached_of if near else 'not measured'}")
        said.append(f"* {name}: {', '.join(counts)}")
    return "\n".join(said)


# Evidence that the numbers describe the servers, and not the load generator.


def the_load(results: Results) -> str:
    """Return a table with the ceiling's advantage and the load generator's CPU use per line."""
    names = [name for name in results.names(MEMORY) if name not in LIMITS]
    rows = []
    for line in WITH_RATIO:
        spreads = {name: results.line(MEMORY, name, line) for name in names}
        medians = {name: spread.median for name, spread in spreads.items() if spread}
        if not medians:
            continue
        best = (max if line.is_rate else min)(medians, key=medians.get)
        ratio = results.ratio(MEMORY, CEILING, best, line)
        times = ratio and (ratio.median if line.is_rate else 1 / ratio.median)
        near = " **near**" if times and times < SETTLED else ""
        away = f"{times:.1f} times{near}" if times else "not measured"
        load = results.share(MEMORY, line, names, "generator")
        server = line.is_rate and results.share(MEMORY, line, names, "server")
        used = [percent(load.most), percent(server.least) if server else ""]
        rows.append([line.title, best, away, *used])
    head = ["best", "ceiling's advantage", "load generator used at most", "servers used at least"]
    return table(["", *head], rows)


def faults(run: dict) -> list[tuple[str, str]]:
    return [*Results(run).faults()]


def faults_text(results: Results) -> str:
    found = [f"* {where}: {why}" for where, why in results.faults()]
    return "\n".join(found) or (
        "None. Every response was correct, and every comment reached each friend exactly once."
    )


# Numbers as text.


def in_a_line(numbers: dict[str, dict]) -> str:
    """Summarise one contender's round in a line."""
    said = [
        f"{line.title} {line.text(numbers[line.measure][line.number])} {line.unit}"
        for line in LINES
        if line.number in numbers.get(line.measure, {})
    ]
    said += [f"{measure} {one['fault']}" for measure, one in numbers.items() if "fault" in one]
    return "; ".join(said)


def shown(spread: Spread | None, text: Callable[[float], str]) -> str:
    if spread is None:
        return "-"
    if spread.least == spread.most:
        return text(spread.median)
    return f"{text(spread.median)} ({text(spread.least)} to {text(spread.most)})"


def as_ratio(value: float) -> str:
    return f"{value:.2f}"


def table(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join(as_lines(head, rows))


def as_lines(head: list[str], rows: list[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|---|{'--:|' * (len(head) - 1)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, nargs="?", default=RESULTS, help="(report.json)")
    print(f"{write(parser.parse_args().results)} is written")


if __name__ == "__main__":
    main()
