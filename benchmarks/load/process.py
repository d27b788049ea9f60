"""Processes: what a server has used so far, seen from outside (on Linux), and open files."""

import time
from pathlib import Path

try:
    import resource
except ImportError:  # Windows, which has no such limit
    resource = None

OPEN_FILES = 6_000  # 5,000 sockets, and what else is open in a process


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


def allow_open_files() -> None:
    """Let this process, and those that it starts, have so many sockets open as are held."""
    if resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < OPEN_FILES:
        wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
