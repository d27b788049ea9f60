"""What the texts say about speed: each function prints a piece of what `make bench` found last."""

import json
from functools import cache

from benchmarks import contenders, report
from benchmarks.contenders import EXPRESS, FAST, FLASK_SOCKETIO, MEMORY, MONGODB, OURS, STEP
from benchmarks.results import Results

FINDINGS = contenders.FOLDER / "flask_socketio" / "findings.json"
OTHERS = {OURS: "`final/`", FAST: "with `FAST=1`", FLASK_SOCKETIO: FLASK_SOCKETIO, STEP: STEP}


@cache
def results() -> Results:
    return Results(json.loads(report.RESULTS.read_text("utf-8")))


def bench_run() -> None:
    """Print on what it ran, and of which versions."""
    print(f"{report.about_the_run(results())}\n")


def bench(setting: str) -> None:
    """Print how many times as good as Express each one is, line by line."""
    names = [name for name in OTHERS if name in results().names(setting)]
    rows = []
    for line in report.WITH_RATIO:
        express = results().line(setting, EXPRESS, line)
        ratios = [results().ratio(setting, name, EXPRESS, line) for name in names]
        times = [
            f"{(each.median if line.is_rate else 1 / each.median):.2f}" if each else "-"
            for each in ratios
        ]
        if express:
            rows.append([line.title, f"{line.text(express.median)} {line.unit}", *times])
    print(report.table(["", EXPRESS, *(OTHERS[name] for name in names)], rows) + "\n")


def bench_in_memory() -> None:
    bench(MEMORY)


def bench_on_mongodb() -> None:
    bench(MONGODB)


def bench_strangers() -> None:
    """Print what a comment to ten friends costs, by how many others are connected."""
    print(as_in_the_text(report.costs(results(), "strangers")) + "\n")


def bench_held() -> None:
    """Print what an open socket needs."""
    print(as_in_the_text(report.held(results())) + "\n")


def as_in_the_text(table: str) -> str:
    """Call the contenders by their names in the text."""
    for name, in_the_text in OTHERS.items():
        table = table.replace(f"| {name} |", f"| {in_the_text} |")
    return table


def bench_findings(*kinds: str) -> None:
    """Print what the checks found in the app on Flask-SocketIO, and why."""
    findings = json.loads(FINDINGS.read_text("utf-8"))
    checks: dict[str, list[str]] = {}
    for each in (each for kind in kinds for each in findings[kind]):
        checks.setdefault(each["why"], []).append(check_named(each["check"]))
    for why, names in checks.items():
        print(f"* {', '.join(names)}: {why}")
    print()


def check_named(check: str) -> str:
    """Return a link to a check, in words."""
    from tools.tutorial.pieces import link_to

    return link_to(check.partition("::")[2])
