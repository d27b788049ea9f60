"""Failures in words for the person who built the app: the mistake, the evidence, the next step."""

import contextlib
import re
import textwrap
from collections.abc import Iterator


class Mistake(AssertionError):
    """Something that the app does not do as it should."""

    def __init__(self, what: str, *, hint: str, see: str, seen: object = None):
        super().__init__(what)
        self.what, self.hint, self.see, self.seen = what, hint, see, seen

    def text(self, step: str) -> str:
        """Return the whole explanation; `step` is the folder in which `see` is to be found."""
        number = int(step.rpartition("/")[2][:2])
        place = f"chapter {number}" if number else "the start"
        lines = [f"What is wrong: {self.what}"]
        if self.seen is not None:
            lines.append(wrapped(f"What was seen: {self.seen}"))
        lines += [wrapped(f"Hint: {self.hint}"), f"Compare with: {step}/{self.see}"]
        lines.append(f"Read again: tutorial.md, {place}")
        return "\n".join(lines)


def wrapped(text: str) -> str:
    """Return what is one line of any length as several, for a terminal."""
    options = {"subsequent_indent": "  ", "break_long_words": False, "break_on_hyphens": False}
    return text if "\n" in text else textwrap.fill(text, 96, **options)


def check(holds: object, what: str, *, hint: str, see: str, seen: object = None) -> None:
    """Raise a Mistake unless it `holds`. `see` is a file of the step that shows how it is done."""
    if not holds:
        raise Mistake(what, hint=hint, see=see, seen=seen)


@contextlib.contextmanager
def explained(what: str, *, hint: str, see: str, seen: str = "") -> Iterator[None]:
    """Turn whatever fails in this block into a Mistake; `seen` is told with what failed."""
    try:
        yield
    except Mistake:
        raise
    except Exception as error:
        # Not what pytest and Playwright add for whoever writes tests.
        text = re.split(r"(?:^|\n)(?:assert |Call log:|Aria snapshot:)", str(error))[0].strip()
        told = "\n".join(filter(None, [text, seen]))
        raise Mistake(what, hint=hint, see=see, seen=told or None) from error
