"""A proxy between a browser and the app that misbehaves like some networks and tunnels."""

import base64
import contextlib
import hashlib
import re
import socket
import socketserver
import threading
from collections.abc import Iterator

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3
LAST = {  # the beginning of the last packet that gets through, by the name of the fault
    "one packet": b'0{"sid"',
    "nothing once connected": b'40{"sid"',
}
OPENED = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"


class Proxy(socketserver.ThreadingTCPServer):
    """Passes requests on to the app at `app_port`, one per connection, unless a fault is set."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 50

    def __init__(self, app_port: int):
        super().__init__(("127.0.0.1", 0), Connection)
        self.app_port = app_port
        self.websockets = "pass"  # or "refuse", "no answer", "open and say nothing", or one of LAST
        self.is_down = False  # if True, closes every new connection without an answer
        self.host: str | None = None  # replaces the browser's Host header
        self.keeps_cookies = True  # if False, Set-Cookie headers are removed from responses
        self.upgrades: list[str] = []  # the value of `websockets` that each WebSocket met
        self.open: set[socket.socket] = set()

    @property
    def port(self) -> int:
        return self.server_address[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Close all connections, as if the network failed for a moment."""
        for each in list(self.open):
            hang_up(each)

    def handle_error(self, request, client_address) -> None:
        pass  # Errors are expected: either side may close its connection.


class Connection(socketserver.BaseRequestHandler):
    """Handles one request of a browser, on a connection of its own."""

    server: Proxy

    def handle(self) -> None:
        self.server.open.add(self.request)
        try:
            self.serve(read_head(self.request))
        finally:
            self.server.open.discard(self.request)

    def serve(self, head: bytes) -> None:
        is_websocket = b"\r\nupgrade: websocket" in head.lower()
        fault = self.server.websockets if is_websocket else "pass"
        if is_websocket:
            self.server.upgrades.append(fault)
        if self.server.is_down:
            return
        if fault == "refuse":
            return self.request.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        if fault == "open and say nothing":
            self.request.sendall(opened(head))
        if fault in {"no answer", "open and say nothing"}:
            return swallow(self.request)
        if self.server.host:
            head = re.sub(rb"(?i)(\r\nhost:)[^\r]*", rb"\1 " + self.server.host.encode(), head)
        if not is_websocket:
            head = re.sub(rb"(?i)(\r\nconnection:)[^\r]*", rb"\1 close", head)
        self.pass_on(head, LAST.get(fault))

    def pass_on(self, head: bytes, last: bytes | None) -> None:
        with socket.create_connection(("127.0.0.1", self.server.app_port)) as app:
            app.sendall(head)
            threading.Thread(target=pump, args=(self.request, app), daemon=True).start()
            answer = read_head(app)
            if not self.server.keeps_cookies:
                answer = re.sub(rb"(?i)\r\nset-cookie:[^\r]*", b"", answer)
            self.request.sendall(answer)
            pump(app, self.request, last)


def read_head(connection: socket.socket) -> bytes:
    """Read the head, up to its empty line and not a byte more."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = connection.recv(1)
        if not byte:
            raise ConnectionError
        head += byte
    return head


def opened(head: bytes) -> bytes:
    """Return an answer to a WebSocket handshake, so that the browser considers it open."""
    key = re.search(rb"(?i)\r\nsec-websocket-key: *([^\r]+)", head)[1]
    accept = base64.b64encode(hashlib.sha1(key + GUID).digest()).decode()
    return f"{OPENED}Sec-WebSocket-Accept: {accept}\r\n\r\n".encode()


def swallow(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


def pump(source: socket.socket, target: socket.socket, last: bytes | None = None) -> None:
    """Pass on all bytes until the source closes. Once `last` has passed, drop the rest."""
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
            if last and last in data:
                swallow(source)
    hang_up(target)


def hang_up(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def proxy_to(app_port: int) -> Iterator[Proxy]:
    with Proxy(app_port) as proxy:
        thread = threading.Thread(target=proxy.serve_forever)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            proxy.cut()
            thread.join()
