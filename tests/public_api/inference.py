"""Infer whether an expression is a module, class or function of a library, or an instance.

It follows imports, assignments, annotations, base classes and calls, and it knows some names that
the course always uses, such as `sio`. None means that an expression is something else or unknown.
"""

import ast
import functools
import importlib
import inspect
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from types import ModuleType

from .reference import LIBRARIES, name_of

# The type of an attribute, or of a call's result, for chains like `sio.manager.rooms`.
LEADS_TO = {
    "gevent.hub.Hub.threadpool": "gevent.threadpool.ThreadPool",
    "gevent.hub.get_hub": "gevent.hub.Hub",
    "gevent.pywsgi.WSGIHandler.server": "gevent.pywsgi.WSGIServer",
    "gevent.pywsgi.WSGIHandler.socket": "gevent.socket.socket",
    "gevent.spawn": "gevent.Greenlet",
    "gevent.spawn_later": "gevent.Greenlet",
    "socketio.Server.eio": "engineio.Server",
    "socketio.Server.manager": "socketio.RedisManager",
}
# These names mean the following unless the module says otherwise.
NAMES = {
    "sio": "socketio.Server",
    "manager": "socketio.RedisManager",
    "eio": "engineio.Server",
}
FUNCTIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(frozen=True)
class Instance:
    """An instance of a class of a library, or of ours."""

    of: object


@dataclass(frozen=True)
class Super:
    """The value of `super()` in one of our classes."""

    of: "Class"


@dataclass(frozen=True)
class Function:
    """A function of ours, and the scope that it's defined in."""

    node: ast.FunctionDef | ast.AsyncFunctionDef
    scope: "Scope"

    @property
    def is_property(self) -> bool:
        names = {each.id for each in self.node.decorator_list if isinstance(each, ast.Name)}
        return bool(names & {"property", "cached_property"})

    @property
    def returned(self) -> object:
        within = self.scope.inner[self.node]
        values = [each.value for each in ast.walk(self.node) if isinstance(each, ast.Return)]
        return self.scope.noted(self.node.returns) or first(map(within.type_of, values))


class Tree:
    """Our modules that import one another, by their dotted names."""

    def __init__(self, sources: dict[str, str]):
        self.packages = {n.removesuffix(".__init__") for n in sources if n.endswith("__init__")}
        self.modules = {
            name.removesuffix(".__init__"): Scope(self, name, ast.parse(text))
            for name, text in sources.items()
        }
        scopes = [each for module in self.modules.values() for each in module.all()]
        self.classes = [each for scope in scopes for each in scope.classes]

    @functools.cached_property
    def own_names(self) -> set[str]:
        """The names of all attributes of our classes."""
        return {name for each in self.classes for name in each.defined}

    def member(self, importer: str, level: int, module: str | None, name: str | None) -> object:
        """Return what a module imports: a name of a module, or a whole module."""
        if level:
            start = importer.split(".")[:-level]
            module = ".".join(start + ([module] if module else []))
        module = module or ""
        if name and f"{module}.{name}".lstrip(".") in self.modules:
            return self.modules[f"{module}.{name}".lstrip(".")]
        if module in self.modules:
            return self.modules[module].look_up(name) if name else self.modules[module]
        return import_named(f"{module}.{name}" if name else module)


class Scope:
    """A module, a class body or a function of ours, with the names that are bound in it."""

    def __init__(self, tree: Tree, module: str, node: ast.AST, outer=None, inside=None):
        self.tree, self.module, self.node, self.outer = tree, module, node, outer
        self.inside: Class | None = inside  # the class that `self` is an instance of
        self.inner: dict[ast.AST, Scope] = {}
        self.classes: list[Class] = []
        self.bound: dict[str, list] = {}  # for each name, functions that return what it is
        self.assigned: list[tuple[ast.expr, ast.expr | None, ast.expr | None]] = []
        self.busy: set[ast.AST] = set()
        if isinstance(node, FUNCTIONS):
            for each in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]:
                self.bind(each.arg, lambda note=each.annotation: self.outer.noted(note))
        for each in node.body if isinstance(node.body, list) else [node.body]:
            self.read(each)

    def bind(self, name: str, what) -> None:
        self.bound.setdefault(name, []).append(what)

    def all(self) -> Iterator["Scope"]:
        yield self
        for each in self.inner.values():
            yield from each.all()

    def read(self, node: ast.AST) -> None:
        """Record the names that a statement or an expression binds, and the scopes in it."""
        children = ast.iter_child_nodes(node)
        member = functools.partial(self.tree.member, self.module)
        match node:
            case ast.ClassDef():
                made = Class(self, node)
                self.classes.append(made)
                self.inner[node] = made.scope
                self.bind(node.name, lambda: made)
                children = [*node.decorator_list, *node.bases]
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                self.inner[node] = Scope(self.tree, self.module, node, self, self.inside)
                if not isinstance(node, ast.Lambda):
                    self.bind(node.name, lambda: Function(node, self))
                children = [*getattr(node, "decorator_list", []), node.args]
            case ast.Import():
                for each in node.names:
                    target = each.name if each.asname else each.name.partition(".")[0]
                    self.bind(each.asname or target, lambda t=target: member(0, t, None))
            case ast.ImportFrom():
                for each in node.names:
                    name, at = each.name, node.level
                    self.bind(each.asname or name, lambda n=name, a=at: member(a, node.module, n))
            case ast.Assign():
                for target in node.targets:
                    self.assign(target, node.value, None)
            case ast.AnnAssign():
                self.assign(node.target, node.value, node.annotation)
            case ast.NamedExpr():
                self.assign(node.target, node.value, None)
            case ast.withitem() if node.optional_vars:
                self.assign(node.optional_vars, node.context_expr, None)
        for child in children:
            self.read(child)

    def assign(self, target: ast.expr, value: ast.expr | None, note: ast.expr | None) -> None:
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            for each, its_value in zip(target.elts, value.elts, strict=False):
                self.assign(each, its_value, None)
        self.assigned.append((target, value, note))
        if isinstance(target, ast.Name):
            self.bind(target.id, lambda: self.noted(note) or self.type_of(value))

    def look_up(self, name: str) -> object:
        scope = self
        while scope:
            if name in scope.bound and (scope is self or not isinstance(scope.node, ast.ClassDef)):
                return first(what() for what in scope.bound[name])
            scope = scope.outer
        return None

    def noted(self, note: ast.expr | None) -> object:
        """Return what a name with this annotation is."""
        match note:
            case ast.Constant(value=str(text)):
                return self.noted(ast.parse(text, mode="eval").body)
            case ast.BinOp(left=left, right=right):
                return self.noted(left) or self.noted(right)
            case ast.Subscript(value=ast.Name(id="Optional"), slice=inner):
                return self.noted(inner)
            case ast.Name() | ast.Attribute():
                return instance_of(self.type_of(note))
        return None

    def type_of(self, node: ast.expr | None) -> object:
        if node is None or node in self.busy:  # such as `x = x or y`
            return None
        self.busy.add(node)
        try:
            return self.infer(node)
        finally:
            self.busy.discard(node)

    def infer(self, node: ast.expr) -> object:
        match node:
            case ast.Name(id="self") if self.inside:
                return Instance(self.inside)
            case ast.Name(id="cls") if self.inside:
                return self.inside
            case ast.Name(id=name):
                return self.look_up(name) or import_instance(NAMES.get(name))
            case ast.Attribute(value=value, attr=name):
                found = self.attribute(self.type_of(value), name)
                return found or import_instance(NAMES.get(name))
            case ast.Call(func=ast.Name(id="super")) if self.inside:
                return Super(self.inside)
            case ast.Call(func=ast.Name(id="type"), args=[value]):
                return getattr(self.type_of(value), "of", None)
            case ast.Call(func=function):
                return self.called(self.type_of(function))
            case ast.NamedExpr(value=value) | ast.Await(value=value):
                return self.type_of(value)
            case ast.BoolOp(values=values):
                return first(map(self.type_of, values))
            case ast.IfExp(body=one, orelse=other):
                return self.type_of(one) or self.type_of(other)
        return None

    def attribute(self, of: object, name: str) -> object:
        match of:
            case ModuleType():
                return self.tree.member(self.module, 0, of.__name__, name)
            case Scope():
                return of.look_up(name)
            case Class() | Instance(of=Class()):
                ours = of if isinstance(of, Class) else of.of
                return ours.attribute(name) or first(leads(each, name) for each in ours.foreign)
            case Super(of=ours):
                return first(leads(each, name) for each in ours.foreign)
            case Instance(of=cls):
                return leads(cls, name)
        return getattr(of, name, None) if inspect.isclass(of) else None

    def called(self, function: object) -> object:
        """Return what a call of this function or class returns."""
        match function:
            case None:
                return None
            case Function():
                return function.returned
            case Class():
                return Instance(function)
        if inspect.isclass(function):
            return instance_of(function)
        return import_instance(LEADS_TO.get(name_of(function))) if callable(function) else None


class Class:
    """One of our classes."""

    def __init__(self, outer: Scope, node: ast.ClassDef):
        self.outer, self.node = outer, node
        self.scope = Scope(outer.tree, outer.module, node, outer, self)

    @functools.cached_property
    def bases(self) -> list:
        return [found for each in self.node.bases if (found := self.outer.type_of(each))]

    @functools.cached_property
    def lineage(self) -> list["Class"]:
        """This class, and all of ours that it inherits from."""
        ours = [each for each in self.bases if isinstance(each, Class) and each is not self]
        return [self, *(each for base in ours for each in base.lineage)]

    @functools.cached_property
    def foreign(self) -> list[type]:
        """The library classes that an instance can inherit from.

        A mixin has those of every class that it's mixed into.
        """
        heirs = [each for each in self.outer.tree.classes if self in each.lineage]
        bases = [base for heir in heirs for ours in heir.lineage for base in ours.bases]
        return list(dict.fromkeys(each for each in bases if inspect.isclass(each)))

    @functools.cached_property
    def defined(self) -> dict[str, list]:
        """The attributes that this class sets, each with functions that return what it is."""
        found: dict[str, list] = {name: list(what) for name, what in self.scope.bound.items()}
        for scope in self.scope.all():
            for target, value, note in scope.assigned if scope.inside is self else ():
                match target:
                    case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
                        found.setdefault(name, []).append(
                            lambda s=scope, v=value, n=note: s.noted(n) or s.type_of(v)
                        )
        return found

    def attribute(self, name: str) -> object:
        found = first(what() for ours in self.lineage for what in ours.defined.get(name, ()))
        is_property = isinstance(found, Function) and found.is_property
        return found.returned if is_property else found


def first(found) -> object:
    return next((each for each in found if each is not None), None)


def instance_of(of: object) -> object:
    return Instance(of) if isinstance(of, Class) or inspect.isclass(of) else None


def leads(cls: type, name: str) -> object:
    """Return what an attribute of a library's instance is."""
    for each in cls.__mro__:
        if found := LEADS_TO.get(f"{name_of(each)}.{name}"):
            return import_instance(found)
    return getattr(cls, name, None) if inspect.isroutine(getattr(cls, name, None)) else None


def import_named(name: str | None) -> object:
    """Return a module, class or function of the libraries by its dotted name."""
    if not name or name.partition(".")[0] not in LIBRARIES:
        return None
    with suppress(ImportError):
        return importlib.import_module(name)
    module, _, member = name.rpartition(".")
    with suppress(ImportError):
        return getattr(importlib.import_module(module), member, None)
    return None


def import_instance(name: str | None) -> Instance | None:
    return instance_of(import_named(name))
