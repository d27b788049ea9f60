"""A WebSocket: how it opens, how it's read, and how it ends.

wsproto knows the protocol, and this module moves the bytes. The server agrees to no compression,
because messages are short. So all recipients of a message can get the same frame.
"""

from __future__ import annotations

import base64
import socket

import gevent
from wsproto.connection import Connection, ConnectionState, ConnectionType
from wsproto.events import CloseConnection, Event, Message, Ping
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import generate_accept_token

from .exceptions import Malformed, Refused
from .writer import Writer

READ = 4096  # bytes at a time
GOODBYE = 1  # seconds for the client to close, too


class WebSocket:
    """The server's side of a WebSocket. One greenlet reads; any greenlet may send, without waiting.

    A message of the client may have `max_size` bytes.
    """

    __slots__ = (
        "_is_broken",
        "_max_size",
        "_parts",
        "_protocol",
        "_size",
        "_sock",
        "_writer",
        "is_open",
    )

    def __init__(self, sock: socket.socket, writer: Writer, max_size: int):
        sock.settimeout(None)  # the heartbeat finds out which clients have gone
        self._sock = sock
        self._writer = writer
        self._max_size = max_size
        self._protocol = Connection(ConnectionType.SERVER)
        self.is_open = True  # neither side has said that it closes
        self._is_broken = False  # the client broke the protocol, so the rest is unreadable
        self._parts: list[str | bytes] = []  # of a message that isn't complete yet
        self._size = 0  # bytes of these parts together

    def accept(self, key: str) -> None:
        """Answer the handshake. `key` is the client's Sec-WebSocket-Key."""
        self._writer.gather()  # the first messages go with the answer
        self._writer.write(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: %s\r\n\r\n" % generate_accept_token(key.encode())
        )

    def send(self, frame: bytes) -> None:
        """Send a frame, unless the WebSocket has closed."""
        if self.is_open:
            self._writer.write(frame)

    @property
    def unsent(self) -> int:
        """How many bytes the client hasn't taken yet."""
        return self._writer.unsent

    # Reading.

    def receive(self) -> str | bytes | None:
        """Wait for the next message; return None at the end.

        Raise Malformed if the client sends what isn't a WebSocket frame, or too long a message.
        """
        gevent.sleep(0)  # one message, then it's the others' turn
        self._writer.flush()
        while self.is_open:
            for event in self._protocol.events():
                if (message := self._hear(event)) is not None:
                    self._writer.gather(first_at_once=True)  # the other answers go together
                    return message
                gevent.sleep(0)  # pings and parts of messages may come without end, too
            data = self._recv() if self.is_open else b""
            if data:
                self._protocol.receive_data(data)
            else:
                self.is_open = False
        return None

    def _hear(self, event: Event) -> str | bytes | None:
        """Take note of an event, and return the message if it completes one."""
        if not self.is_open:
            return None
        if isinstance(event, Message):
            return self._add(event)
        if isinstance(event, Ping):
            self._writer.write(self._protocol.send(event.response()))
        elif isinstance(event, CloseConnection):
            self._hear_close(event)
        return None

    def _recv(self) -> bytes:
        """Wait for data; return nothing at the end."""
        try:
            return self._sock.recv(READ)
        except OSError:  # the client has gone, or was hung up on
            return b""

    def _add(self, part: Message) -> str | bytes | None:
        data = part.data
        if data:  # or empty parts would be collected without end
            self._parts.append(data)
            is_ascii = isinstance(data, bytes) or data.isascii()
            self._size += len(data) if is_ascii else len(data.encode())
        if self._size > self._max_size:
            self._break("a message that is too long", CloseReason.MESSAGE_TOO_BIG)
        if not part.message_finished:
            return None
        message = type(data)().join(self._parts)
        self._parts = []
        self._size = 0
        return message

    def _hear_close(self, event: CloseConnection) -> None:
        # wsproto reports a broken frame as the same event. But then its state doesn't change.
        if self._protocol.state in {ConnectionState.OPEN, ConnectionState.LOCAL_CLOSING}:
            is_text = event.code == CloseReason.INVALID_FRAME_PAYLOAD_DATA
            self._break("text that isn't UTF-8" if is_text else str(event.reason), event.code)
        self.close(event.code)

    def _break(self, why: str, code: int) -> None:
        self._is_broken = True
        self.close(code)
        raise Malformed(why)

    # The end.

    def close(self, code: int = CloseReason.NORMAL_CLOSURE) -> None:
        """Say that this is the end, once. The client has a second to say the same."""
        self.is_open = False
        state = self._protocol.state
        if state is ConnectionState.OPEN:
            gevent.spawn_later(GOODBYE, self._writer.hang_up)
        if state in {ConnectionState.OPEN, ConnectionState.REMOTE_CLOSING}:
            self._writer.write(self._protocol.send(CloseConnection(code)))
            self._writer.flush()

    def finish(self) -> None:
        """Close, and wait until the client has closed, too, or has had its second to do so."""
        self.close()
        while not self._has_heard_goodbye() and (data := self._recv()):
            gevent.sleep(0)
            if not self._is_broken:
                self._protocol.receive_data(data)
        self._writer.finish()

    def _has_heard_goodbye(self) -> bool:
        """Look through the data so far, and return whether both sides have closed."""
        for event in self._protocol.events():
            is_end = isinstance(event, CloseConnection)
            self._is_broken |= is_end and self._protocol.state is ConnectionState.LOCAL_CLOSING
        return self._protocol.state is ConnectionState.CLOSED


def key_of(environ: dict) -> str:
    """Return the key of a WebSocket handshake (RFC 6455, 4.2.1). Raise Refused if it isn't one."""
    names = [name.strip() for name in environ.get("HTTP_CONNECTION", "").lower().split(",")]
    key = environ.get("HTTP_SEC_WEBSOCKET_KEY", "")
    if "upgrade" not in names or environ.get("HTTP_UPGRADE", "").lower() != "websocket":
        raise Refused("this isn't a WebSocket handshake")
    if environ.get("HTTP_SEC_WEBSOCKET_VERSION") != "13":
        raise Refused("this version of WebSocket isn't known here: use 13")
    if environ.get("CONTENT_LENGTH") not in {None, "", "0"} or "HTTP_TRANSFER_ENCODING" in environ:
        raise Refused("a WebSocket handshake has no body", closes=True)
    try:
        is_key = len(base64.b64decode(key, validate=True)) == 16
    except ValueError:
        is_key = False
    if not is_key:
        raise Refused("Sec-WebSocket-Key isn't a key")
    return key
