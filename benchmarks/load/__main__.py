"""The load on a server that is running: what it can do, one JSON line for each measure.

    python -m benchmarks.load handshakes last_friend:100 --url http://127.0.0.1:3000
    python -m benchmarks.load --pid 1234 --url …    all of them; --pid is the server's process

The measures: handshakes, dashboard, session, last_friend:F, sustained:F, latency, memory, held,
strangers:N, friends:F, each as its docstring in measures.py says. Without a number, one after the
other of those that are usual. The server needs people who can log in: SEED_PEOPLE=600 is enough for
most, 1600 for latency and memory, 3600 for strangers, 5000 for held. Who is whose friend is done
here, by POST /friends. If the server answers wrongly, loses a comment or a socket, or delivers to
the wrong people, there is no number, but a line that says why, and this ends with 1.
"""

import argparse
import gc
import json
import os
import sys
from collections.abc import Iterator

from . import measures, wire
from .crowd import AUTHORS, Crowd
from .measures import QUICK, Extent
from .process import allow_open_files
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
    """Yield measures with their arguments, from words like `latency`, `last_friend:100`."""
    for word in words:
        name, _, size = word.partition(":")
        if name not in SIZES:
            raise SystemExit(f"{name} is none of the measures: {', '.join(SIZES)}")
        sizes = [int(size)] if size else SIZES[name]
        yield from ((name, (each,)) for each in sizes) if sizes else [(name, ())]


async def measure(crowd: Crowd, words: list[str], extent: Extent) -> bool:
    """Print what comes of each measure, one after the other, a fault as well; say whether none."""
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
    parser.add_argument("--patience", type=float, default=wire.patience, help="seconds (20)")
    options = parser.parse_args()
    if options.core is not None:
        os.sched_setaffinity(0, {options.core})
    wire.patience = options.patience
    allow_open_files()
    gc.disable()  # its pauses would be taken for the server's
    crowd = Crowd(options.url, options.pid)
    is_well = run(measure(crowd, options.measures, QUICK if options.quick else Extent()))
    sys.exit(0 if is_well else 1)


if __name__ == "__main__":
    main()
