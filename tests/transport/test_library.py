"""The transport is independent of the app, and uses the public API of its libraries."""

import ast
from pathlib import Path

import socketio
from socketio.packet import Packet

from final.transport.server import CheckedPacket, FastServer

FOLDER = Path(__file__).parents[2] / "final" / "transport"
MODULES = sorted(FOLDER.glob("*.py"))
PRIVATE = ["_engineio_server_class"]  # the seam: see server.py


def nodes(kind: type[ast.AST]) -> list[tuple[str, ast.AST]]:
    """Return all parts of the code of this kind, each with the name of its module."""
    return [
        (module.name, node)
        for module in MODULES
        for node in ast.walk(ast.parse(module.read_text("utf-8")))
        if isinstance(node, kind)
    ]


def test_it_imports_nothing_of_the_rest_of_the_app():
    for name, node in nodes(ast.ImportFrom):
        assert node.level <= 1, name
        assert not (node.level == 0 and node.module.split(".")[0] in {"final", "tests", "tools"}), (
            name
        )
    for name, node in nodes(ast.Import):
        assert not any(each.name.split(".")[0] == "final" for each in node.names), name


def test_it_uses_one_private_name_of_its_libraries():
    methods = {node.name for _, node in nodes(ast.FunctionDef)}
    slots = {node.value for _, node in nodes(ast.Constant) if isinstance(node.value, str)}
    stored = {node.attr for _, node in nodes(ast.Attribute) if isinstance(node.ctx, ast.Store)}
    for name, node in nodes(ast.Attribute):
        if node.attr.startswith("_") and node.attr not in methods | stored | slots:
            raise AssertionError(f"{name} uses {node.attr}")
    overridden = [
        name
        for theirs, ours in [(socketio.Server, FastServer), (Packet, CheckedPacket)]
        for name in vars(ours)
        if name.startswith("_") and not name.startswith("__") and hasattr(theirs, name)
    ]
    assert overridden == PRIVATE
