"""Raw bytes to a server and back, without a client library that would correct them."""

import contextlib
import re
import socket
import struct

STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
SLOW = 20  # seconds: no answer may take longer
TEXT, BINARY = 1, 2


def request(method: str, target: str, headers: list[str] = (), body: bytes = b"") -> bytes:
    length = [f"Content-Length: {len(body)}"] if body or method == "POST" else []
    lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", *headers, *length, "", ""]
    return "\r\n".join(lines).encode("latin-1", "replace") + body


class Connection:
    """A connection that is kept alive, on which requests are sent one after another."""

    def __init__(self, port: int):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=SLOW)

    def send(self, data: bytes) -> None:
        with contextlib.suppress(ConnectionResetError, BrokenPipeError):
            self.socket.sendall(data)  # fails if the server has hung up, perhaps after an answer

    def rest(self) -> bytes:
        """Stop sending, and return everything that the server still sends."""
        parts = []
        with self.socket, contextlib.suppress(ConnectionError):
            with contextlib.suppress(OSError):  # it is no longer connected
                self.socket.shutdown(socket.SHUT_WR)
            while part := self.socket.recv(65536):
                parts.append(part)
        return b"".join(parts)

    def head(self) -> bytes:
        """Return the head of an answer, and not a byte more."""
        head = b""
        while not head.endswith(b"\r\n\r\n") and (byte := self.socket.recv(1)):
            head += byte
        return head


def codes(answers: bytes) -> list[int]:
    """Return the status codes of these answers."""
    return [int(code) for code in STATUS.findall(answers)]


def exchange(port: int, requests: list[bytes]) -> bytes:
    """Write these requests on one connection at once, and return the answers."""
    connection = Connection(port)
    connection.send(b"".join(requests))
    return connection.rest()


def websocket_frame(payload: bytes, opcode: int = TEXT, first: int = 0x80, mask: int = 0x80):
    """Return a frame as a client sends it, masked with zeros; `first` has FIN and extensions."""
    size = len(payload)
    if size < 126:
        length = struct.pack("!B", mask | size)
    elif size < 65536:
        length = struct.pack("!BH", mask | 126, size)
    else:
        length = struct.pack("!BQ", mask | 127, size)
    return bytes([first | opcode]) + length + (b"\0\0\0\0" if mask else b"") + payload
