"""`python -m benchmarks` runs all benchmarks and writes a report in 20 minutes: `make bench`.

    --quick         run one short round, in about a minute
    --only WORDS    run only contenders whose names contain one of these words: final Express

The results go into benchmarks/report.json. From that file, it generates report.md and plots/ beside
it. A quick or partial run isn't worth keeping, so its files are called report-quick.json and so on.
"""

import argparse
import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date

from tools.folders import ROOT
from tools.mongo import address, new_database, real_mongodb
from tools.mongod import why_none
from tools.open_files import allow_open_files
from tools.servers import KILL

from . import machine, report
from .contenders import (
    BARE_FLASK,
    CEILING,
    CONTENDERS,
    FAST,
    LIMITS,
    MEMORY,
    MONGODB,
    OURS,
    Contender,
    Running,
    on_core,
    two_cores,
)

PAGES = ["dashboard", "session"]
SPEED = ["handshakes", *PAGES, "last_friend", "sustained", "latency"]
COST = ["friends", "strangers"]
PEOPLE, WITH_STRANGERS, HELD = 1_600, 3_600, 5_000  # numbers of people who can log in


@dataclass
class Run:
    """One run of the benchmarks, with its options and its results so far."""

    quick: bool
    rounds: int
    contenders: list[Contender]
    left_out: dict[str, str] = field(default_factory=dict)  # reasons, by contender or setting
    results: dict[str, dict] = field(default_factory=dict)  # setting → contender → list of rounds
    held: dict[str, dict] = field(default_factory=dict)  # by contender

    def all(self) -> None:
        begin = time.monotonic()
        self.server_core, self.load_core = two_cores()
        self.leave_out()
        with contextlib.ExitStack() as stack:
            with on_core(self.load_core):
                mongodb = stack.enter_context(real_mongodb())
            self.machine = machine.about(mongodb, self.server_core, self.load_core)
            if not mongodb:
                self.left_out[MONGODB] = why_none()
            for setting in [MEMORY, *([MONGODB] if mongodb else [])]:
                self.results[setting] = {}
                for number in range(self.rounds):
                    self.round(setting, number, mongodb)
        self.hold()
        self.minutes = (time.monotonic() - begin) / 60

    def leave_out(self) -> None:
        for contender in [*self.contenders]:
            if missing := contender.what_is_missing():
                self.left_out[contender.name] = missing
                self.contenders.remove(contender)

    def round(self, setting: str, number: int, mongodb: str) -> None:
        page = 0
        for contender in self.contenders:
            if setting not in contender.settings:
                continue
            words = self.measures(contender, setting, number)
            people = WITH_STRANGERS if "strangers" in words else PEOPLE
            settings = {"SEED_PEOPLE": str(people), "PAGE_BYTES": str(page)}
            with self.database(setting, mongodb) as uri:
                numbers = self.measure(contender, words, **settings, **uri)
            page = max(page, int(numbers.get("dashboard", {}).get("bytes", 0)))
            self.results[setting].setdefault(contender.name, []).append(numbers)
            print(
                f"{setting}, round {number + 1}: {contender.name}: {report.in_a_line(numbers)}",
                flush=True,
            )

    def measures(self, contender: Contender, setting: str, number: int) -> list[str]:
        if contender.name == BARE_FLASK:
            return PAGES
        if self.quick:
            return ["memory", *SPEED] if setting == MEMORY else ["last_friend:100", "sustained:100"]
        if setting == MONGODB:
            return SPEED
        if contender.name == CEILING:
            return ["memory", *SPEED, "friends"]
        # There are no goals for the other contenders' costs, so one round of them is enough.
        with_cost = contender.name in (OURS, FAST) or number == 0
        return ["memory", *SPEED, *(COST if with_cost else [])]

    @contextlib.contextmanager
    def database(self, setting: str, mongodb: str) -> Iterator[dict[str, str]]:
        """Yield the setting that names a new database, or no setting if data stays in memory."""
        if setting == MEMORY:
            yield {}
            return
        with new_database(mongodb) as database:
            yield {"MONGODB_URI": address(mongodb, database)}

    def measure(self, contender: Contender, words: list[str], **settings: str) -> dict[str, dict]:
        """Start a contender, take these measures, and return the numbers of each."""
        running = Running(contender, self.server_core, **settings)
        try:
            with contextlib.closing(running):
                running.start()
                numbers = self.load(running, words)
                if words == ["held"]:  # thousands of sockets can take a minute to close
                    running.stop(KILL)
                return numbers
        except RuntimeError as error:
            return {"start and stop": {"fault": str(error)}}

    def load(self, running: Running, words: list[str]) -> dict[str, dict]:
        command = [sys.executable, "-m", "benchmarks.load", *words, "--url", running.url]
        command += ["--pid", str(running.process.pid)] if sys.platform == "linux" else []
        command += ["--core", str(self.load_core)] if self.load_core is not None else []
        command += ["--quick"] if self.quick else []
        command += ["--no-sockets"] if running.contender.name == BARE_FLASK else []
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        numbers = {line.pop("measure"): line for line in lines}
        if done.stderr:  # the load generator itself has failed
            numbers["load"] = {"fault": done.stderr.splitlines()[-1]}
        return numbers

    def hold(self) -> None:
        """Hold all contenders' sockets at the same time, as idle sockets cost almost nothing."""
        contenders = [
            one for one in self.contenders if MEMORY in one.settings and one.name not in LIMITS
        ]
        with ThreadPoolExecutor(max(1, len(contenders))) as pool:
            held = pool.map(
                lambda one: self.measure(one, ["held"], SEED_PEOPLE=str(HELD)), contenders
            )
            for contender, numbers in zip(contenders, held, strict=True):
                [self.held[contender.name]] = numbers.values()

    def as_json(self) -> dict:
        return {
            "date": date.today().isoformat(),
            "quick": self.quick,
            "rounds": self.rounds,
            "minutes": round(self.minutes, 1),
            "machine": self.machine,
            "left_out": self.left_out,
            "results": self.results,
            "held": self.held,
        }


def chosen(words: list[str]) -> list[Contender]:
    """Return the contenders whose names contain one of these words, or all without words."""
    return [
        one
        for one in CONTENDERS
        if not words or any(word.lower() in one.name.lower() for word in words)
    ]


def main() -> None:
    about = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=about)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", nargs="*", default=[], metavar="WORD")
    parser.add_argument("--rounds", type=int, help="(3; quick: 1)")
    options = parser.parse_args()
    allow_open_files(HELD)
    rounds = options.rounds or (1 if options.quick else 3)
    run = Run(options.quick, rounds, chosen(options.only))
    run.all()
    is_whole = not options.quick and not options.only
    path = report.RESULTS if is_whole else report.RESULTS.with_stem("report-quick")
    path.write_text(json.dumps(run.as_json(), indent=1) + "\n", "utf-8")
    print(f"\n{report.write(path)} is written")
    sys.exit(1 if report.faults(run.as_json()) else 0)


if __name__ == "__main__":
    main()
