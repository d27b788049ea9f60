"""Finds the last exception that an app has printed, and the line of the app that raised it."""

import re
from pathlib import Path

BEGIN = "Traceback (most recent call last):"
FRAME = re.compile(r'^ +File "(.+?)", line (\d+)')
RAISED = re.compile(r"^[A-Za-z_][\w.]*(: .*)?$")


def last_exception(printed: str, folder: Path) -> str | None:
    """Return the last exception and its place in `folder`, or None if there is none."""
    _, begin, traceback = printed.rpartition(BEGIN)
    if not begin:
        return None
    place = ""
    for line in traceback.splitlines()[1:]:
        if frame := FRAME.match(line):
            file = Path(frame[1])
            if file.is_relative_to(folder):
                place = f" ({file.relative_to(folder).as_posix()}, line {frame[2]})"
        elif RAISED.match(line):
            return line.strip() + place
    return None
