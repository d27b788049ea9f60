"""The templates, the scripts and docs/page-contract.md agree on the names that they share."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path

from tools.folders import ROOT

WEB = ROOT / "final" / "web"  # where static/ and templates/ are
CONTRACT = ROOT / "docs" / "page-contract.md"

TAKE_AN_ID = ["element", "getElementById", "fill", "refresh", "turnAway"]  # functions in scripts
JINJA = re.compile(r"(?P<value>\{\{.*?\}\})|\{%.*?%\}|\{#.*?#\}", re.S)
COMMENT_OR_STRING = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`', re.S)
INTERPOLATED = re.compile(r"\$\{[^{}]*\}")
IN_SELECTORS = {  # names in the selectors of scripts
    "#{}": re.compile(r"#([\w*-]+)"),
    ".{}": re.compile(r"(?<![\w./])\.([a-z][\w-]*)"),
    "data-{}": re.compile(r"\[data-([\w-]+)"),
    "[name={}]": re.compile(r"\[name=(\w+)\]"),
}

Places = dict[str, set[str]]  # a name, and the files that contain it


def test_scripts_use_only_names_that_a_template_has():
    given, used = in_templates(), in_scripts()
    assert {name: scripts for name, scripts in used.items() if name not in given} == {}


def test_scripts_read_every_data_attribute():
    given, used = in_templates(), in_scripts()
    unread = {n: files for n, files in given.items() if n.startswith("data-") and n not in used}
    assert unread == {}


def test_the_contract_lists_every_name_that_scripts_use_and_no_other():
    given, used = in_templates(), in_scripts()
    assert len(used) > 50, "the names are found"
    assert rows_of("Names") == {row(name, given[name], used[name]) for name in used}


def test_the_contract_lists_every_event_between_scripts_and_no_other():
    sent, heard = defaultdict(set), defaultdict(set)
    for script, code in scripts().items():
        for name in re.findall(r'new (?:Custom)?Event\("([\w-]+)"', code):
            sent[name].add(script)
        for names in re.findall(r'addEventListener\(("[\w-]+")|event of \[(.*?)\]', code):
            for name in re.findall(r'"([\w-]+)"', " ".join(names)):
                heard[name].add(script)
    del sent["input"]  # the browser's own event, which drafts.js sends too
    assert len(sent) > 8, "the events are found"
    assert rows_of("Events") == {row(name, sent[name], heard[name]) for name in sent}


def test_templates_leave_addresses_to_url_for():
    literal = [
        f'{path.name}: {attribute}="{value}"'
        for path in templates()
        for _, attribute, value in attributes_in(path)
        if value.startswith("/")
    ]
    assert literal == []


def test_scripts_leave_addresses_to_one_module():
    literal = [
        f"{script}: {string}"
        for script, code in scripts().items()
        for string in strings_in(code)
        if string.startswith("/") and script != "paths.js"
    ]
    assert literal == []


# Read the files.


def templates() -> Iterable[Path]:
    return sorted(WEB.glob("templates/*.html"))


def scripts() -> dict[str, str]:
    """Return the code of each script, without its comments."""

    def without_comments(text: str) -> str:
        return COMMENT_OR_STRING.sub(lambda found: found[0] if found[0][0] != "/" else "", text)

    paths = WEB.glob("static/*.js")
    return {path.name: without_comments(path.read_text("utf-8")) for path in sorted(paths)}


class Attributes(HTMLParser):
    """Collects the attributes in a page, as (tag, attribute, value)."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str]] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [(tag, name, value or "") for name, value in attributes]


def attributes_in(template: Path) -> list[tuple[str, str, str]]:
    """Return the attributes of a template, with * for each value that Jinja fills in."""
    parser = Attributes()
    html = JINJA.sub(lambda found: "*" if found["value"] else "", template.read_text("utf-8"))
    parser.feed(html)
    return parser.found


def in_templates() -> Places:
    places = defaultdict(set)
    for path in templates():
        for tag, attribute, value in attributes_in(path):
            for name in names_of(tag, attribute, value):
                places[name].add(path.name)
    return places


def names_of(tag: str, attribute: str, value: str) -> Iterator[str]:
    if attribute == "id":
        yield f"#{value}"
    elif attribute == "class":
        yield from (f".{each}" for each in value.split())
    elif attribute == "name" and tag in {"input", "textarea"}:
        yield f"[name={value}]"
    elif attribute.startswith("data-"):
        yield attribute


def in_scripts() -> Places:
    places = defaultdict(set)
    for script, code in scripts().items():
        for name in [*ids_in_calls(code), *in_selectors(code), *in_dataset(code, script)]:
            places[name].add(script)
    return places


def strings_in(code: str) -> list[str]:
    """Return the strings of a script, with * for each value that it fills in."""
    return [INTERPOLATED.sub("*", each[1:-1]) for each in COMMENT_OR_STRING.findall(code)]


def ids_in_calls(code: str) -> Iterator[str]:
    for arguments in re.findall(rf"\b(?:{'|'.join(TAKE_AN_ID)})\(([^()]*)", code):
        yield from (f"#{each}" for each in strings_in(arguments) if each)


def in_selectors(code: str) -> Iterator[str]:
    for string in strings_in(code):
        for shape, pattern in IN_SELECTORS.items():
            yield from (shape.format(name) for name in pattern.findall(string))


def in_dataset(code: str, script: str) -> Iterator[str]:
    """Find `item.dataset.name` and `const { name } = item.dataset`, the only ways in use."""
    single = re.findall(r"\bdataset\??\.(\w+)", code)
    several = re.findall(r"\{ ([\w, ]+) \} = [\w.]+\.dataset;", code)
    assert code.count("dataset") == len(single) + len(several), (
        f"{script} reads data attributes in another way"
    )
    for name in single + re.findall(r"\w+", " ".join(several)):
        yield "data-" + re.sub(r"[A-Z]", lambda capital: f"-{capital[0].lower()}", name)


def rows_of(heading: str) -> set[str]:
    """Return the table's rows under this heading of the contract, without the last column."""
    _, _, section = CONTRACT.read_text("utf-8").partition(f"## {heading}\n")
    return set(re.findall(r"^\| `.+?` \| .*? \| .*? \|", section.partition("\n## ")[0], re.M))


def row(name: str, *columns: set[str]) -> str:
    return " | ".join([f"| `{name}`", *(", ".join(sorted(each)) for each in columns), ""]).rstrip()
