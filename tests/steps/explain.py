"""Explains failures to the author of an app: the mistake, the evidence, the next step."""

import contextlib
import re
import textwrap
from collections.abc import Iterator


class Mistake(AssertionError):
    """An error of the app that a check has found."""

    def __init__(self, what: str, *, hint: str, see: str, seen: object = None):
        super().__init__(what)
        self.what, self.hint, self.see, self.seen = what, hint, see, seen

    def text(self, step: str) -> str:
        """Return the whole explanation. `step` is the folder that contains `see`."""
        number = int(step.rpartition("/")[2][:2])
        place = f"chapter {number}" if number else "the start"
        lines = [f"What is wrong: {self.what}"]
        if self.seen is not None:
            lines.append(wrapped(f"What was seen: {self.seen}"))
        lines += [wrapped(f"Hint: {self.hint}"), f"Compare with: {step}/{self.see}"]
        lines.append(f"Read again: tutorial.md, {place}")
        return "\n".join(lines)


def wrapped(text: str) -> str:
    """Wrap a text of one line for a terminal. Leave longer texts unchanged."""
    options = {"subsequent_indent": "  ", "break_long_words": False, "break_on_hyphens": False}
    return text if "\n" in text else textwrap.fill(text, 96, **options)


def check(holds: object, what: str, *, hint: str, see: str, seen: object = None) -> None:
    """Raise a Mistake unless `holds` is true. `see` names the file of the step to compare with."""
    if not holds:
        raise Mistake(what, hint=hint, see=see, seen=seen)


@contextlib.contextmanager
def explained(what: str, *, hint: str, see: str, seen: str = "") -> Iterator[None]:
    """Turn an exception in this block into a Mistake. Its evidence is the exception and `seen`."""
    try:
        yield
    except Mistake:
        raise
    except Exception as error:
        # Leave out the details that pytest and Playwright add for the authors of tests.
        text = re.split(r"(?:^|\n)(?:assert |Call log:|Aria snapshot:)", str(error))[0].strip()
        told = "\n".join(filter(None, [text, seen]))
        raise Mistake(what, hint=hint, see=see, seen=told or None) from error
