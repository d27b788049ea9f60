"""Background work starts with the server and stops with it."""

import gc
from collections.abc import Callable

import gevent
import pytest
from gevent import socket

from final.app import create_app
from final.cluster.bus import Bus
from final.server.wsgi import LAST_REQUESTS, Server
from final.settings.config import Config
from tools.people import patience

HANDSHAKE = b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: app\r\n\r\n"


def greenlets() -> set[gevent.Greenlet]:
    # `type`, because isinstance() fails for a weak proxy whose object no longer exists.
    objects = gc.get_objects()
    return {each for each in objects if issubclass(type(each), gevent.Greenlet) and not each.dead}


def eventually(is_true: Callable[[], bool]) -> bool:
    """Wait until `is_true()`, and let greenlets work meanwhile, unlike tools.people.eventually."""
    with gevent.Timeout(patience, False):
        while not is_true():
            gevent.sleep(0.05)
        return True
    return False


@pytest.mark.parametrize("fast", [False, True], ids=["default", "fast"])
def test_a_server_that_stops_leaves_no_greenlet(tmp_path, fast: bool):
    app = create_app(Config(embedded_db=tmp_path / "db.json", fast=fast))
    # python-engineio pings a closed connection once more, and only then ends its greenlet.
    app.extensions["sockets"].sio.eio.ping_interval = 0.1  # seconds
    before = greenlets()
    server = Server(("127.0.0.1", 0), app)
    server.start()
    with socket.create_connection(server.address, timeout=patience) as client:
        client.sendall(HANDSHAKE)
        assert b" 200 OK" in client.recv(4096)
        gc.unfreeze()  # so that gc finds the objects that the server has frozen
        assert len(greenlets() - before) > 3, "the background loops are running"
        server.stop(timeout=LAST_REQUESTS)
    assert eventually(lambda: not greenlets() - before), greenlets() - before


def test_a_bus_that_stops_leaves_no_greenlet(monkeypatch):
    before = greenlets()
    bus = Bus("redis://127.0.0.1:1", "two_doors")  # no Redis listens there
    monkeypatch.setattr(bus.manager, "initialize", lambda: None)  # it starts a greenlet
    bus.start()
    assert eventually(lambda: not bus.is_up)
    assert greenlets() - before
    bus.stop()
    assert eventually(lambda: not greenlets() - before)
