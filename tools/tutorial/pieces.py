"""The generated pieces of the texts. Each function prints a piece, and cog inserts it.

Code comes from the steps themselves, and output from docs/recorded/, which record.py writes.
"""

import ast
import os
import re
import subprocess
import tomllib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from tools import guarantees as final
from tools import story
from tools.cluster.routing import SETTINGS
from tools.edits import Edit, edit, read, texts_of
from tools.folders import ROOT, files_of
from tools.mutants import mutant
from tools.tutorial.changes import blocks, diff_of, excerpt, place

STEPS = ROOT / "steps"
RECORDED = ROOT / "docs" / "recorded"
CHANGES = tomllib.loads((STEPS / "changes.toml").read_text("utf-8"))
SHELLS = tomllib.loads(Path(__file__).with_name("shells.toml").read_text("utf-8"))
TRIED_OUT = read(Path(__file__).with_name("edits.toml"))
THROWAWAY = Path(__file__).with_name("throwaway")
TAKE_HOME = ROOT / "tests" / "take_home"
LANGUAGES = {".py": "python", ".js": "js", ".html": "html", ".ini": "ini", ".conf": "nginx"}
VENDOR = "static/vendor/"
MOST_TESTS = 5  # that the table names for a guarantee


# Files.


def tree(step: str) -> None:
    """Print the files of a step, with each file's purpose, or with the step's change to it."""
    marks = {path: kind for kind, paths in CHANGES.get(step, {}).items() for path in paths}
    paths = {*files_of(STEPS / step), *marks, VENDOR}
    paths = sorted(paths, key=lambda path: ("/" in path, path))
    lines, folder = ["my-app/"], None
    for path in paths:
        parent = Path(path).parent.as_posix()
        name = Path(path).name + "/" * path.endswith("/")
        if parent not in {".", folder}:
            lines.append(f"  {parent}/")
        folder = parent
        note = marks.get(path, "") if marks else summary(STEPS / step / path)
        lines.append(f"{'  ' if parent == '.' else '    '}{name}".ljust(24) + note)
    fenced("\n".join(line.rstrip() for line in lines))


def summary(path: Path) -> str:
    """Return the first line of a module's docstring."""
    if path.suffix != ".py":
        return "from npm: Socket.IO's client, a style sheet" if path.match(VENDOR) else ""
    return ast.get_docstring(ast.parse(path.read_text("utf-8"))).splitlines()[0]


def whole(step: str, path: str) -> None:
    """Print a file that a step adds or replaces."""
    what = "new" if path in CHANGES[step]["new"] else "in place of its content"
    caption(path, what)
    fenced((STEPS / step / path).read_text("utf-8"), LANGUAGES[Path(path).suffix])


def gone(step: str) -> None:
    """Print the commands that delete the files which a step removes."""
    fenced("\n".join(f"$ rm ../my-app/{path}" for path in CHANGES[step]["gone"]), "console")


def part(step: str, path: str, first: str | None, before: str | None, where: str = "") -> None:
    """Print a part of a step's file, from the definition `first` up to the definition `before`.

    `where` says where the part goes, if it doesn't follow the previous part.
    """
    source = (STEPS / step / path).read_text("utf-8")
    begin = lines_of(source, first)[0] if first else 0
    end = lines_of(source, before)[0] if before else None
    beginning = "new" if path in CHANGES[step]["new"] else "in place of its content"
    caption(path, where or ("which goes on" if first else beginning))
    fenced("\n".join(source.splitlines()[begin:end]), LANGUAGES[Path(path).suffix])


def throwaway(name: str, path: str, what: str = "new") -> None:
    """Print a file that the reader tries out as `path`, and soon deletes or replaces.

    The docstring is left out, because it's for us.
    """
    caption(path, what)
    source = (THROWAWAY / name).read_text("utf-8")
    docstring = ast.parse(source).body[0]
    fenced("\n".join(source.splitlines()[docstring.end_lineno :]), "python")


def definition(path: str, name: str, *containing: str) -> None:
    """Print a definition for reading, not for copying.

    With words, print only the statements that contain one of them, and … in place of the others.
    """
    source = (ROOT / path).read_text("utf-8")
    begin, end = lines_of(source, name)
    is_there = ", which you already have" if path.startswith("steps/") else ""
    lines = source.splitlines()[begin:end]
    print(f"From [`{path}`]({path}){is_there}:\n")
    fenced("\n".join(excerpt(lines, containing) if containing else lines), "python")


def sizes() -> None:
    """Print the number of Python lines in the last step, without its tests, and in final/."""
    tests = {"conftest.py", "test_story.py"}
    yours, ours = (
        round(line_count(path for path in folder.rglob("*.py") if path.name not in tests), -2)
        for folder in (STEPS / "07-two-processes", ROOT / "final")
    )
    print(f"Your app has about {yours:,} lines of Python, and `final/` has about {ours:,}.\n")


def line_count(paths: Iterable[Path]) -> int:
    return sum(len(path.read_text("utf-8").splitlines()) for path in paths)


def lines_of(source: str, name: str) -> tuple[int, int]:
    """Return where the definition of `name` begins and ends, in lines from 0.

    `name` can be a function, a class, Class.method, or the beginning of a line.
    """
    if not re.fullmatch(r"[\w.]+", name):
        [begin] = [i for i, line in enumerate(source.splitlines()) if line.startswith(name)]
        return begin, begin + 1
    nodes = ast.parse(source).body
    for part_of_name in name.split("."):
        node = next((node for node in nodes if getattr(node, "name", "") == part_of_name), None)
        if node is None:
            raise LookupError(f"there is no {name} in this file")
        nodes = getattr(node, "body", [])
    begin = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return begin - 1, node.end_lineno


# Changes.


def change(step: str, path: str, *containing: str, since: str = "", until: str = "") -> None:
    """Print a step's changes to a file, or only those changes that contain one of these words.

    Long insertions are printed as code to copy, with the place where they go. All other changes are
    printed as a diff. To show a large change in two parts, name a version from edits.toml, first as
    `until` and then as `since`.
    """
    before = version(since, path) if since else (STEPS / previous(step) / path).read_text("utf-8")
    after = version(until, path) if until else (STEPS / step / path).read_text("utf-8")
    print_changes(path, before.splitlines(), after.splitlines(), containing)


def version(name: str, path: str) -> str:
    """Return the text of a file after the edits of an entry in edits.toml."""
    entry = TRIED_OUT[name]
    return edit(texts_of(STEPS / entry["step"]), entry["edits"])[path]


def print_changes(
    path: str, before: list[str], after: list[str], containing: tuple[str, ...]
) -> None:
    diff: list[str] = []
    for block in blocks(before, after, is_python=path.endswith(".py")):
        new = "\n".join(line[1:] for line in block.lines if line[:1] == "+")
        if containing and not any(word in new for word in containing):
            continue
        if not block.is_insertion:
            diff += ["…", *block.lines] if diff else block.lines
            continue
        print_diff(path, diff)
        diff = []
        caption(path, place(path, before, block.at))
        fenced(new, LANGUAGES[Path(path).suffix])
    print_diff(path, diff)


def recipe(app: str, path: str) -> None:
    """Print the changes that a recipe makes to a file of its app."""
    texts = [(TAKE_HOME / app / each / path).read_text("utf-8") for each in ("before", ".")]
    print_diff(path, diff_of(*(text.splitlines() for text in texts)))


def recipe_for_copy(app: str, step: str, module: str) -> None:
    """Print the changes that a recipe makes to a file that it copies from a step."""
    path = f"{module}.py"
    before = (STEPS / step / path).read_text("utf-8")
    after = edit({path: before}, read(TAKE_HOME / app / "edits.toml")[module]["edits"])[path]
    print_diff(path, diff_of(before.splitlines(), after.splitlines()))


def print_diff(path: str, lines: list[str], what: str = "changed") -> None:
    if lines:
        caption(path, what)
        fenced("\n".join(lines), "diff")


def previous(step: str) -> str:
    names = ["00-start", *CHANGES]
    return names[names.index(step) - 1]


# Recorded output and pictures.


def shell(name: str) -> None:
    """Print the input and output of a Python shell in the app."""
    fenced((RECORDED / f"{name}.txt").read_text("utf-8"), "pycon")


def recorded(name: str) -> None:
    """Print a terminal's output."""
    fenced((RECORDED / f"{name}.txt").read_text("utf-8"), "text")


def picture(name: str, alternative: str) -> None:
    """Print a picture."""
    print(f"![{alternative}]({picture_path(name)})\n")


def windows(step: str, alternative: str) -> None:
    """Print a page in a wide window and in a narrow one, side by side."""
    wide, narrow = picture_path(f"{step}-wide"), picture_path(f"{step}-narrow")
    print(f'<img src="{wide}" alt="{alternative}" width="68%">')
    print(f'<img src="{narrow}" alt="The same in a narrow window." width="27%">\n')


def picture_path(name: str) -> str:
    if not (RECORDED / f"{name}.png").exists():
        raise LookupError(f"record.py makes no picture called {name}")
    return f"docs/recorded/{name}.png"


def break_final(name: str) -> None:
    """Print a mistake to make in final/, and the output of a test with it."""
    broken = final.mutant(name)
    print_edits_in(ROOT / "final", broken.edits, what="for a moment", prefix="final/")
    fenced(f"$ make check ONLY={only(broken.check.rpartition('::')[2])}", "console")
    recorded(f"break-{name}")


def break_it(step: str, name: str) -> None:
    """Print a mistake to make on purpose, and the message of the checks about it."""
    broken = mutant(step, name)
    print_edits(step, broken.edits, what="for a moment")
    fenced(f"$ make check-{step[:2]} APP=../my-app ONLY={only(broken.check)}", "console")
    recorded(f"break-{name}")


def one_check(step: str, name: str) -> None:
    """Print the command that runs one check of a step."""
    [path] = (ROOT / "tests" / "steps").glob(f"test_{step}_*.py")
    if f"def test_{name}(" not in path.read_text("utf-8"):
        raise LookupError(f"{path.name} has no check called {name}")
    fenced(f"$ make check-{step} APP=../my-app ONLY={name}", "console")


def only(check: str) -> str:
    """Return the words that choose a check."""
    name, _, parameter = re.sub(r"^test_(g\d+_)?", "", check).partition("[")
    # This check exists once for each mistake, and is chosen by the name of the mistake.
    return parameter.rstrip("]") if name == "the_tests_notice" else name


def experiment(name: str) -> None:
    """Print something to try out, and the terminal's output with it."""
    print_edits(**TRIED_OUT[name], what="for a moment")
    recorded(name)


def exercise(name: str) -> None:
    """Print the answer to an exercise."""
    print_edits(**TRIED_OUT[name], what="for practice")


def print_edits(step: str, edits: Iterable[Edit], what: str) -> None:
    print_edits_in(STEPS / step, edits, what)


def print_edits_in(folder: Path, edits: Iterable[Edit], what: str, prefix: str = "") -> None:
    before = texts_of(folder)
    for path, after in edit(before, edits).items():
        diff = diff_of(before[path].splitlines(), after.splitlines())
        print_diff(prefix + path, diff, what)


def checks(step: str) -> None:
    """Print the checks of a step, and the doors that each of them uses."""
    [path] = (ROOT / "tests" / "steps").glob(f"test_{step[:2]}_*.py")
    nodes = ast.parse(path.read_text("utf-8")).body
    found = [node for node in nodes if getattr(node, "name", "").startswith("test_")]
    print(f"<details><summary>The {len(found)} checks in this chapter</summary>\n")
    print("| check | uses |\n|---|---|")
    for node in found:
        name = re.sub(r"^test_(g\d+_)?", "", node.name).replace("_", " ")
        print(f"| {name} | {doors(node)} |")
    print("\n</details>\n")


def mistakes() -> None:
    """Print the mistakes that the reader's tests must notice, each with its name."""
    print("| an app that … | `ONLY=` |\n|---|---|")
    for each in story.mistakes().values():
        print(f"| {each.what} | `{each.name}` |")
    print()


def doors(check: ast.FunctionDef) -> str:
    arguments = {argument.arg for argument in check.args.args}
    if "story" in arguments:
        return "your tests"
    called = {node.id for node in ast.walk(check) if isinstance(node, ast.Name)}
    if arguments & {"page", "open_tab"}:
        return "a browser"
    opens_sockets = (arguments | called) & {"connect", "is_refused", "polling_address"}
    return "HTTP and sockets" if opens_sockets else "HTTP"


def guarantees() -> None:
    """Print the guarantees of final/, with the files of their mechanisms and their tests."""
    print("| promise | why it matters | where it's kept | how it's shown |")
    print("|---|---|---|---|")
    texts = texts_of(ROOT / "final")
    for name, what in final.GUARANTEES.items():
        theirs = [mutant for mutant in final.mutants() if mutant.guarantee == name]
        places = dict.fromkeys(link_to_file(mutant.edits[0].place(texts)) for mutant in theirs)
        tests = [*dict.fromkeys(link_to(mutant.check.partition("::")[2]) for mutant in theirs)]
        if len(tests) > MOST_TESTS + 1:
            more = f"[{len(tests) - MOST_TESTS} more](tests/mutants/guarantees/)"
            tests = [*tests[:MOST_TESTS], more]
        if name == "G35":  # its hundred places and tests have a table of their own
            places = ["[`quotas.py`](final/settings/quotas.py)"]
            tests = ["[all limits and their tests](docs/limits.md)"]
        cells = [f"{name}. {what}", final.WHY[name], "<br>".join(places), "<br>".join(tests)]
        print(f"| {' | '.join(cells)} |")
    print()


def routing() -> None:
    """Print how routing and Redis affect two processes, from tools/cluster/routing.py."""
    head = ["routing", "Redis", "a WebSocket", "a long-polling socket"]
    print(f"| {' | '.join(head)} | events from the other process |")
    print("|---|---|---|---|---|")
    for each in SETTINGS:
        cells = [
            "sticky" if each.sticky else "in turn",
            "yes" if each.redis else "no",
            each.websocket,
            each.polling,
            each.news,
        ]
        print(f"| {' | '.join(cells)} |")
    print()


def faults() -> None:
    """Print the results of the last `make faults`."""
    print((RECORDED / "faults.md").read_text("utf-8"))


def link_to_file(path: str) -> str:
    """Return a link to a file of final/."""
    return f"[`{path}`](final/{path})"


@cache
def link_to(test: str) -> str:
    test = test.partition("[")[0]
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        source = path.read_text("utf-8")
        if f"def {test}(" in source:
            words = re.sub(r"^test_(g\d+_)?", "", test).replace("_", " ")
            return f"[{words}]({path.relative_to(ROOT).as_posix()})"
    raise LookupError(f"there is no test called {test}")


# Commands.


def plain_commands(*targets: str) -> None:
    """Print the commands that make runs for these targets, for Unix and for Windows."""
    unix = [command for target in targets for command in commands_of(target)]
    fenced("\n".join(f"$ {command}" for command in unix), "console")
    print("In PowerShell or the Windows Command Prompt:\n")
    fenced("\n".join(f"> {on_windows(command)}" for command in unix), "console")


def commands_of(target: str) -> list[str]:
    """Return the commands that make would run for a target, according to its dry run."""
    if target == "install":
        options = ["--always-make", ".venv/test"]
    else:
        options = ["--old-file=.venv/run", "--old-file=.venv/test", target, "APP=../my-app"]
    make = ["make", "--dry-run", "--no-print-directory", "PYTHON=python3", "BIN=.venv/bin"]
    environ = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    run = subprocess.run(
        [*make, *options], cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    )
    lines = [" ".join(line.split()) for line in run.stdout.splitlines()]
    return [line for line in lines if not line.startswith(("echo ", "touch "))]


def on_windows(command: str) -> str:
    """Return the command as it's written on Windows."""
    spelled = {"python3 ": "py ", ".venv/bin/": ".venv\\Scripts\\", "../": "..\\"}
    for here, there in spelled.items():
        command = command.replace(here, there)
    return command


# Markdown.


def caption(path: str, what: str) -> None:
    print(f"**`{path}`**, {what}:\n")


def fenced(text: str, language: str = "text") -> None:
    text = text.strip("\n")
    print(f"```{language}\n{text}\n```\n")
