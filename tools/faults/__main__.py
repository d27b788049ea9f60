"""`python -m tools.faults` runs all experiments and writes a table of results: `make faults`."""

import argparse
import sys
from collections import Counter
from datetime import date
from pathlib import Path

from playwright.sync_api import sync_playwright

from tools.browser import launch_options
from tools.cluster import what_is_missing
from tools.faults.experiment import FAULTS, Result, run
from tools.folders import ROOT
from tools.open_files import allow_open_files

REPORT = ROOT / "docs" / "recorded" / "faults.md"
HEAD = (
    "| event | comments | to be shown | lost | shown twice | longest wait "
    "| disturbed | responses to posts | what a page shows over time |\n"
    "|---|--:|--:|--:|--:|--:|--:|---|---|\n"
)


def table(results: list[Result]) -> str:
    """Return a row for each fault, with the sums of its runs, and their longest wait."""
    lines = []
    for fault in dict.fromkeys(result.fault for result in results):
        runs = [result for result in results if result.fault == fault]
        answers = sum((result.answers for result in runs), Counter())
        told = ", ".join(f"{status} ({times(count)})" for status, count in answers.most_common())
        said = max((result.said for result in runs), key=len)
        disturbed = [result.disturbed for result in runs if result.disturbed is not None]
        cells = [
            fault,
            f"{sum(result.sent for result in runs):,}",
            f"{sum(result.shown + result.lost for result in runs):,}",
            f"{sum(result.lost for result in runs)}",
            f"{sum(result.twice for result in runs)}",
            f"{max(result.longest for result in runs):.1f} s",
            str(sum(disturbed)) if disturbed else "not applicable",
            told,
            " → ".join(said),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return HEAD + "\n".join(lines) + "\n"


def times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="(1 2 3)")
    parser.add_argument("--people", type=int, default=200, help="how many are connected (200)")
    parser.add_argument("--per-second", type=float, default=10, help="comments (10)")
    parser.add_argument("--only", default="", help="words in what happens")
    parser.add_argument("--report", type=Path, default=REPORT, help="where the table is written")
    options = parser.parse_args()
    if problem := what_is_missing():
        sys.exit(f"There is no cluster to break: {problem}.")
    allow_open_files(4 * options.people)
    results, chromium = [], launch_options(shell=True)
    with sync_playwright() as playwright, playwright.chromium.launch(**chromium) as browser:
        for seed in options.seeds:
            for fault in FAULTS:
                if options.only in fault:
                    print(f"seed {seed}: {fault} ...", flush=True)
                    results.append(run(fault, seed, options.people, options.per_second, browser))
                    print(results[-1], flush=True)
    text = table(results)
    print(f"\n{text}")
    options.report.write_text(about(options) + text, "utf-8")
    failures = [each for each in results if each.lost or each.twice or each.strangers]
    sys.exit(f"{len(failures)} of these went wrong" if failures else 0)


def about(options: argparse.Namespace) -> str:
    return (
        f"{options.people} people with ten friends each, {options.per_second:g} comments a second, "
        f"seeds {', '.join(map(str, options.seeds))}, {date.today():%d %B %Y}.\n\n"
    )


if __name__ == "__main__":
    main()
