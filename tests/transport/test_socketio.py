"""python-socketio on top: events, sessions and attachments work as with its own engine."""

import json
from base64 import b64encode

import pytest
import requests

from .conftest import MAX_SIZE, Server, eventually
from .frames import BINARY, CLOSE, RawWebSocket, frame


class Client:
    """A Socket.IO client by hand, over either transport."""

    def __init__(self, server: Server, transport: str):
        self.packets: list[str | bytes] = []
        if transport == "websocket":
            self.ws = SocketIOWebSocket(server.port)
        else:
            self.ws = None
            self.address = f"{server.url}/socket.io/?EIO=4&transport=polling"
            self.address += (
                f"&sid={json.loads(requests.get(self.address, timeout=10).text[1:])['sid']}"
            )
        self.send("40")
        assert json.loads(self.next()[2:])["sid"]

    def send(self, *packets: str | bytes) -> None:
        if self.ws:
            self.ws.send(
                *[frame(each, BINARY) if isinstance(each, bytes) else each for each in packets]
            )
        else:
            requests.post(self.address, "\x1e".join(packets), timeout=10).raise_for_status()

    def send_malformed(self, *packets: str | bytes) -> None:
        if self.ws:
            self.send(*packets)
        else:
            texts = [each if isinstance(each, str) else as_base64(each) for each in packets]
            answer = requests.post(self.address, "\x1e".join(texts), timeout=10)
            assert answer.status_code == 400

    def has_ended(self) -> bool:
        """Return whether the server ends the connection."""
        if self.ws:
            return self.ws.rest()[-1].opcode == CLOSE
        return requests.get(self.address, timeout=10).status_code == 400

    def next(self) -> str | bytes:
        """Return the next packet."""
        if self.ws:
            received = self.ws.next()
            return received.payload if received.opcode == BINARY else received.text
        if not self.packets:
            self.packets = requests.get(self.address, timeout=10).text.split("\x1e")
        return self.packets.pop(0)


def as_base64(data: bytes) -> str:
    return "b" + b64encode(data).decode()


class SocketIOWebSocket(RawWebSocket):
    path = "/socket.io/"


@pytest.fixture(params=["polling", "websocket"])
def client(server: Server, request) -> Client:
    return Client(server, request.param)


def test_an_event_is_emitted_to_all_and_acknowledged(client: Client):
    client.send('427["shout","hello"]')
    assert {client.next(), client.next()} == {'42["shouted","hello"]', '437["done"]'}


def test_each_socket_has_a_session(client: Client):
    client.send('42["remember",{"a":1}]', '421["recall"]')
    transport = "websocket" if client.ws else "polling"
    assert client.next() == f'431[{{"a":1}},"{transport}"]'


def test_attachments_go_both_ways(server: Server):
    client = Client(server, "websocket")
    client.send('451-["shout",{"_placeholder":true,"num":0}]', b"\1\2\3")
    assert client.next() == '451-["shouted",{"_placeholder":true,"num":0}]'
    assert client.next() == b"\1\2\3"


def test_attachments_go_by_polling_as_base64(server: Server):
    client = Client(server, "polling")
    client.send('451-["shout",{"_placeholder":true,"num":0}]', "bAQID")
    assert client.next() == '451-["shouted",{"_placeholder":true,"num":0}]'
    assert client.next() == "bAQID"


def test_a_socket_can_leave_and_come_back(client: Client):
    client.send("41")
    client.send("40")
    assert json.loads(client.next()[2:])["sid"]


def test_a_namespace_that_there_is_not_is_refused_and_the_others_stay(client: Client):
    client.send("40/nowhere,")
    assert client.next().startswith("44/nowhere,")
    client.send('427["shout","hello"]')
    assert {client.next(), client.next()} == {'42["shouted","hello"]', '437["done"]'}


MALFORMED = {
    "no packet": ["4abc"],
    "nothing": ["4"],
    "nothing in binary": [b""],
    "no such type": ["48[]"],
    "an error, which only a server sends": ['44{"message":""}'],
    "a connect with a list": ["40[]"],
    "a disconnect with data": ["41[]"],
    "an event without a list": ["42{}"],
    "an event of nothing": ["42"],
    "an event without a name": ["42[]"],
    "an event whose name isn't text": ["42[[]]"],
    "an ID that isn't a number": ['42abc["shout",1]'],
    "an ID that is too long": [f'42{"1" * 200}["shout",1]'],
    "an acknowledgement without a list": ["431"],
    "half of it": ['42["shout",'],
    "much too deep": ["42" + "[" * 9000],
    "too many attachments": ['4599999999999-["shout",1]'],
    "an attachment that wasn't announced": [b"\0"],
    "text instead of an attachment": ['451-["shout",{"_placeholder":true,"num":0}]', "42[1]"],
    "a placeholder of nothing": ['451-["shout",{"_placeholder":true,"num":7}]', b"\0"],
    "a placeholder that isn't a number": ['451-["shout",{"_placeholder":1,"num":"x"}]', b"\0"],
}


@pytest.mark.parametrize("packets", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_packet_closes_its_connection_and_no_other(
    server: Server, client: Client, packets: list[str | bytes]
):
    other, before = Client(server, "websocket"), len(server.log)
    client.send_malformed(*packets)
    assert client.has_ended()
    other.send('427["shout","hello"]')
    assert {other.next(), other.next()} == {'42["shouted","hello"]', '437["done"]'}
    assert eventually(lambda: len(server.log) > before)
    [line] = server.log[before:]
    assert line.startswith("WARNING final.transport.connection a connection is closed: malformed")


def test_attachments_are_limited_together(server: Server):
    client = Client(server, "websocket")
    client.send('45100-["shout",{"_placeholder":true,"num":0}]')
    client.send(*[bytes(MAX_SIZE)] * 60)
    assert client.has_ended()
