"""After a thousand sockets have come and gone, nothing of them is left."""

import socket

import pytest
import requests
import websocket

from tests.final.guarantees.probed import running_with
from tools import mongo
from tools.people import Person, connect_by_polling, eventually
from tools.redis import Redis
from tools.servers import Server

ROUNDS = 200  # in each, a socket goes at each of five moments
PROBES = '''
import gc, threading
import gevent.socket
from final import quotas

port = app.extensions["config"].port

sio = sockets.sio
sio.eio.ping_interval = sio.eio.ping_timeout = 1  # seconds: who says nothing is noticed soon
quotas.SOCKETS_PER_USER = quotas.SOCKETS_PER_SESSION = 1000

def is_from_a_client(connection):
    """And not one of those that a pool keeps open to the database."""
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
'''
TOLERANCE = {"greenlets": 2, "threads": 2}  # what the drivers do beside it


@pytest.mark.parametrize("fast", ["0", "1"], ids=["default", "fast"])
def test_nothing_is_left_of_a_thousand_sockets(fast: str, mongodb_uri: str, redis: Redis, tmp_path):
    with mongo.new_database(mongodb_uri) as database:
        settings = {"MONGODB_URI": mongo.address(mongodb_uri, database), "REDIS_URL": redis.url}
        with running_with(PROBES, tmp_path, DEMO="0", FAST=fast, **settings) as server:
            ada = Person(server.url, "Ada", "Lovelace")
            ada.sign_up()
            come_and_go(ada, rounds=20)
            assert eventually(lambda: database.sockets.count_documents({}) == 0, 30)
            before = left(server)
            come_and_go(ada, ROUNDS)
            more: dict = {}

            def is_as_before() -> bool:
                more.clear()
                more.update({name: n - before[name] for name, n in left(server).items()})
                return all(n <= TOLERANCE.get(name, 0) for name, n in more.items())

            assert eventually(is_as_before, 20), str(more)
            assert eventually(lambda: database.sockets.count_documents({}) == 0, 10)
            assert database.sessions.count_documents({}) == 1
            assert "Traceback" not in server.printed


def left(server: Server) -> dict[str, int]:
    return requests.get(f"{server.url}/probe/left", timeout=30).json()


def come_and_go(person: Person, rounds: int) -> None:
    for _ in range(rounds):
        drop(opened(person))  # before it has connected
        connecting = opened(person)
        connecting.send("40")
        drop(connecting)  # while it connects
        drop(connected(person))  # without a word
        connected(person).close()
        assert '40{"sid"' in connect_by_polling(person)  # and is not heard of any more


def opened(person: Person) -> websocket.WebSocket:
    address = person.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
    return websocket.create_connection(address, cookie=f"sid={person.cookie}", timeout=30)


def connected(person: Person) -> websocket.WebSocket:
    ws = opened(person)
    ws.send("40")
    while not ws.recv().startswith("40"):
        pass
    return ws


def drop(ws: websocket.WebSocket) -> None:
    """Let the connection go, as when a network does."""
    ws.sock.shutdown(socket.SHUT_RDWR)
    ws.sock.close()
