"""The texts' pieces about speed. Each function prints some results of the benchmarks."""

import json
from functools import cache

from benchmarks import contenders, growth, report
from benchmarks.contenders import EXPRESS, FAST, FLASK_SOCKETIO, MEMORY, MONGODB, OURS, STEP
from benchmarks.results import LINES, Line, Results
from tools.folders import ROOT
from tools.tutorial.pieces import line_count, link_to

FINDINGS = contenders.FOLDER / "flask_socketio" / "findings.json"
STEP_FOLDER = ROOT / "steps" / "04-friend-notify"
CODE = {  # a job, the modules for it in step 04, and those in the app on Flask-SocketIO
    "sessions": (["session.py", "session_store.py", "expose.py"], ["sessions.py"]),
    "sockets and the registry": (["sockets.py", "user_sockets.py"], ["sockets.py"]),
    "login and logout": (["auth.py"], ["auth.py"]),
    "closed connections": (["hangup.py"], []),
}
OTHERS = {OURS: "`final/`", FAST: "with `FAST=1`", FLASK_SOCKETIO: FLASK_SOCKETIO, STEP: STEP}


@cache
def results() -> Results:
    return Results(json.loads(report.RESULTS.read_text("utf-8")))


def bench_run() -> None:
    """Print the machine and the software versions of the benchmarks."""
    print(f"{report.about_the_run(results())}\n")


def bench(setting: str) -> None:
    """Print how many times as good as Express each contender is, line by line."""
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
    """Print the cost of a comment to ten friends, by the number of connected strangers."""
    print(as_in_the_text(report.costs(results(), "strangers")) + "\n")


def bench_growth() -> None:
    """Print how long users wait as the data grows, and which times grow faster than the data."""
    curves = json.loads(growth.RESULTS.read_text("utf-8"))["curves"]
    rows = [
        [
            f"{curve['what']}, by {curve['by']}",
            *(f"{int(size):,}: {ms:.1f} ms" for size, ms in curve["ms"].items()),
        ]
        for curve in curves
    ]
    print(report.table(["time for …", "small", "medium", "large"], rows) + "\n")
    steep = [each for each in curves if growth.steepness(each) > growth.LINEAR]
    named = " and ".join(f"{each['what']} (by {each['by']})" for each in steep)
    print(f"The time for {named} grows" if steep else "No time grows", end=" ")
    print("faster than the data.\n")


def bench_transport() -> None:
    """Print what the fast transport is worth, line by line, beside python-engineio."""
    names = {FLASK_SOCKETIO: FLASK_SOCKETIO, OURS: "this app, default", FAST: "this app, `FAST=1`"}
    rows = []
    for line in LINES:
        if line.title in {"dashboards", "sessions, as JSON"}:
            continue  # pages don't depend on the transport
        medians = [results().line(MEMORY, name, line).median for name in names]
        rows.append([f"{line.title}, {line.unit}", *map(line.text, medians)])
    print(report.table(["", *names.values()], rows) + "\n")


def bench_held() -> None:
    """Print the memory of an open socket, and how many were dropped."""
    print(as_in_the_text(report.held(results())) + "\n")


def as_in_the_text(table: str) -> str:
    """Return a table in which the contenders have their names from the text."""
    for name, in_the_text in OTHERS.items():
        table = table.replace(f"| {name} |", f"| {in_the_text} |")
    return table


def bench_absolute() -> None:
    """Print how much final/ does on MongoDB, in two sentences."""

    def of(title: str) -> str:
        line = line_named(title)
        return line.text(results().line(MONGODB, OURS, line).median)

    print(
        "On our test machine, with MongoDB and on one core, `final/` opens "
        f"{of('handshakes')} sockets a second, or serves {of('dashboards')} dashboards a second. "
        "When a user with 100 friends posts a "
        f"comment, the last of these friends receives it after {of('last of 100 friends')} "
        "milliseconds.\n"
    )


def bench_lessons() -> None:
    """Print the lessons from the ratios, with the numbers behind them."""
    waits = [
        line.text(results().line(setting, OURS, line).median)
        for setting in (MEMORY, MONGODB)
        for line in [line_named("last of 10 friends")]
    ]
    print(
        "* **With MongoDB, the time to post a comment is mostly spent waiting for the database.** "
        f"When everything is in memory, a comment reaches the last of ten friends in {waits[0]} "
        f"ms. With MongoDB, it takes {waits[1]} ms. You gain more by saving a round trip to the "
        "database than by speeding up the Python code."
    )
    print(
        "* **`final/` is furthest behind on pages, and on comments for many friends.** In memory, "
        f"Express serves {times('dashboards', OURS)} times as many dashboards a second as "
        f"`final/`, and Flask-SocketIO serves {times('dashboards', OURS, FLASK_SOCKETIO)} times as "
        "many. Flask on its own, which only sends a page of the same size, serves "
        f"{times('dashboards', OURS, contenders.BARE_FLASK)} times as many. "
        "When a user with 500 friends posts without a pause, Express sends "
        f"{times('notifications, 500 friends', OURS)} times as many notifications a second. "
        f"{with_fast('notifications, 500 friends')}"
    )
    print()


def with_fast(title: str) -> str:
    """Return a sentence that compares final/ with FAST=1 to Express, in memory."""
    ratio = results().ratio(MEMORY, FAST, EXPRESS, line_named(title)).median
    if 0.95 < ratio < 1.05:
        return "With `FAST=1`, `final/` sends about as many as Express."
    if ratio > 1:
        return f"With `FAST=1`, `final/` is ahead, and sends {ratio:.1f} times as many as Express."
    return f"With `FAST=1`, Express still sends {1 / ratio:.1f} times as many."


def times(title: str, name: str, other: str = EXPRESS) -> str:
    """Return how many times as much the `other` contender does in memory as this one."""
    return f"{1 / results().ratio(MEMORY, name, other, line_named(title)).median:.1f}"


def line_named(title: str) -> Line:
    [line] = [line for line in LINES if line.title == title]
    return line


def bench_code() -> None:
    """Print how many lines step 04 needs for jobs that libraries do in the Flask-SocketIO app."""
    rows = []
    for job, (own, with_libraries) in CODE.items():
        named = ", ".join(f"[`{name}`](steps/{STEP_FOLDER.name}/{name})" for name in own)
        counts = (
            line_count(STEP_FOLDER / name for name in own),
            line_count(FINDINGS.parent / name for name in with_libraries),
        )
        rows.append([f"{job}: {named}", *map(str, counts)])
    print(report.table(["", "your app in chapter 4", "with libraries"], rows) + "\n")


def bench_findings(*kinds: str) -> None:
    """Print the findings of the checks about the Flask-SocketIO app, with the reasons."""
    findings = json.loads(FINDINGS.read_text("utf-8"))
    checks: dict[str, list[str]] = {}
    for each in (each for kind in kinds for each in findings[kind]):
        checks.setdefault(each["why"], []).append(check_named(each["check"]))
    for why, names in checks.items():
        print(f"* {', '.join(names)}: {why}")
    print()


def check_named(check: str) -> str:
    """Return a link to a check, in words."""
    return link_to(check.partition("::")[2])
