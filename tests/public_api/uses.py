"""Find the undocumented names of the libraries that our code uses."""

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from . import reference
from .inference import Class, Instance, Scope, Super, Tree, import_named
from .reference import LIBRARIES, is_of_libraries, name_of

PRIVATE = re.compile(r"_(?!_\w+__$).*")
OF_PYTHON = "_asdict", "_fields", "_make", "_replace"  # a named tuple's, in Python's reference
OF_WERKZEUG = ("_get_current_object",)  # a proxy's, in Werkzeug's reference


@dataclass(frozen=True)
class Use:
    """A place where a module uses a name that is private or that no reference lists."""

    module: str
    line: int
    name: str  # with its module and class, if they're known

    @property
    def is_private(self) -> bool:
        return any(is_private(part) for part in self.name.split("."))

    def __str__(self) -> str:
        return f"{self.module}:{self.line} {self.name}"


def in_folder(folder: Path, package: str = "", without: tuple[str, ...] = ()) -> list[Use]:
    """Return the undocumented uses in a folder of Python files, itself a package or not."""
    sources = {}
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        if parts[0] not in without:
            sources[".".join([package, *parts] if package else parts)] = path.read_text("utf-8")
    return undocumented(sources)


def undocumented(sources: dict[str, str]) -> list[Use]:
    """Return the undocumented uses in modules, which are given by their dotted names."""
    tree = Tree(sources)
    found = {
        Use(module, line, name)
        for module, scope in tree.modules.items()
        for inner in scope.all()
        for line, name in Walk(inner).found()
    }
    return sorted(found, key=str)


class Walk:
    """Finds the undocumented names in one scope, but not in the scopes inside it."""

    def __init__(self, scope: Scope):
        self.scope = scope

    def found(self) -> Iterator[tuple[int, str]]:
        node = self.scope.node
        if isinstance(node, ast.ClassDef):
            yield from self.overridden(self.scope.inside)
        for each in node.body if isinstance(node.body, list) else [node.body]:
            yield from self.walk(each)

    def walk(self, node: ast.AST) -> Iterator[tuple[int, str]]:
        children = ast.iter_child_nodes(node)
        if node in self.scope.inner:
            outside = [node.args] if hasattr(node, "args") else node.bases
            outside += [node.returns] if getattr(node, "returns", None) else []
            children = [*getattr(node, "decorator_list", []), *outside]
        match node:
            case ast.Import(names=names):
                for each in names:
                    yield from self.imported(node, each.name)
            case ast.ImportFrom(level=0, module=module, names=names):
                for each in names:
                    yield from self.imported(node, module, each.name)
            case ast.Attribute(value=value, attr=name):
                is_set = not isinstance(node.ctx, ast.Load)
                yield from self.used(node, value, name, is_set)
            case ast.Call():
                yield from self.called(node)
        for child in children:
            yield from self.walk(child)

    def imported(self, node: ast.AST, module: str, name: str | None = None):
        if module.partition(".")[0] not in LIBRARIES:
            return
        if name is None:
            package, _, last = module.rpartition(".")
            if package and not reference.module_lists(package, last):
                yield node.lineno, module
        elif module not in reference.pages() or not reference.module_lists(module, name):
            yield node.lineno, f"{module}.{name}"

    def called(self, node: ast.Call):
        how = node.func.attr if isinstance(node.func, ast.Attribute) else ast.unparse(node.func)
        match how, node.args:
            case "getattr" | "hasattr" | "setattr" | "delattr", [
                of,
                ast.Constant(value=str(name)),
                *_,
            ]:
                yield from self.used(node, of, name, how == "setattr")
            case "attrgetter" | "methodcaller", [ast.Constant(value=str(path)), *_]:
                for name in path.split("."):
                    yield from self.used(node, None, name, False)
            case "import_module" | "__import__", [ast.Constant(value=str(module)), *_]:
                yield from self.imported(node, module)
            case "vars", [of]:
                yield from self.used(node, of, "__dict__", False)
        for cls in self.made_by(node.func):
            for option in node.keywords:
                if option.arg and not reference.takes(cls, option.arg):
                    yield node.lineno, f"{name_of(cls)}({option.arg}=)"

    def made_by(self, function: ast.expr) -> list[type]:
        """Return the library classes whose options a call gives."""
        match function, self.scope.type_of(function):
            case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr="__init__"), _:
                made = self.scope.inside.foreign if self.scope.inside else []
            case _, Class() as ours if not any("__init__" in c.defined for c in ours.lineage):
                made = ours.foreign
            case _, made_itself:
                made = [made_itself] if inspect.isclass(made_itself) else []
        return [each for each in made if is_of_libraries(each)]

    def used(self, node: ast.AST, value: ast.expr | None, name: str, is_set: bool):
        of = self.scope.type_of(value)
        whose = f"{ast.unparse(value)}.{name}" if value else name
        match of:
            case ModuleType() if is_of_libraries(of):
                if is_set:
                    yield node.lineno, f"{of.__name__}.{name} ="
                elif import_named(f"{of.__name__}.{name}") is not None and not (
                    reference.module_lists(of.__name__, name)
                ):
                    yield node.lineno, f"{of.__name__}.{name}"
            case Instance(of=Class() as ours) | Super(of=ours) | (Class() as ours):
                for cls in ours.foreign:
                    if is_of_libraries(cls) and reference.has(cls, name):
                        yield from self.of_class(node.lineno, cls, name)
                if is_private(name) and not is_own(value):
                    yield node.lineno, whose
            case Instance(of=cls) if is_of_libraries(cls):
                if reference.has(cls, name) or is_private(name):
                    yield from self.of_class(node.lineno, cls, name)
            case type() if is_of_libraries(of):
                if is_set:
                    yield node.lineno, f"{name_of(of)}.{name} ="
                elif reference.has(of, name) or is_private(name):
                    yield from self.of_class(node.lineno, of, name)
            case _ if is_private(name) and not is_own(value):
                yield node.lineno, whose
            case None if name in reference.telling_names() and not is_own(value):
                if name not in self.scope.tree.own_names:
                    yield node.lineno, reference.telling_names()[name]

    def of_class(self, line: int, cls: type, name: str):
        if not reference.class_lists(cls, name):
            yield line, f"{name_of(reference.owner(cls, name))}.{name}"

    def overridden(self, ours: Class):
        """Find the names that a class redefines although its base doesn't document them."""
        lines = {getattr(each, "name", ""): each.lineno for each in ours.node.body}
        for name in ours.scope.bound:
            line = lines.get(name, ours.node.lineno)
            for cls in filter(is_of_libraries, ours.foreign):
                if reference.has(cls, name):
                    yield from self.of_class(line, cls, name)


def is_private(name: str) -> bool:
    return bool(PRIVATE.fullmatch(name)) and name not in OF_PYTHON + OF_WERKZEUG


def is_own(value: ast.expr | None) -> bool:
    """Return whether an expression is an object's own: `self`, `cls` or `super()`."""
    match value:
        case ast.Name(id="self" | "cls") | ast.Call(func=ast.Name(id="super")):
            return True
    return False
