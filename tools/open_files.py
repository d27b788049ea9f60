"""The limit on open files, which is too low on most systems for thousands of sockets."""

import contextlib

try:
    import resource
except ImportError:  # Windows, which has no such limit
    resource = None

OTHERS = 1_000  # open files of a process that aren't the sockets of a test


def allow_open_files(sockets: int) -> None:
    """Let this process and its children have this many sockets open, if the system permits it."""
    if resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = sockets + OTHERS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(ValueError, OSError):  # macOS has another limit, which is lower
            resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
