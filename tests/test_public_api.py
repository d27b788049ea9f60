"""final/ and the steps use python-socketio, python-engineio and gevent as documented.

final/transport/ is an Engine.IO server of its own, and handles the packets of both libraries. It
may use names that no reference lists, but only one private name.
"""

import functools
from pathlib import Path

import pytest

from tests.public_api.uses import Use, in_folder, undocumented
from tools.folders import ROOT

# Names that we use although no reference lists them, each with the reason.
EXCEPTIONS = {
    "socketio.Manager.is_connected": (
        "Nothing documented tells whether a socket's `connect` has ended and its `disconnect` "
        "hasn't begun; the name is public and has been there since version 5.0"
    ),
    "socketio.packet.Packet.data": (
        "The option serializer= asks for a subclass of Packet with a decode() of its own, and it's "
        "to `data` that a packet is decoded"
    ),
    "socketio.Server.manager": (
        "The name is public, and the documented option client_manager= sets it. A step that made "
        "a manager only to ask it one question would be longer, and no clearer"
    ),
}

SEAM = "socketio.Server._engineio_server_class"  # the one private name of final/transport/

STEPS = sorted((ROOT / "steps").glob("[0-9][0-9]-*"))


@functools.cache
def uses_of(folder: Path) -> list[Use]:
    if folder.name == "final":
        return in_folder(folder, package="final", without=("transport",))
    return in_folder(folder)


@pytest.mark.parametrize("folder", [ROOT / "final", *STEPS], ids=lambda folder: folder.name)
def test_an_app_uses_only_what_the_libraries_document(folder: Path):
    assert [str(use) for use in uses_of(folder) if use.name not in EXCEPTIONS] == []


def test_every_exception_is_still_needed():
    used = {use.name for folder in [ROOT / "final", *STEPS] for use in uses_of(folder)}
    assert [name for name in EXCEPTIONS if name not in used] == []


def test_the_transport_uses_one_private_name():
    uses = in_folder(ROOT / "final" / "transport", package="final.transport")
    assert {use.name for use in uses if use.is_private} == {SEAM}


# Each module in CAUGHT is in the same package as SERVERS, and uses something undocumented.
SERVERS = """
import socketio
from gevent.pywsgi import WSGIHandler, WSGIServer

class Sockets(socketio.Server): ...

sio = Sockets(async_mode="gevent")

def make():
    return socketio.Server()
"""
CAUGHT = {
    "a private import": ("from engineio.socket import Socket", "engineio.socket.Socket"),
    "a private module": ("import engineio.payload", "engineio.payload"),
    "a private module by its name": (
        "import importlib\nimportlib.import_module('engineio.payload')",
        "engineio.payload",
    ),
    "a module that nothing imports": (
        "import socketio\nsocketio.base_manager.BaseManager()",
        "socketio.base_manager",
    ),
    "an undocumented name of a module": (
        "from gevent.pywsgi import MAX_REQUEST_LINE",
        "gevent.pywsgi.MAX_REQUEST_LINE",
    ),
    "everything": ("from gevent.pywsgi import *", "gevent.pywsgi.*"),
    "a private attribute": ("from .servers import sio\nsio._binary_packet", "_binary_packet"),
    "a private attribute of anything": ("def end(handler): handler.socket._sock", "socket._sock"),
    "a private attribute by its name": ("def end(it): getattr(it, '_sock')", "it._sock"),
    "a private attribute by its path": (
        "from operator import attrgetter\nattrgetter('socket._sock')",
        "_sock",
    ),
    "a private attribute of what was awaited or chosen": (
        "def end(it): (it or None)._sock",
        "_sock",
    ),
    "the Engine.IO server": (
        "from .servers import sio\nsio.eio.sockets",
        "engineio.Server.sockets",
    ),
    "a name that tells whose it is": (
        "def f(server): return server.packet_class",
        "socketio.Server.packet_class",
    ),
    "the rooms of a manager": ("def f(sio): return sio.manager.rooms", "socketio.Manager.rooms"),
    "the rooms of a manager under another name": (
        "from .servers import sio\nit = sio.manager\nprint(it.rooms)",
        "socketio.Manager.rooms",
    ),
    "an attribute of what a function returns": (
        "from .servers import make\nmake().environ",
        "socketio.Server.environ",
    ),
    "an attribute of what an annotation names": (
        "import socketio\ndef f(of: 'socketio.Server | None'): of.environ",
        "socketio.Server.environ",
    ),
    "an attribute of what an object keeps": (
        """
import socketio
class App:
    def __init__(self, server: socketio.Server):
        self.server = server
    def end(self):
        self.server.environ.clear()""",
        "socketio.Server.environ",
    ),
    "an attribute in a decorator": (
        "from .servers import sio\n@sio.handlers.add\ndef f(): ...",
        "socketio.Server.handlers",
    ),
    "an attribute in a comprehension": (
        "from .servers import sio\n[each for each in sio.environ]",
        "socketio.Server.environ",
    ),
    "an overridden private method": (
        """
from socketio import RedisManager
class Bus(RedisManager):
    def _publish(self, data): ...""",
        "socketio.PubSubManager._publish",
    ),
    "an overridden public method": (
        """
import gevent.pywsgi as pywsgi
class Handler(pywsgi.WSGIHandler):
    def log_request(self): ...""",
        "gevent.pywsgi.WSGIHandler.log_request",
    ),
    "an overridden method in a mixin": (
        """
import socketio
class Rooms:
    def basic_enter_room(self, *args): ...
class Manager(Rooms, socketio.Manager): ...""",
        "socketio.Manager.basic_enter_room",
    ),
    "an overridden method of a class two modules away": (
        "from .servers import Sockets\nclass Mine(Sockets):\n    def _handle_connect(self): ...",
        "socketio.Server._handle_connect",
    ),
    "an overridden attribute": (
        "from gevent.pywsgi import WSGIHandler\nclass H(WSGIHandler):\n    MessageClass = dict",
        "gevent.pywsgi.WSGIHandler.MessageClass",
    ),
    "a method of a base class": (
        """
from gevent.pywsgi import WSGIServer
class Server(WSGIServer):
    def close(self):
        self._do_read()
        super().close()""",
        "gevent.baseserver.BaseServer._do_read",
    ),
    "a method by super()": (
        "from .servers import Sockets\nclass S(Sockets):\n    def f(self): super()._send_packet(1)",
        "socketio.Server._send_packet",
    ),
    "an attribute that a base class sets on self": (
        "from socketio import RedisManager\nclass B(RedisManager):\n    def f(self): self.thread",
        "socketio.PubSubManager.thread",
    ),
    "an attribute that's set on self": (
        """
from gevent.pywsgi import WSGIHandler
class Handler(WSGIHandler):
    def handle_one_response(self):
        self.close_connection = True""",
        "gevent.pywsgi.WSGIHandler.close_connection",
    ),
    "the server of a handler": (
        """
from gevent.pywsgi import WSGIHandler
class Handler(WSGIHandler):
    def handle(self):
        print(self.server.started)""",
        "gevent.baseserver.BaseServer.started",
    ),
    "an undocumented option": (
        "import socketio\nsocketio.Server(start_service_task=False)",
        "socketio.Server(start_service_task=)",
    ),
    "an undocumented option of a base class": (
        """
import socketio
class Sockets(socketio.Server):
    def __init__(self):
        super().__init__(start_service_task=False)""",
        "socketio.Server(start_service_task=)",
    ),
    "a class that's changed for everybody": (
        "import socketio\nsocketio.Server.emit = print",
        "socketio.Server.emit =",
    ),
    "a module that's changed for everybody": (
        "import gevent\nsetattr(gevent, 'spawn', print)",
        "gevent.spawn =",
    ),
    "the dictionary of an object": (
        "from .servers import sio\nvars(sio)['eio']",
        "socketio.Server.__dict__",
    ),
}


@pytest.mark.parametrize("kind", CAUGHT)
def test_an_undocumented_use_is_caught(kind: str):
    text, name = CAUGHT[kind]
    found = undocumented({"app.__init__": "", "app.servers": SERVERS, "app.mine": text})
    assert any(name in use.name for use in found), found
    assert {use.module for use in found} == {"app.mine"}


DOCUMENTED = {
    "the server's methods": """
        from .servers import sio
        sio.emit("news", {}, to="room", ignore_queue=True)
        sio.on("connect", lambda sid, environ: sio.get_environ(sid))
        sio.start_background_task(sio.sleep, 1)""",
    "the manager's methods": """
        import socketio
        manager = socketio.RedisManager("redis://", redis_options={"socket_timeout": 1})
        sio = socketio.Server(client_manager=manager, max_http_buffer_size=1)
        list(manager.get_participants("/", "room"))""",
    "an overridden documented method": """
        import socketio
        class Manager(socketio.Manager):
            def enter_room(self, sid, namespace, room, eio_sid=None):
                self._rooms_of = {}
                return super().enter_room(sid, namespace, room, eio_sid)""",
    "a serializer": """
        import json
        from socketio.packet import Packet
        class Strict(Packet):
            def decode(self, encoded_packet):
                return super().decode(encoded_packet)""",
    "a handler": """
        import socket
        from gevent.pywsgi import WSGIHandler, WSGIServer
        class Handler(WSGIHandler):
            def handle(self):
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                super().handle()
            def get_environ(self):
                return super().get_environ() | {"werkzeug.socket": self.socket}
        class Server(WSGIServer):
            handler_class = Handler
            stop_timeout = 10
        WSGIServer(("", 0), print, handler_class=Handler, log=None).serve_forever()""",
    "gevent's own functions": """
        import gevent
        from gevent.pool import Pool
        from gevent import monkey
        monkey.patch_all()
        gevent.get_hub().threadpool.apply(print)
        gevent.spawn_later(1, print).kill()
        Pool(3).spawn(print).join()""",
    "what's ours": """
        class Own:
            def __init__(self): self._own, self.ping_timeout = 1, 2
            def __repr__(self): return type(self).__name__ + self._own
        def copied(own): return own.ping_timeout""",
    "what belongs to Python and Werkzeug": """
        from flask_login import current_user
        current_user._get_current_object()
        def moved(parts): return parts._replace(path="/")""",
}


@pytest.mark.parametrize("kind", DOCUMENTED)
def test_a_documented_use_is_allowed(kind: str):
    lines = DOCUMENTED[kind].strip("\n").splitlines()
    text = "\n".join(line[8:] for line in lines)
    assert undocumented({"app.__init__": "", "app.servers": SERVERS, "app.mine": text}) == []
