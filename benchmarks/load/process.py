"""Processes: a server's CPU time and memory, as Linux counts them."""

import time
from pathlib import Path


def family(pid: int) -> list[int]:
    """Return the IDs of a process and of all processes that it has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in family(int(child)))]


def resident(pid: int) -> float:
    """Return the memory of a process and its children in kB."""
    statuses = [Path(f"/proc/{each}/status").read_text() for each in family(pid)]
    return float(sum(int(text.split("VmRSS:")[1].split()[0]) for text in statuses))


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of a process and its children in seconds."""
    # On Linux, each process has a clock with this ID. /proc/…/stat counts only in hundredths.
    return sum(time.clock_gettime((~each << 3) | 2) for each in family(pid))
