"""Count the objects that sockets could leave behind."""

import gc
import threading

import gevent.socket

from final.settings import quotas
from tests.probes import app, sockets

port = app.extensions["config"].port

sio = sockets.sio
sio.eio.ping_interval = sio.eio.ping_timeout = 1  # seconds, so that silent clients are noticed soon
quotas.SOCKETS_PER_USER = quotas.SOCKETS_PER_SESSION = 1000


def is_from_a_client(connection):
    """Return whether a client opened this connection, and not a connection pool of the database."""
    return connection.fileno() != -1 and connection.getsockname()[1] == port


@app.get("/probe/left")
def left():
    gc.collect()
    presence = sockets.presence
    greenlets = [each for each in gc.get_objects() if isinstance(each, gevent.Greenlet)]
    connections = [each for each in gc.get_objects() if isinstance(each, gevent.socket.socket)]
    return {
        "connections of the gate": len(sockets.gate._open),
        "environs": len(sio.environ),
        "rooms": len(sio.manager.rooms.get("/", {})),
        "pending disconnects": sum(map(len, sio.manager.pending_disconnect.values())),
        "binary packets": len(sio._binary_packet),
        "people here": len(presence._here),
        "people leaving": len(presence._leaving),
        "greenlets": len([each for each in greenlets if not each.dead]),
        "threads": threading.active_count(),
        "connections": len([each for each in connections if is_from_a_client(each)]),
    }
