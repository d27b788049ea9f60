"""Processes: a server's CPU time and memory (on Linux), and the limit of open files."""

import time
from pathlib import Path

try:
    import resource
except ImportError:  # Windows, which has no such limit
    resource = None

OPEN_FILES = 6_000  # 5,000 sockets, and a process's other open files


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


def allow_open_files() -> None:
    """Let this process and its children open as many sockets as the measure `held` needs."""
    if resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < OPEN_FILES:
        wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
