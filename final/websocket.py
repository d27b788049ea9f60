"""The WebSocket of a socket: how it opens, how it is read and written to, and how it ends.

wsproto knows the protocol, and here is what carries it. No compression is agreed on: what we send
is short, and so a frame is the same for everybody.
"""

import contextlib
import functools
import socket
from collections import deque

import gevent
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import CloseConnection, Message, Ping
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import generate_accept_token

from . import quotas
from .packets import Malformed, check_frame

# In environ.
SOCKET = "websocket.socket"  # the connection, from the server
HAS_OPENED = "websocket.has_opened"

BROKEN = {CloseReason.PROTOCOL_ERROR, CloseReason.INVALID_FRAME_PAYLOAD_DATA}
AT_ONCE = 4096  # bytes to read
MOST_UNSENT = 8 * 1024 * 1024  # bytes that wait for a client, in a moment
MOMENT = 3  # seconds, after which no more than quotas.UNSENT may wait
PROGRESS = 0.1  # of quotas.UNSENT: a client that takes this much in a moment gets another one
GOODBYE = 1  # seconds for the client to say that it closes, too
TOO_SLOW = "it doesn't take what it is sent"
ENCODER = Connection(ConnectionType.SERVER)


class WebSocket:
    """The WebSocket of a socket of python-engineio: is read as long as its frames are sound."""

    def __init__(self, refuse, handler, server):
        self.refuse = refuse
        self.handler = handler
        self.eio_socket = handler.__self__
        self.max_size = server.max_http_buffer_size
        self.connection = Connection(ConnectionType.SERVER)
        self.is_open = True  # neither side has said that it is the end
        self._messages: deque[str | bytes] = deque()
        self._parts: list[str | bytes] = []  # of a message that is not whole yet
        self._size = 0  # of these parts together
        self._gathered: list[bytes] | None = []  # what is to be sent; None while we wait
        self._unsent = bytearray()
        self._sender: gevent.Greenlet | None = None  # while something is unsent
        self._is_behind = False  # more is unsent than may be for more than a moment

    def __call__(self, environ, start_response):
        if not is_handshake(environ):
            self._is_over()
            return self.eio_socket.server._bad_request()
        environ[HAS_OPENED] = True
        self.eio_socket.outlet = self
        self._sock = environ[SOCKET]
        # Wait no longer for the client to say something, or to take something.
        engine = self.eio_socket.server
        self._sock.settimeout(engine.ping_interval + engine.ping_timeout)
        try:
            self._write(answer_to(environ["HTTP_SEC_WEBSOCKET_KEY"]))
            return self.handler(self)
        finally:
            self._is_over()
            self.close()
            with contextlib.suppress(OSError):
                self._send_gathered()
            if self._sender:
                self._sender.join()

    def wait(self) -> str | bytes | None:
        """Return the next message; None if the WebSocket has closed, or sent what is malformed."""
        gevent.sleep(0)  # one message, then it is the others' turn
        try:
            self._send_gathered()
            while not self._messages and self.is_open:
                self._read()
            if self.eio_socket.closed or not self._messages:
                return None
            check_frame(self._messages[0], self.eio_socket.upgrading)
            self._gathered = []  # what answers one message is sent as one, which is sooner done
            return self._messages.popleft()
        except Malformed:
            self.refuse(self.eio_socket)
        except OSError:
            pass
        return None

    def send(self, message: str | bytes) -> None:
        """Send a message, without waiting: what a slow client does not take yet is sent later."""
        if not self.is_open:
            raise OSError("this WebSocket is closed")
        self._write(frame_of(message))

    @property
    def unsent(self) -> int:
        """How many bytes the client hasn't taken yet."""
        return len(self._unsent)

    def close(self, code: CloseReason = CloseReason.NORMAL_CLOSURE) -> None:
        """Say that this is the end, if the client has not been told."""
        self.is_open = False
        if self.connection.state is ConnectionState.OPEN:
            gevent.spawn_later(GOODBYE, self.hang_up)
        if self.connection.state in {ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING}:
            with contextlib.suppress(OSError):
                self._write(self.connection.send(CloseConnection(code)))

    def hang_up(self) -> None:
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def _is_over(self) -> None:
        self.eio_socket.upgrading = False
        if not self.eio_socket.connected:
            self.eio_socket.close(wait=False, abort=True)

    def _read(self) -> None:
        data = self._sock.recv(AT_ONCE)
        self.connection.receive_data(data or None)
        for event in self.connection.events():
            gevent.sleep(0)  # pings and parts of messages may come without end, too
            if isinstance(event, Message):
                self._add(event)
            elif isinstance(event, Ping) and self.is_open:
                self._write(self.connection.send(event.response()))
            elif isinstance(event, CloseConnection):
                self.close(event.code)
                if event.code in BROKEN:
                    raise Malformed

    def _add(self, part: Message) -> None:
        if part.data:  # or parts without anything in them would be collected for ever
            self._parts.append(part.data)
        self._size += len(part.data)
        if self._size > self.max_size:
            self.close(CloseReason.MESSAGE_TOO_BIG)
            raise Malformed
        if part.message_finished:
            self._messages.append(type(part.data)().join(self._parts))
            self._parts.clear()
            self._size = 0

    def _send_gathered(self) -> None:
        gathered, self._gathered = self._gathered, None
        if gathered:
            self._write(b"".join(gathered))

    def _write(self, data: bytes) -> None:
        if self._gathered is not None:
            self._gathered.append(data)
            return
        if not self._sender:
            try:
                sent = self._sock._sock.send(data)  # which never waits: it is gevent's own
            except BlockingIOError:
                sent = 0
            if sent == len(data):
                return
            data = data[sent:]
            self._sender = gevent.spawn(self._send_rest)
        self._unsent += data
        if len(self._unsent) > MOST_UNSENT:
            self._cut_off()
            raise OSError(TOO_SLOW)
        if len(self._unsent) > quotas.UNSENT and not self._is_behind:
            self._is_behind = True
            gevent.spawn_later(MOMENT, self._cut_off_if_behind, self.unsent)

    def _cut_off_if_behind(self, before: int) -> None:
        """Close this WebSocket if it has hardly taken anything of the bytes that waited before."""
        if self.unsent <= quotas.UNSENT:
            self._is_behind = False
        elif self.unsent > before - PROGRESS * quotas.UNSENT:
            self._cut_off()
        else:
            gevent.spawn_later(MOMENT, self._cut_off_if_behind, self.unsent)

    def _cut_off(self) -> None:
        self.is_open = False
        self.hang_up()
        self.refuse(self.eio_socket, TOO_SLOW)

    def _send_rest(self) -> None:
        try:
            while self._unsent:
                del self._unsent[: self._sock.send(self._unsent)]
        except OSError:
            self.hang_up()
        finally:
            self._sender = None


def is_handshake(environ) -> bool:
    """Say whether a request asks for a WebSocket, as RFC 6455 has it in 4.2.1."""
    asked = {name: environ.get(f"HTTP_{name}", "").lower() for name in ("UPGRADE", "CONNECTION")}
    return (
        asked["UPGRADE"] == "websocket"
        and "upgrade" in asked["CONNECTION"]
        and environ.get("HTTP_SEC_WEBSOCKET_VERSION") == "13"
        and bool(environ.get("HTTP_SEC_WEBSOCKET_KEY"))
    )


def answer_to(key: str) -> bytes:
    token = generate_accept_token(key.encode("latin-1")).decode()
    head = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"]
    return "\r\n".join([*head, f"Sec-WebSocket-Accept: {token}", "", ""]).encode()


@functools.lru_cache(maxsize=16)
def frame_of(message: str | bytes) -> bytes:
    """Return a message as it travels: what is sent to many is made into a frame once."""
    return ENCODER.send(Message(data=message))
