"""The load generator. It measures a running server, and prints a JSON line for each measure.

    python -m benchmarks.load handshakes last_friend:100 --url http://127.0.0.1:3000
    python -m benchmarks.load --pid 1234 --url …    run all measures, and read the CPU time and the
                                                    memory of the server's process 1234

The measures are handshakes, dashboard, session, last_friend:F, sustained:F, latency, memory, held,
strangers:N and friends:F. Their docstrings in measures.py describe them. Without its number, a
measure runs once for each of the usual numbers. The server needs people who can log in:
SEED_PEOPLE=600 is enough for most measures, 1600 for latency and memory, 3600 for strangers, and
5000 for held. The load generator itself makes people friends, by POST /friends. If the server
answers wrongly, loses a comment or a socket, or delivers to the wrong people, the line has a reason
instead of a number, and the exit code is 1.
"""

import argparse
import dataclasses
import gc
import json
import os
import sys
from collections.abc import Iterator

from tools.open_files import allow_open_files

from . import measures, wire
from .crowd import AUTHORS, Crowd
from .measures import QUICK, Extent
from .wire import Fault

try:
    from uvloop import run
except ImportError:  # Windows
    from asyncio import run

SIZES = {
    "memory": (),
    "handshakes": (),
    "dashboard": (),
    "session": (),
    "last_friend": (10, 100, 500),
    "sustained": (100, 500),
    "latency": (),
    "friends": tuple(AUTHORS),
    "strangers": (500, 1_000, 3_000),
    "held": (),
}


def named(words: list[str]) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the measures that words like `latency` or `last_friend:100` name, with arguments."""
    for word in words:
        name, _, size = word.partition(":")
        if name not in SIZES:
            raise SystemExit(f"{name} is none of the measures: {', '.join(SIZES)}")
        sizes = [int(size)] if size else SIZES[name]
        yield from ((name, (each,)) for each in sizes) if sizes else [(name, ())]


async def measure(crowd: Crowd, words: list[str], extent: Extent) -> bool:
    """Run the measures, and print each one's numbers or fault. Return whether all went well."""
    is_well = True
    for name, arguments in named(words):
        key = ":".join([name, *map(str, arguments)])
        try:
            numbers = await getattr(measures, name)(crowd, extent, *arguments)
        except Fault as fault:
            is_well, numbers = False, {"fault": str(fault)}
            await crowd.leave()
        numbers = {
            what: round(number, 4) if isinstance(number, float) else number
            for what, number in numbers.items()
        }
        print(json.dumps({"measure": key, **numbers}), flush=True)
    return is_well


def main() -> None:
    about = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=about)
    parser.add_argument("measures", nargs="*", default=[*SIZES], help="which ones, in this order")
    parser.add_argument("--url", required=True, help="where the server is")
    parser.add_argument("--pid", type=int, help="the server's process, if it runs here")
    parser.add_argument("--core", type=int, help="keep to this core")
    parser.add_argument("--quick", action="store_true", help="everything short, for a try")
    parser.add_argument("--no-sockets", action="store_true", help="open no idle sockets")
    parser.add_argument("--patience", type=float, default=wire.patience, help="seconds (20)")
    options = parser.parse_args()
    if options.core is not None:
        os.sched_setaffinity(0, {options.core})
    wire.patience = options.patience
    allow_open_files(Extent().held)
    gc.disable()  # its pauses would look like the server's
    crowd = Crowd(options.url, options.pid)
    extent = QUICK if options.quick else Extent()
    if options.no_sockets:
        extent = dataclasses.replace(extent, idle=0)
    is_well = run(measure(crowd, options.measures, extent))
    sys.exit(0 if is_well else 1)


if __name__ == "__main__":
    main()
