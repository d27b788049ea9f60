"""A fast Engine.IO 4 server for python-socketio on gevent: optional, and complete in itself.

The package carries packets between a server and its clients: handshakes, polling, WebSockets, the
heartbeat, and limits. Code that knows of sessions, users or rooms doesn't belong here. Modules may
import python-socketio, python-engineio, wsproto, gevent and the standard library, but nothing from
the rest of `final/`. README.md gives the gain in numbers, and shows how to leave the package out.
"""

from .server import FastServer

__all__ = ["FastServer"]
