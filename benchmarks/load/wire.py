"""The two doors as bytes: HTTP over a persistent connection, and Socket.IO over a WebSocket.

A client that did more would be slower than the servers that it measures. If a server's answer
doesn't fit these protocols, that's a Fault.
"""

import asyncio
import contextlib
import re
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass

patience = 20.0  # seconds to wait for an answer
FORM = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n"
UPGRADE = (
    b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: %s\r\nCookie: sid=%s\r\n"
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
TEXT, CLOSE = 0x81, 0x88  # the first byte of an unfragmented frame
ACCEPTED, PROFILE = b"40", b'42["profile",'  # how the packets begin that open a socket


class Fault(Exception):
    """The server doesn't do the measured work, so there is no number. The text is the reason."""


@dataclass(frozen=True)
class Answer:
    """A server's answer to a request."""

    status: int
    head: bytes
    body: bytes

    def header(self, name: bytes) -> bytes:
        found = re.search(rb"(?i)\r\n%s: *([^\r]*)" % name, self.head)
        return found[1] if found else b""


class Door(asyncio.Protocol):
    """The HTTP side of a server: one request after another, over one connection."""

    def __init__(self, host: str, port: int):
        self.host, self.port = host, port
        self.host_header = f"{host}:{port}".encode()
        self.transport: asyncio.Transport | None = None
        self._received = b""
        self._answer: asyncio.Future[Answer] | None = None

    async def get(self, path: str, cookie: str) -> Answer:
        return await self.request(self.head("GET", path, cookie) + b"\r\n")

    async def post(self, path: str, cookie: str = "", **fields: str) -> Answer:
        form = urllib.parse.urlencode(fields).encode()
        return await self.request(self.head("POST", path, cookie) + FORM % len(form) + form)

    def head(self, method: str, path: str, cookie: str) -> bytes:
        lines = f"{method} {path} HTTP/1.1\r\n".encode(), b"Host: %s\r\n" % self.host_header
        return b"".join(lines) + (f"Cookie: sid={cookie}\r\n".encode() if cookie else b"")

    async def request(self, request: bytes) -> Answer:
        loop = asyncio.get_running_loop()
        if self.transport is None or self.transport.is_closing():
            await connected(self, self.host, self.port)
        self._received = b""
        self._answer = loop.create_future()
        self.transport.write(request)
        try:
            async with asyncio.timeout(patience):
                return await self._answer
        except TimeoutError:
            told = request.split(b" HTTP")[0].decode()
            raise Fault(f"{told} is not answered within {patience} seconds") from None

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        self._look(is_over=False)

    def connection_lost(self, error: Exception | None) -> None:
        self._look(is_over=True)
        if self._answer and not self._answer.done():
            self._answer.set_exception(Fault("the server has hung up without an answer"))

    def _look(self, is_over: bool) -> None:
        """Pass on the answer, if all of it has arrived."""
        head, end, rest = self._received.partition(b"\r\n\r\n")
        if not end or self._answer.done():
            return
        answer = Answer(int(head[9:12]), head, rest)
        if length := answer.header(b"content-length"):
            is_whole = len(rest) >= int(length)
        elif answer.header(b"transfer-encoding") == b"chunked":
            is_whole = rest.endswith(b"0\r\n\r\n")
        else:
            is_whole = is_over or answer.status in (204, 304)
        if is_whole:
            if answer.header(b"connection").lower() == b"close":
                self.transport.close()
            self._answer.set_result(answer)

    def close(self) -> None:
        if self.transport:
            self.transport.close()


class Socket(asyncio.Protocol):
    """A socket of a logged-in user. It passes each packet with a comment to `on_comment`."""

    def __init__(self, host_header: bytes, cookie: str):
        loop = asyncio.get_running_loop()
        self.on_comment: Callable[[Socket, bytes], None] = lambda socket, payload: None
        self.is_connected = loop.create_future()  # done when both packets have come
        self.missing = {ACCEPTED, PROFILE}  # they may come in either order
        self.is_closed = loop.create_future()
        self.opened = b""  # the server's handshake data, as JSON
        self.pings = 0
        self._upgrade = UPGRADE % (host_header, cookie.encode())
        self._is_websocket = False
        self._received = b""

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        transport.write(self._upgrade)

    def data_received(self, data: bytes) -> None:
        if self._received:
            data = self._received + data
        if not self._is_websocket:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._received = head
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self.fail(f"a handshake is answered with {head[:80]!r}")
                return
            self._is_websocket = True
        begin, end = 0, len(data)
        while end - begin >= 2:
            size, payload = data[begin + 1], begin + 2
            if size > 125:
                size, payload = int.from_bytes(data[payload : payload + 2]), payload + 2
            if payload + size > end:
                break
            kind, begin = data[begin], payload + size
            if kind == TEXT:
                self.heard(data[payload:begin])
            elif kind == CLOSE:
                self.transport.close()
            else:
                self.fail(f"a frame begins with {kind:#x}, which no short text does")
        self._received = data[begin:]

    def heard(self, packet: bytes) -> None:
        if packet.startswith(b'42["comment",'):
            self.on_comment(self, packet)
        elif packet == b"2":
            self.pings += 1
            self.send(b"3")
        elif packet.startswith(b"0"):
            self.opened = packet[1:]
            self.send(b"40")
        elif packet.startswith(ACCEPTED):
            self.has_got(ACCEPTED)
        elif packet.startswith(PROFILE):
            if b'"Person"' not in packet:
                self.fail(f"somebody else's profile has come: {packet!r}")
            else:
                self.has_got(PROFILE)
        elif packet.startswith((b"41", b"44", b"1")):
            self.fail(f"the server closes a socket: {packet!r}")

    def has_got(self, kind: bytes) -> None:
        self.missing.discard(kind)
        if not self.missing and not self.is_connected.done():
            self.is_connected.set_result(None)

    def send(self, packet: bytes) -> None:
        # A mask of zeros leaves the packet as it is.
        self.transport.write(bytes([TEXT, 0x80 | len(packet), 0, 0, 0, 0]) + packet)

    def fail(self, why: str) -> None:
        if not self.is_connected.done():
            self.is_connected.set_exception(Fault(why))
        self.transport.abort()

    def close(self) -> None:
        """Send a close frame. The server then closes the connection."""
        if not self.transport.is_closing():
            self.transport.write(bytes([CLOSE, 0x82, 0, 0, 0, 0, 0x03, 0xE8]))  # code 1000: normal

    def connection_lost(self, error: Exception | None) -> None:
        if not self.is_connected.done():
            self.is_connected.set_exception(Fault("a handshake ends before a profile has come"))
        self.is_closed.set_result(None)


async def connected(protocol: asyncio.Protocol, host: str, port: int) -> None:
    try:
        await asyncio.get_running_loop().create_connection(lambda: protocol, host, port)
    except OSError as error:
        raise Fault(f"{host}:{port} cannot be reached: {error.strerror}") from None


async def open_socket(host: str, port: int, cookie: str) -> Socket:
    """Open a socket. Return it when the server has accepted it and sent its profile."""
    socket = Socket(f"{host}:{port}".encode(), cookie)
    try:
        async with asyncio.timeout(patience):
            await connected(socket, host, port)
            await socket.is_connected
    except TimeoutError:
        raise Fault(f"a handshake takes more than {patience} seconds") from None
    return socket


async def hang_up(sockets: list[Socket]) -> None:
    """Close these sockets, and wait until they're closed. After a while, abort the others."""
    for socket in sockets:
        socket.close()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(patience):
            for socket in sockets:
                await asyncio.shield(socket.is_closed)
    for socket in sockets:
        socket.transport.abort()
