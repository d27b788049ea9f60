"""The steps as a course: each is the previous one with a change, and passes checks of its own."""

import ast
import tomllib
import xml.etree.ElementTree as ET
from itertools import pairwise
from pathlib import Path

import pytest

from tools.folders import ROOT, check, files_of

STEPS = sorted((ROOT / "steps").glob("[0-9][0-9]-*"))
CHANGES = tomllib.loads((ROOT / "steps" / "changes.toml").read_text("utf-8"))
NEIGHBOURS = [
    pytest.param(*pair, id=f"{pair[0].name} to {pair[1].name}") for pair in pairwise(STEPS)
]
LONGEST = {"steps": 120, "final": 200, "final/transport": 250}  # the most lines a file may have


@pytest.mark.parametrize(("before", "after"), NEIGHBOURS)
def test_a_step_changes_what_it_says_and_nothing_else(before: Path, after: Path):
    old, new = files_of(before), files_of(after)
    kept = set(old) & set(new)
    found = {
        "new": sorted(set(new) - kept),
        "gone": sorted(set(old) - kept),
        "changed": sorted(path for path in kept if old[path] != new[path]),
    }
    assert {"gone": []} | CHANGES[after.name] == found, (
        f"steps/changes.toml does not say what {after.name} does"
    )


def test_every_step_is_declared():
    assert list(CHANGES) == [step.name for step in STEPS[1:]]


def test_no_file_is_too_long_to_be_read():
    too_long = {}
    for folder in [*STEPS, ROOT / "final"]:
        for path, content in files_of(folder).items():
            file = (folder / path).relative_to(ROOT).as_posix()
            limit = max(n for place, n in LONGEST.items() if file.startswith(f"{place}/"))
            lines = content.count(b"\n")
            if path.endswith((".py", ".js", ".html", ".css")) and lines > limit:
                too_long[file] = lines
    assert too_long == {}


def test_every_module_says_what_it_is_for():
    modules = [path for path in ROOT.glob("**/*.py") if ".venv" not in path.parts]
    silent = [
        str(path.relative_to(ROOT))
        for path in modules
        if path.read_text("utf-8") and not path.read_text("utf-8").startswith('"""')
    ]
    assert silent == []


def test_tools_import_no_tests():
    """Tests use the tools, and never the other way round."""
    for path in sorted((ROOT / "tools").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            modules = [each.name for each in getattr(node, "names", [])]
            modules += [getattr(node, "module", None) or ""]
            assert "tests" not in {each.partition(".")[0] for each in modules}, path


def emits_in(source: str) -> list[ast.Call]:
    """Return the calls of sio.emit and sio.send, whatever sio is an attribute of."""
    return [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"emit", "send"}
        and ast.unparse(node.func.value).split(".")[-1] == "sio"
    ]


def names_its_receivers(emit: ast.Call) -> bool:
    receivers = [keyword.value for keyword in emit.keywords if keyword.arg == "to"]
    return bool(receivers) and ast.unparse(receivers[0]) != "None"


def test_every_emit_names_who_it_is_for():
    """G4: nothing is ever broadcast."""
    sources = [path for place in ("steps", "final") for path in (ROOT / place).rglob("*.py")]
    emits = [(path.name, emit) for path in sources for emit in emits_in(path.read_text("utf-8"))]
    assert len(emits) >= 7
    assert [
        (name, ast.unparse(emit)) for name, emit in emits if not names_its_receivers(emit)
    ] == []


@pytest.mark.parametrize(
    "broadcast",
    ['sio.emit("wave", {})', 'self.sio.emit(\n    "wave",\n    {},\n)', "sio.send({}, to=None)"],
)
def test_a_broadcast_is_found_on_one_line_or_several(broadcast: str):
    [emit] = emits_in(broadcast)
    assert not names_its_receivers(emit)


@pytest.mark.parametrize(("before", "after"), NEIGHBOURS)
def test_a_step_fails_the_checks_of_the_next_one(before: Path, after: Path, tmp_path: Path):
    """This shows that the checks check something, and that their messages are complete."""
    number = after.name[:2]
    [checks] = (ROOT / "tests" / "steps").glob(f"test_{number}_*.py")
    report = tmp_path / "report.xml"
    options = ["--patience=1", "-m", "not holds_before", f"--junitxml={report}"]
    run = check(before, number, str(checks), *options)
    assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout + run.stderr

    outcomes = {case.get("name"): case for case in ET.parse(report).iter("testcase")}
    explanations = {
        name: "".join(problem.text for problem in case if problem.tag in ("failure", "error"))
        for name, case in outcomes.items()
    }
    for line in "Hint: ", f"Read again: tutorial.md, chapter {int(number)}\n":
        assert [name for name, text in explanations.items() if line not in text] == []
