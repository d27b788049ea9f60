"""Clients that speak the protocols by hand, so they can also send malformed packets."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import urlencode, urlsplit

from websocket import (
    ABNF,
    WebSocketBadStatusException,
    WebSocketConnectionClosedException,
    WebSocketProtocolException,
    create_connection,
)

patience = 10.0  # seconds to wait for an answer
NOOP, PING, PONG = "6", "2", "3"
BETWEEN_PACKETS = "\x1e"
GONE = ConnectionError, WebSocketConnectionClosedException, WebSocketProtocolException


@dataclass(frozen=True)
class Answer:
    status: int
    type: str
    text: str


class Request:
    """An HTTP request that has been sent. Its answer may take a while."""

    def __init__(self, url: str, method: str, path: str, body: bytes | None = None):
        self.connection = HTTPConnection(urlsplit(url).netloc, timeout=patience)
        self.connection.request(method, path, body)

    def answer(self) -> Answer:
        response = self.connection.getresponse()
        text = response.read().decode("utf-8")
        self.connection.close()
        return Answer(response.status, response.headers.get_content_type(), text)


class Door:
    """A path where a server speaks Engine.IO: `/engine.io/`, or `/socket.io/` for Socket.IO."""

    def __init__(self, url: str, name: str):
        self.url, self.name = url, name

    def path(self, query: dict[str, str]) -> str:
        return f"/{self.name}/?{urlencode(query)}"

    def request(self, method: str, query: dict[str, str], body: str | None = None) -> Answer:
        encoded = None if body is None else body.encode("utf-8")
        return Request(self.url, method, self.path(query), encoded).answer()

    def handshake(self) -> Answer:
        return self.request("GET", {"EIO": "4", "transport": "polling"})

    def polling(self) -> "Polling":
        return Polling(self)

    @contextmanager
    def websocket(self, **query: str) -> Iterator["WebSocket"]:
        path = self.path({"EIO": "4", "transport": "websocket"} | query)
        address = f"ws://{urlsplit(self.url).netloc}{path}"
        connection = create_connection(address, timeout=patience)
        try:
            yield WebSocket(connection)
            with suppress(*GONE):
                connection.send_close()
        finally:
            connection.shutdown()

    def lets_in(self, **query: str) -> bool:
        """Return whether a WebSocket opens and stays open. The server may refuse or close it."""
        try:
            with self.websocket(**query) as client:
                client.send("2probe")
                return client.packet() == "3probe"
        except (Closed, WebSocketBadStatusException):
            return False

    @contextmanager
    def session(self) -> Iterator["WebSocket"]:
        """Open a WebSocket, and read its handshake."""
        with self.websocket() as client:
            assert client.packet()[:1] == "0"
            yield client

    @contextmanager
    def connected(self) -> Iterator["WebSocket"]:
        """Open a WebSocket, and connect to the main namespace of Socket.IO."""
        with self.session() as client:
            client.send("40")
            assert {client.packet()[:2], client.packet()[:2]} == {"40", "42"}
            yield client

    def have_seen_all(self) -> None:
        """Wait until the server has read everything sent so far: it reads this request last."""
        assert self.handshake().status == 200


class Polling:
    """A session by HTTP long-polling."""

    def __init__(self, door: Door):
        self.door = door
        opened = door.handshake()
        assert opened.status == 200
        self.sid = json.loads(opened.text[1:])["sid"]
        self.query = {"EIO": "4", "transport": "polling", "sid": self.sid}

    def poll(self) -> Answer:
        return self.door.request("GET", self.query)

    def packets(self, number: int) -> list[str]:
        """Poll until at least this number of packets has come, and return them."""
        packets: list[str] = []
        while len(packets) < number:
            packets += self.poll().text.split(BETWEEN_PACKETS)
        return packets

    def start_poll(self) -> Request:
        """Send a request for packets, and wait until the server has read it."""
        request = Request(self.door.url, "GET", self.door.path(self.query))
        self.door.have_seen_all()
        return request

    def post(self, *packets: str) -> Answer:
        return self.door.request("POST", self.query, BETWEEN_PACKETS.join(packets))

    def start_post(self, length: int) -> HTTPConnection:
        """Begin a request whose body has `length` bytes, and wait until the server has read it."""
        connection = HTTPConnection(urlsplit(self.door.url).netloc, timeout=patience)
        connection.putrequest("POST", self.door.path(self.query))
        connection.putheader("Content-Length", str(length))
        connection.endheaders(b"4")
        self.door.have_seen_all()
        return connection

    def upgrading(self):
        return self.door.websocket(sid=self.sid)


class Closed(Exception):
    """The server has closed the WebSocket. `code` is None if it only hung up."""

    def __init__(self, code: int | None = None):
        super().__init__(code)
        self.code = code


class WebSocket:
    """A session by WebSocket, or a WebSocket that upgrades a session."""

    def __init__(self, connection):
        self.connection = connection

    def send(self, *packets: str | bytes) -> None:
        for packet in packets:
            binary = isinstance(packet, bytes)
            self.connection.send(packet, ABNF.OPCODE_BINARY if binary else ABNF.OPCODE_TEXT)

    def packet(self) -> str | bytes:
        """Return the next packet. Raise Closed if there is none."""
        try:
            kind, data = self.connection.recv_data()
        except GONE as broken:
            raise Closed from broken
        if kind == ABNF.OPCODE_CLOSE:
            raise Closed(int.from_bytes(data[:2], "big") or 1005)  # 1005: the frame has no code
        return data.decode("utf-8") if kind == ABNF.OPCODE_TEXT else data

    def message(self) -> str | bytes:
        """Return the next packet that isn't a ping or a noop."""
        while (packet := self.packet()) in (NOOP, PING):
            pass
        return packet

    def until_closed(self, without: str = "") -> tuple[list[str | bytes], int | None]:
        """Wait until the server closes. Return the packets until then, and the close code.

        Fail if the server sends the packet `without`.
        """
        packets = []
        try:
            while True:
                packets.append(self.packet())
                assert packets[-1] != without
        except Closed as closed:
            return packets, closed.code

    def is_hung_up(self) -> bool:
        """Wait until the server has closed the connection below the WebSocket as well."""
        return self.connection.sock.recv(1) == b""
