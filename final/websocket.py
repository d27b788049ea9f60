"""The WebSocket of a socket: how it is read, how it is written to, and how it ends."""

import contextlib
import socket

import gevent
import simple_websocket
from engineio.async_drivers.gevent import WebSocketWSGI
from wsproto.events import Message
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import LocalProtocolError, RemoteProtocolError

from .packets import Malformed, check_frame

HAS_OPENED = "websocket.has_opened"  # in environ
BROKEN = {CloseReason.PROTOCOL_ERROR, CloseReason.INVALID_FRAME_PAYLOAD_DATA}


class NoThread:
    """In the place of simple-websocket's thread: it would read on while frames are handled.

    So a client that sends and sends would keep the server from everybody else.
    """

    name = ""

    def __init__(self, target):
        pass

    def start(self) -> None:
        pass


class WebSocket(WebSocketWSGI):
    """The WebSocket of a socket of python-engineio: is read as long as its frames are sound."""

    def __init__(self, refuse, handler, server):
        super().__init__(handler, server)
        self.server_args |= {
            "max_message_size": server.max_http_buffer_size,
            "thread_class": NoThread,
        }
        self.refuse = refuse
        self.eio_socket = handler.__self__
        self.ws = None

    @property
    def _sock(self) -> socket.socket:
        """By this name python-engineio looks for what it gives a time limit."""
        return self.ws.sock

    def __call__(self, environ, start_response):
        environ[HAS_OPENED] = True
        try:
            return super().__call__(environ, start_response)
        except (simple_websocket.ConnectionError, RemoteProtocolError):
            environ[HAS_OPENED] = False
            if not self.eio_socket.connected:
                self.eio_socket.close(wait=False, abort=True)
            return self.eio_socket.server._bad_request()
        finally:
            self.eio_socket.upgrading = False
            if self.ws:
                with contextlib.suppress(OSError, LocalProtocolError):  # it is closing already
                    self.close()
                with contextlib.suppress(OSError):
                    self.ws.sock.shutdown(socket.SHUT_RDWR)
                self.ws.sock.close()

    def wait(self) -> str | bytes | None:
        """Return the next frame; None when the WebSocket has closed, or sent what is malformed."""
        gevent.sleep(0)  # one frame, then it is the others' turn
        if self.eio_socket.closed:
            return None
        self.read()
        frame = super().wait()
        try:
            if frame is not None:
                check_frame(frame, self.eio_socket.upgrading)
            elif self.ws.close_reason in BROKEN or self.is_too_long():
                raise Malformed
        except Malformed:
            self.refuse(self.eio_socket)
            return None
        return frame

    def read(self) -> None:
        """Wait until a whole message has come, or the end."""
        while self.ws.connected and not self.ws.input_buffer:
            try:
                data = self.ws.sock.recv(self.ws.receive_bytes)
                self.ws.ws.receive_data(data)
                self.ws.connected = self.ws._handle_events() and data != b""
            except (OSError, LocalProtocolError):
                self.ws.connected = False

    def is_too_long(self) -> bool:
        return self.ws.incoming_message_len > self.ws.max_message_size

    def send(self, message: str | bytes) -> None:
        """Send all of it, also when the client is slow to read."""
        try:
            self.ws.sock.sendall(self.ws.ws.send(Message(data=message)))
        except LocalProtocolError:
            raise OSError("this WebSocket is closed") from None
