"""A thousand sockets come and go, and leave nothing behind."""

import socket

import pytest
import requests
import websocket

from tests.final.guarantees.probed import running_with
from tools import mongo
from tools.people import Person, connect_by_polling, eventually
from tools.redis import Redis
from tools.servers import Server

ROUNDS = 200  # in each, five sockets close, at five different moments
TOLERANCE = {"greenlets": 2, "threads": 2}  # the drivers have some of their own


@pytest.mark.parametrize("fast", ["0", "1"], ids=["default", "fast"])
def test_nothing_is_left_of_a_thousand_sockets(fast: str, mongodb_uri: str, redis: Redis):
    with mongo.new_database(mongodb_uri) as database:
        settings = {"MONGODB_URI": mongo.address(mongodb_uri, database), "REDIS_URL": redis.url}
        with running_with("leftovers", DEMO="0", FAST=fast, **settings) as server:
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
        drop(connected(person))  # without a close frame
        connected(person).close()
        assert '40{"sid"' in connect_by_polling(person)  # and the client never polls again


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
    """Cut the connection, as a failing network does."""
    ws.sock.shutdown(socket.SHUT_RDWR)
    ws.sock.close()
