"""The server's process, seen from outside: what it has used so far. Linux only, from /proc."""

import time
from pathlib import Path


def family(pid: int) -> list[int]:
    """Return a process and those that it has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in family(int(child)))]


def resident(pid: int) -> float:
    """Return the memory it holds, in kB."""
    statuses = [Path(f"/proc/{each}/status").read_text() for each in family(pid)]
    return float(sum(int(text.split("VmRSS:")[1].split()[0]) for text in statuses))


def cpu_seconds(pid: int) -> float:
    """Return the CPU time it has used."""
    # Every process of Linux has a clock, by this number; /proc/…/stat counts in hundredths only.
    return sum(time.clock_gettime((~each << 3) | 2) for each in family(pid))
