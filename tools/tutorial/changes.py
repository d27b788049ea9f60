"""The changes to a file from one step to the next, in blocks that a reader can follow."""

import ast
import difflib
import textwrap

LONG = 6  # lines: insertions of this length are shown as code to copy, shorter ones as a diff


class Block:
    """A change: its lines as in a diff and, if it's an insertion, the old line that follows."""

    def __init__(self, lines: list[str], at: int | None = None):
        self.lines, self.at = lines, at
        self.is_insertion = at is not None


def blocks(before: list[str], after: list[str], is_python: bool) -> list[Block]:
    """Return the changes that turn `before` into `after`, in order."""
    found: list[Block] = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    small: list[tuple] = []

    def flush() -> None:
        found.extend(Block(as_diff(group, before, after)) for group in grouped(small, context=3))
        small.clear()

    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "insert" and is_to_be_copied(before, after[j1:j2], i1, is_python):
            flush()
            found.append(Block([f"+{line}" for line in after[j1:j2]], at=i1))
        else:
            small.append((tag, i1, i2, j1, j2))
    flush()
    return found


def is_to_be_copied(before: list[str], new: list[str], at: int, is_python: bool) -> bool:
    """Return whether an insertion is long and complete, and its place is easy to find."""
    first = next(line for line in new if line.strip())
    is_at_the_end = not any(line.strip() for line in before[at:])
    return len(new) >= LONG and not first.startswith(" ") and (is_at_the_end or is_python)


def grouped(opcodes: list[tuple], context: int) -> list[list[tuple]]:
    """Group some of difflib's opcodes, in the way that get_grouped_opcodes groups all of them."""
    groups: list[list[tuple]] = [[]]
    for index, (tag, i1, i2, j1, j2) in enumerate(opcodes):
        if tag != "equal":
            groups[-1].append((tag, i1, i2, j1, j2))
            continue
        is_first, is_last = index == 0, index == len(opcodes) - 1
        if not is_first and not is_last and i2 - i1 <= 2 * context:
            groups[-1].append((tag, i1, i2, j1, j2))
            continue
        if not is_first:
            groups[-1].append((tag, i1, min(i2, i1 + context), j1, min(j2, j1 + context)))
            groups.append([])
        if not is_last:
            groups[-1].append((tag, max(i1, i2 - context), i2, max(j1, j2 - context), j2))
    return [group for group in groups if any(tag != "equal" for tag, *_ in group)]


def diff_of(before: list[str], after: list[str]) -> list[str]:
    """Return the lines of a diff, with … between its parts."""
    groups = difflib.SequenceMatcher(None, before, after, autojunk=False).get_grouped_opcodes(2)
    return [line for group in groups for line in ["…", *as_diff(group, before, after)]][1:]


def as_diff(opcodes: list[tuple], before: list[str], after: list[str]) -> list[str]:
    lines = []
    for tag, i1, i2, j1, j2 in opcodes:
        if tag == "equal":
            lines += [f" {line}" for line in before[i1:i2]]
        else:
            lines += [f"-{line}" for line in before[i1:i2]]
            lines += [f"+{line}" for line in after[j1:j2]]
    lines = [line.rstrip() for line in lines]
    return "\n".join(lines).strip("\n").splitlines()


def place(path: str, before: list[str], at: int) -> str:
    """Describe where a long insertion goes, in terms of the old file."""
    if not any(line.strip() for line in before[at:]):
        return "at its end"
    last = max(i for i in range(at) if before[i].strip())
    if path.endswith(".py"):
        for node in ast.parse("\n".join(before)).body:
            if node.lineno - 1 <= last < node.end_lineno and hasattr(node, "name"):
                return f"below `{node.name}`"
    return f"below `{before[last].strip()}`"


def excerpt(definition: list[str], containing: tuple[str, ...]) -> list[str]:
    """Return the head of a definition and its statements that contain one of these words.

    … takes the place of other statements. Comments between statements are left out silently.
    """
    source = textwrap.dedent("\n".join(definition))
    [node] = ast.parse(source).body
    kept = set(range(node.body[0].lineno - 1)) | lines_kept(node, source.splitlines(), containing)
    found: list[str] = []
    for i, line in enumerate(definition):
        if i in kept:
            found.append(line)
        elif line.strip() and not line.strip().startswith("#") and found[-1].strip() != "…":
            found.append(" " * (len(line) - len(line.lstrip())) + "…")
    return found


def lines_kept(node: ast.AST, lines: list[str], containing: tuple[str, ...]) -> set[int]:
    """Return the lines of a statement's parts that are kept, counted from 0."""
    kept: set[int] = set()
    for name in "body", "handlers", "orelse", "finalbody":
        for part in getattr(node, name, []):
            first = part.body[0] if hasattr(part, "body") else None
            head = range(part.lineno - 1, first.lineno - 1 if first else part.end_lineno)
            if any(word in "\n".join(lines[i] for i in head) for word in containing):
                kept |= set(range(part.lineno - 1, part.end_lineno))
            elif inner := lines_kept(part, lines, containing):
                kept |= set(head) | inner
    return kept
