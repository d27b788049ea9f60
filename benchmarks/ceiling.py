"""`python -m benchmarks.ceiling` sends only the bytes, and hardly any server could be faster.

It has no framework, no sessions and no database. Anyone can log in, and the cookie is the person's
number. A comment is one frame, which it writes to each friend. This server gets the same load as
the others. The result shows that the load generator could handle faster servers than those.

    PORT, HOST      the address to listen on (3000, 127.0.0.1)
    PAGE_BYTES=N    the size of the dashboard
"""

import asyncio
import base64
import hashlib
import json
import os
import re
from collections import defaultdict
from urllib.parse import parse_qs

try:
    from uvloop import run
except ImportError:  # Windows
    from asyncio import run

PING_EVERY = 25  # seconds
OPENED = json.dumps({"sid": "0", "upgrades": [], "pingInterval": 25_000, "pingTimeout": 20_000})
SWITCH = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: %s\r\n\r\n"
)
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

friends: defaultdict[int, set[int]] = defaultdict(set)  # by a person's number
sockets: defaultdict[int, set[asyncio.Transport]] = defaultdict(set)  # by their person's number
page = b"-" * int(os.environ.get("PAGE_BYTES") or 5_000)


class Connection(asyncio.Protocol):
    """A connection with HTTP requests, which the first request can turn into a WebSocket."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.received = b""
        self.person: int | None = None  # the WebSocket's user

    def data_received(self, data: bytes) -> None:
        self.received += data
        while (self.take_request if self.person is None else self.take_frame)():
            pass

    def connection_lost(self, error: Exception | None) -> None:
        if self.person is not None:
            sockets[self.person].discard(self.transport)

    def take_request(self) -> bool:
        head, end, rest = self.received.partition(b"\r\n\r\n")
        length = header(head, b"content-length") or b"0"
        if not end or len(rest) < int(length):
            return False
        form, self.received = parse_qs(rest[: int(length)].decode()), rest[int(length) :]
        method, path, _ = head.split(b" ", 2)
        person = int(header(head, b"cookie: *sid=", b"") or 0)
        if method == b"GET" and path.startswith(b"/socket.io/"):
            key = hashlib.sha1(header(head, b"sec-websocket-key") + GUID).digest()
            self.person = person
            self.transport.write(SWITCH % base64.b64encode(key) + frame(f"0{OPENED}"))
        else:
            self.transport.write(answer(path, person, form))
        return True

    def take_frame(self) -> bool:
        received = self.received
        size = received[1] & 0x7F if len(received) > 1 else 0
        if len(received) < 6 + size:
            return False
        mask, self.received = received[2:6], received[6 + size :]
        packet = bytes(byte ^ mask[place % 4] for place, byte in enumerate(received[6 : 6 + size]))
        if received[0] & 0x0F == 8:  # a close frame
            self.transport.write(b"\x88\x02\x03\xe8")
            self.transport.close()
        elif packet == b"40":
            sockets[self.person].add(self.transport)
            name = {"firstName": "Person", "lastName": str(self.person)}
            self.transport.write(frame('40{"sid":"0"}') + frame(event("profile", name)))
        return True


def answer(path: bytes, person: int, form: dict[str, list[str]]) -> bytes:
    if path == b"/login":
        return response(302, b"", f"Set-Cookie: sid={number(form)}\r\nLocation: /dashboard\r\n")
    if path == b"/friends":
        friends[person].add(number(form))
        return response(200, b"{}")
    if path == b"/comments":
        author = {"id": str(person), "firstName": "Person", "lastName": str(person)}
        now = "2026-01-01T00:00:00.000Z"
        comment = {"id": "0" * 24, "author": author, "text": form["text"][0], "createdAt": now}
        tell(friends[person], frame(event("comment", comment)))
        return response(201, json.dumps(comment).encode())
    return response(200, page)


def tell(people: set[int], packet: bytes) -> None:
    for person in people:
        for transport in sockets[person]:
            transport.write(packet)


def header(head: bytes, name: bytes, separator: bytes = b": *") -> bytes:
    found = re.search(rb"(?i)\r\n" + name + separator + rb"([^\r]*)", head)
    return found[1] if found else b""


def number(form: dict[str, list[str]]) -> int:
    """Return the number of the person whose email is in a form."""
    return int(form["email"][0].removeprefix("person-").split("@")[0])


def response(status: int, body: bytes, more: str = "") -> bytes:
    return f"HTTP/1.1 {status} -\r\n{more}Content-Length: {len(body)}\r\n\r\n".encode() + body


def event(name: str, data: dict) -> str:
    return f"42{json.dumps([name, data], separators=(',', ':'))}"


def frame(packet: str) -> bytes:
    size = len(packet)
    return (
        bytes([0x81, *([size] if size < 126 else [126, size >> 8, size & 255])]) + packet.encode()
    )


async def main() -> None:
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "3000"))
    await asyncio.get_running_loop().create_server(Connection, host, port, backlog=1_000)
    print(f"Listening on http://{host}:{port}", flush=True)
    while True:
        await asyncio.sleep(PING_EVERY)
        for transport in {one for each in sockets.values() for one in each}:
            transport.write(frame("2"))


if __name__ == "__main__":
    run(main())
