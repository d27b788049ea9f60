"""A connection of Engine.IO as the guard sees it: long-polling, WebSocket, or upgraded."""

import contextlib
import io
import logging
import socket
from collections.abc import Callable

import gevent
from gevent.lock import RLock
from wsproto.connection import Connection as WebSocketProtocol
from wsproto.connection import ConnectionType
from wsproto.events import CloseConnection, Message
from wsproto.frame_protocol import CloseReason

from .packets import MAX_SIZE, UPGRADE, Malformed, check_frame
from .wsgi import SendTimeout, send_in_time, send_now

log = logging.getLogger(__name__)

BROKEN = {CloseReason.PROTOCOL_ERROR, CloseReason.INVALID_FRAME_PAYLOAD_DATA}
MAX_UNFETCHED = 16  # frames that a client may send before it polls again


class Connection:
    """A client's connection. The app finds it in the environ of the handshake, as "connection"."""

    def __init__(self, environ: dict, close_polling: Callable[["Connection"], None]):
        self.environ = environ  # of the handshake
        self.eio_sid = ""  # Engine.IO's ID, as soon as a handshake by polling is answered
        self.websocket: CheckedSocket | None = None
        self.is_upgraded = False  # from polling to a WebSocket
        self.polls = 0  # polling requests that wait or whose answer is being sent
        self.unfetched = 0  # frames that the client has sent since it last polled
        self.is_refused = False
        self.close_polling = close_polling

    @property
    def keeps_up(self) -> bool:
        """Whether the client reads its messages. If it doesn't, its events have to wait."""
        if self.websocket:
            return not self.websocket.is_blocked
        return self.unfetched <= MAX_UNFETCHED

    def drop(self) -> None:
        """Close the connection as if the network had failed, so that its client tries again."""
        if self.websocket:
            self.websocket.hang_up()
        if not self.is_upgraded:
            self.close_polling(self)

    def refuse(self, why: str = "malformed frame") -> None:
        """Close the connection of a client that breaks a rule, and log that once."""
        if not self.is_refused:
            self.is_refused = True
            user_id = self.environ["session"].get("_user_id", "nobody")
            log.warning("a connection of user %s is closed: %s", user_id, why)
            self.drop()


class CheckedSocket:
    """A client's socket. It checks each frame before simple-websocket reads it.

    After a malformed frame or a message that's too long, simple-websocket reads the end of the
    connection, as if the client had hung up.
    """

    def __init__(self, sock: socket.socket, connection: Connection):
        self.sock = sock
        self.connection = connection
        self.has_sent = False  # so the handshake has been answered
        self.is_blocked = False  # a message waits because the client doesn't read
        self.protocol = WebSocketProtocol(ConnectionType.SERVER)
        self.parts: list[str | bytes] = []  # of a message that isn't complete yet
        self.size = 0  # of these parts together, in bytes or characters
        self.expected = list(UPGRADE) if connection.eio_sid else []  # the next messages
        self.writing = RLock()  # several greenlets write, each a whole frame

    def recv(self, size: int) -> bytes:
        gevent.sleep(0)  # a client that never stops sending mustn't block the others
        data = self.sock.recv(size)
        try:
            self.check(data)
        except Malformed:
            self.connection.refuse()
            return b""
        return data

    def check(self, data: bytes) -> None:
        """Raise Malformed for a broken frame, or a message that's too long or isn't Engine.IO."""
        self.protocol.receive_data(data or None)
        for event in self.protocol.events():
            if isinstance(event, CloseConnection) and event.code in BROKEN:
                raise Malformed
            if not isinstance(event, Message):
                continue
            if event.data:  # empty parts could come without end
                self.parts.append(event.data)
                self.size += len(event.data)
            if self.size > MAX_SIZE:
                raise Malformed
            if event.message_finished:
                message = type(event.data)().join(self.parts)
                self.parts.clear()
                self.size = 0
                self.check_message(message)

    def check_message(self, message: str | bytes) -> None:
        if not self.expected:
            check_frame(message)
        elif message != self.expected.pop(0):
            raise Malformed
        else:
            self.connection.is_upgraded = not self.expected

    def send(self, data: bytes) -> int:
        """Send all of the data. Refuse a client that doesn't read it in time."""
        self.has_sent = True
        sent = 0 if self.is_blocked else send_now(self.sock, data)
        if sent < len(data):
            self.send_rest(data[sent:])
        return len(data)

    def send_rest(self, data: bytes) -> None:
        """Send a frame or the rest of one, after those that already wait for the client."""
        with self.writing:
            self.is_blocked = True
            try:
                send_in_time(self.sock, data)
            except SendTimeout:
                self.connection.refuse("it doesn't take what it is sent")
                raise
            finally:
                self.is_blocked = False

    def hang_up(self) -> None:
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Do nothing, because the WSGI server closes the socket."""


def body_of(environ: dict) -> bytes:
    """Return the body of a polling request. Raise Malformed if it's too long or ends too early."""
    is_chunked = "HTTP_TRANSFER_ENCODING" in environ
    length = MAX_SIZE + 1 if is_chunked else int(environ.get("CONTENT_LENGTH") or 0)
    if length > MAX_SIZE and not is_chunked:
        raise Malformed
    body = environ["wsgi.input"].read(length)
    if len(body) > MAX_SIZE or (not is_chunked and len(body) < length):
        raise Malformed
    return body


def with_body(environ: dict, body: bytes) -> dict:
    """Return a copy of the request with this body, in one piece."""
    return environ | {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
