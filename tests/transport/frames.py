"""WebSocket frames by hand (RFC 6455, 5.2), sound ones and others, and a client that sends them."""

import contextlib
import re
import socket
import struct
from dataclasses import dataclass

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # the example of RFC 6455, 1.3
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
HANDSHAKE = {
    "Host": "test",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
}
MASK = b"\x0f\xf0\x3c\xc3"


def frame(
    payload: bytes | str = b"",
    opcode: int = TEXT,
    *,
    fin: bool = True,
    reserved: int = 0,
    masked: bool = True,
    length: bytes | None = None,
) -> bytes:
    """Return a frame as a client sends it. `length` replaces the encoded length of the payload."""
    payload = payload.encode() if isinstance(payload, str) else payload
    if length is None:
        size = len(payload)
        if size < 126:
            length = bytes([size])
        else:
            length = b"\x7e" + struct.pack("!H", size)
            if size > 0xFFFF:
                length = b"\x7f" + struct.pack("!Q", size)
    head = bytes([fin << 7 | reserved << 4 | opcode, masked << 7 | length[0]]) + length[1:]
    if not masked:
        return head + payload
    return head + MASK + bytes(byte ^ MASK[i % 4] for i, byte in enumerate(payload))


def close_frame(code: int, reason: bytes = b"") -> bytes:
    return frame(struct.pack("!H", code) + reason, CLOSE)


def request(method: str, target: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """Return an HTTP request."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {headers[name]}" for name in headers)]
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass
class Frame:
    """A frame that the server has sent."""

    opcode: int
    payload: bytes

    @property
    def text(self) -> str:
        return self.payload.decode()

    @property
    def code(self) -> int:
        """The code of a close frame; 1005 stands for none (RFC 6455, 7.1.5)."""
        return struct.unpack("!H", self.payload[:2])[0] if self.payload else 1005


class RawWebSocket:
    """A connection to the server, after the WebSocket handshake that it's made with."""

    path = "/engine.io/"

    def __init__(self, port: int, query: str = "", receive_buffer: int | None = None):
        self.sock = socket.socket()
        if receive_buffer:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.sock.settimeout(10)
        self.sock.connect(("127.0.0.1", port))
        target = f"{self.path}?EIO=4&transport=websocket{query}"
        self.sock.sendall(request("GET", target, HANDSHAKE))
        self.file = self.sock.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        self.headers = b"".join(iter(self.file.readline, b"\r\n")).decode()
        self.sid = re.search('"sid":"([^"]*)', self.next().text)[1] if not query else ""

    def send(self, *data: bytes | str) -> None:
        """Send bytes as they are, and each text as a frame."""
        parts = [each if isinstance(each, bytes) else frame(each) for each in data]
        self.sock.sendall(b"".join(parts))

    def next(self) -> Frame | None:
        """Return the next frame; None at the end of the connection."""
        try:
            head = self.file.read(2)
            if len(head) < 2:
                return None
            assert head[0] & 0xF0 == 0x80, "it's the whole message, and nothing reserved is set"
            assert head[1] < 0x80, "a server doesn't mask"
            size = head[1]
            if size > 125:
                size = int.from_bytes(self.file.read(2 if size == 126 else 8))
            return Frame(head[0] & 0xF, self.file.read(size))
        except ConnectionError:
            return None

    def rest(self) -> list[Frame]:
        """Return all frames until the server ends the connection. Close as well once it closes."""
        frames = []
        while received := self.next():
            frames.append(received)
            if received.opcode == CLOSE:
                with contextlib.suppress(OSError):  # the server has gone already
                    self.sock.shutdown(socket.SHUT_WR)
        return frames

    def close(self) -> None:
        self.file.close()
        self.sock.close()
