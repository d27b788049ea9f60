"""Create and drop a hundred apps, and print as JSON how many objects they leave behind.

`python -m tests.probes.many_apps [MONGODB_URI]` uses embedded databases if it has no address.
"""

from gevent import monkey

monkey.patch_all()  # before anything else is imported, as in `python -m final`

import dataclasses  # noqa: E402
import gc  # noqa: E402
import itertools  # noqa: E402
import json  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402

import greenlet  # noqa: E402

from final.app import create_app  # noqa: E402
from final.realtime.sockets import Sockets  # noqa: E402
from final.settings.config import Config  # noqa: E402

APPS = 100
NOBODY = "redis://127.0.0.1:1"  # nobody listens there
PATIENCE = 20  # seconds for threads and sockets that end on their own


def main(mongodb_uri: str | None = None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        plain = Config(mongodb_uri=mongodb_uri, embedded_db=Path(folder, "embedded-db.json"))
        configs = [plain, dataclasses.replace(plain, fast=True)]
        if mongodb_uri:
            configs += [dataclasses.replace(each, redis_url=NOBODY) for each in configs]
        for config in configs:  # the first app creates some objects for the whole process
            create_app(config)
        before = counts()
        for config in itertools.islice(itertools.cycle(configs), APPS):
            create_app(config)
        deadline = time.monotonic() + PATIENCE
        while (left := more_than(before)) and time.monotonic() < deadline:
            time.sleep(0.1)
    print(json.dumps(left))


def more_than(before: dict[str, int]) -> dict[str, int]:
    return {name: n - before[name] for name, n in counts().items() if n > before[name]}


def counts() -> dict[str, int]:
    """Return the number of objects of each kind that an app could leave behind."""
    gc.collect()
    objects = gc.get_objects()
    files = [os.path.realpath(f"/proc/self/fd/{each}") for each in os.listdir("/proc/self/fd")]
    return {
        "apps": sum(type(each) is Sockets for each in objects),
        "databases": sum(type(each).__name__ == "Database" for each in objects),
        "greenlets": sum(
            issubclass(type(each), greenlet.greenlet) and not each.dead for each in objects
        ),
        "sockets": sum("socket:" in file for file in files),
        "threads of Python": threading.active_count(),
        "threads of the system": len(os.listdir("/proc/self/task")),
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
