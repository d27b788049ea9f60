"""The names that the API references of python-socketio, python-engineio and gevent list.

Sphinx makes these references from the source: the pages name modules and classes, and the members
follow if they have a docstring or a `#:` comment. So the pages are repeated below, and the members
are looked up in the installed source, where Sphinx finds them.
"""

import ast
import functools
import importlib
import inspect
import re
from types import ModuleType

import engineio
import socketio

LIBRARIES = "socketio", "engineio", "gevent"

# docs/api_*.rst of python-socketio 5.18 and python-engineio 4.15, and docs/api/*.rst of gevent 26.
PAGES = {
    "socketio": """ASGIApp AsyncAioPikaManager AsyncClient AsyncClientNamespace AsyncManager
        AsyncNamespace AsyncRedisManager AsyncServer AsyncSimpleClient Client ClientNamespace
        KafkaManager KombuManager Manager Middleware Namespace PubSubManager RedisManager Server
        SimpleClient WSGIApp ZmqManager""",
    "socketio.exceptions": "ConnectionRefusedError",
    "socketio.packet": "Packet",  # Server's `serializer`: "a subclass of the Packet class"
    "engineio": "ASGIApp AsyncClient AsyncServer Client Middleware Server WSGIApp",
    "gevent": """Greenlet GreenletExit Timeout fork getcurrent getswitchinterval idle iwait joinall
        kill killall reinit setswitchinterval signal_handler sleep spawn spawn_later spawn_raw wait
        with_timeout""",
    "gevent.event": "AsyncResult Event",
    "gevent.hub": "Hub LoopExit Waiter get_hub",
    "gevent.pool": "Group Pool PoolFull",
    "gevent.threadpool": "ThreadPool ThreadPoolExecutor",
}
# These pages list everything that the module exports.
WHOLE = """backdoor baseserver exceptions fileobject local lock monkey os pywsgi queue select
    selectors server signal socket ssl subprocess time util"""
WHOLE_PAGES = [f"gevent.{name}" for name in WHOLE.split()]

# Members that a page or another docstring names, although they have no docstring of their own.
NAMED = {
    "gevent.Greenlet": "spawn_tree_locals spawning_greenlet spawning_stack value",
    "gevent.baseserver.BaseServer": "set_handle",  # "can later be changed by calling set_handle"
    # "Handles one HTTP request using self.socket and self.rfile … self.environ … self.application"
    "gevent.pywsgi.WSGIHandler": "application environ rfile socket",
    "socketio.packet.Packet": "decode encode",  # "custom implementations of encode() and decode()"
}
ONLY_NAMED = "socketio.packet.Packet"  # it has no entry of its own
WITH_UNDOCUMENTED = "gevent.Timeout", "gevent.event.AsyncResult", "gevent.queue."
OF_EVERY_CLASS = re.compile(r"__(?!dict__)\w+__")  # such as __init__ and __enter__


def pages() -> dict[str, list[str]]:
    """Return the names that each documented module has."""
    whole = {page: importlib.import_module(page).__all__ for page in WHOLE_PAGES}
    listed = {page: names.split() for page, names in PAGES.items()}
    return {page: [n for n in names if n[0] != "_"] for page, names in (listed | whole).items()}


@functools.cache
def documented() -> dict[int, tuple[object, str]]:
    """Return the documented classes and functions with their names, by identity."""
    return {
        id(thing): (thing, f"{page}.{name}")
        for page, names in reversed(pages().items())
        for name in names
        if not isinstance(thing := getattr(importlib.import_module(page), name), int | str)
    }


def name_of(thing: object) -> str:
    """Return the name under which a class, function or module is documented, or else its own."""
    if id(thing) in documented():
        return documented()[id(thing)][1]
    if isinstance(thing, ModuleType):
        return thing.__name__
    return f"{thing.__module__}.{thing.__qualname__}"


def is_of_libraries(thing: object) -> bool:
    module = thing.__name__ if isinstance(thing, ModuleType) else getattr(thing, "__module__", "")
    return str(module).partition(".")[0] in LIBRARIES


def module_lists(module: str, name: str) -> bool:
    """Return whether the reference has this name of a module: a member or another module."""
    known = pages()
    if name in known.get(module, ()) or any(
        f"{page}.".startswith(f"{module}.{name}.") for page in known
    ):
        return True
    return id(getattr(importlib.import_module(module), name, None)) in documented()


def class_lists(cls: type, name: str) -> bool:
    """Return whether the reference has this member of a class, inherited or its own."""
    if name.startswith("_"):
        return bool(OF_EVERY_CLASS.fullmatch(name))
    lineage = [each for each in cls.__mro__ if id(each) in documented()]
    if any(name in NAMED.get(name_of(each), "").split() for each in lineage):
        return True
    if any(name_of(each) in ONLY_NAMED for each in lineage):
        return False
    if any(name_of(each).startswith(WITH_UNDOCUMENTED) for each in lineage):
        return has(cls, name)
    if any(name in commented(each) for each in cls.__mro__):
        return True
    member = inspect.getattr_static(cls, name, None)
    if inspect.isclass(member):
        return "." in member.__qualname__ and bool(member.__doc__)  # not only a reference to one
    is_code = callable(member) or hasattr(type(member), "__get__")
    return is_code and bool(inspect.getdoc(getattr(cls, name)))


def has(cls: type, name: str) -> bool:
    """Return whether a class or its instances have this attribute."""
    return hasattr(cls, name) or any(name in set_by(each) for each in cls.__mro__)


def owner(cls: type, name: str) -> type:
    """Return the documented class that an attribute comes from."""
    for each in reversed(cls.__mro__):
        if id(each) in documented() and has(each, name):
            return each
    return cls


@functools.cache
def telling_names() -> dict[str, str]:
    """Return undocumented names that identify their owner wherever they're used, and the owner.

    They are `eio` and the names of several words that belong to objects in an app's reach.
    """
    classes = [socketio.RedisManager, socketio.Server, engineio.Server, engineio.socket.Socket]
    names = {each: set(dir(each)).union(*map(set_by, each.__mro__)) for each in classes}
    listed = {name for each in classes for name in names[each] if class_lists(each, name)}
    return {
        name: f"{name_of(owner(each, name))}.{name}"
        for each in classes
        for name in names[each] - listed
        if re.fullmatch(r"[a-z]+(_[a-z]+)+|eio", name)
    }


def takes(cls: type, option: str) -> bool:
    """Return whether a class documents this option, by its signature or its docstring."""
    docs = "".join(each.__doc__ or "" for each in cls.__mro__)
    if re.search(rf":(param|keyword) {option}:", docs):
        return True
    return any(option in parameters(each) for each in cls.__mro__ if each is not object)


def parameters(cls: type) -> set[str]:
    try:
        return set(inspect.signature(cls).parameters)
    except ValueError:  # it's compiled, without a signature
        return set()


@functools.cache
def body(cls: type) -> tuple[ast.ClassDef | None, str]:
    """Return a class's syntax tree and the source of its module."""
    try:
        source = inspect.getsource(inspect.getmodule(cls))
    except (OSError, TypeError):  # it's compiled, or Python's own
        return None, ""
    nodes = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.ClassDef)]
    return next((node for node in nodes if node.name == cls.__name__), None), source


@functools.cache
def set_by(cls: type) -> set[str]:
    """Return the attributes that a class's methods set on `self`."""
    node, _ = body(cls)
    return {
        each.attr
        for each in ast.walk(node or ast.Pass())
        if isinstance(each, ast.Attribute)
        and isinstance(each.ctx, ast.Store)
        and isinstance(each.value, ast.Name)
        and each.value.id == "self"
    }


@functools.cache
def commented(cls: type) -> set[str]:
    """Return the attributes of a class's body that a `#:` comment documents."""
    node, source = body(cls)
    lines = source.splitlines()
    return {
        target.id
        for each in (node.body if node else ())
        if isinstance(each, ast.Assign) and lines[each.lineno - 2].lstrip().startswith("#:")
        for target in each.targets
        if isinstance(target, ast.Name)
    }
