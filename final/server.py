"""What serves the app, for `python -m final` as for gunicorn, and how it ends.

It ends without anybody being cut off: whoever has asked is answered, and a page whose socket goes
comes back by itself, to this app started again or to another instance.
"""

import contextlib
import errno
import gc
import io
import socket

import gevent
from gevent.pool import Pool
from gevent.pywsgi import WSGIHandler, WSGIServer

from . import quotas
from .head import LINE, Head
from .websocket import HAS_OPENED, SOCKET

LIMIT = 10  # seconds for what is being served to be finished
GOODBYE = 1  # seconds for clients to say that they close their WebSocket, too
COLLECT_AFTER = 50_000, 20, 100  # new objects: see gc.set_threshold


class Turns(io.RawIOBase):
    """Reads from a connection, and lets others be served before each time.

    gevent itself lets them only when it has to wait, and a client that never stops sending never
    makes it wait.
    """

    def __init__(self, raw: io.RawIOBase):
        self.raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int | None:
        gevent.sleep(0)
        return self.raw.readinto(buffer)

    def close(self) -> None:
        self.raw.close()
        super().close()


class Handler(WSGIHandler):
    """One connection: its requests, one after the other. None follows a WebSocket."""

    MessageClass = Head
    is_waiting = False  # for a request
    has_asked = False  # the head of one has come

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):  # the client has gone
            # An answer's head and body are sent apart: the second would wait for word of the first.
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.rfile = io.BufferedReader(Turns(self.rfile.detach()))
            super().handle()

    def read_requestline(self) -> str:
        self.is_waiting, self.has_asked = True, False
        gevent.sleep(0)  # the next request may have come already, with a hundred others
        try:
            return super().read_requestline()
        finally:
            self.is_waiting = False

    def read_request(self, raw_requestline: str) -> bool:
        if not LINE.fullmatch(raw_requestline):
            raise ValueError("this is no line of a request")
        super().read_request(raw_requestline)
        if self.request_version == "HTTP/1.1":  # RFC 9112, 3.2 and 6.1
            is_sound = "host" in self.headers
        else:
            is_sound = "transfer-encoding" not in self.headers
        if not is_sound:
            raise ValueError(f"this is no {self.request_version}")
        return True

    def get_environ(self) -> dict:
        self.has_asked = True
        environ = super().get_environ()
        environ[SOCKET] = self.socket
        return environ

    def start_response(self, status, headers, exc_info=None):
        if self.server.closed:
            headers = [*headers, ("Connection", "close")]
        return super().start_response(status, headers, exc_info)

    def write(self, data: bytes) -> None:
        self.socket.settimeout(quotas.TAKEN_WITHIN)  # or it would wait without end
        try:
            super().write(b"" if self.command == "HEAD" else data)
        except TimeoutError as error:  # gevent expects this one, and closes the connection
            raise ConnectionResetError(errno.ECONNRESET, "an answer isn't taken") from error
        finally:
            self.socket.settimeout(None)

    def log_request(self) -> None:
        pass  # that is the proxy's

    def handle_one_response(self) -> None:
        super().handle_one_response()
        is_read = self.environ["wsgi.input_terminated"]  # or left to the app, or full of frames
        if self.server.closed or not is_read:
            self.close_connection = True

    def _handle_client_error(self, ex: Exception) -> tuple[str, bytes]:
        return super()._handle_client_error(ValueError("this is no HTTP"))

    @property
    def is_kept(self) -> bool:
        """Whether it has been answered, and may ask for more."""
        return self.is_waiting and self.environ is not None

    @property
    def is_websocket(self) -> bool:
        return self.environ is not None and bool(self.environ.get(HAS_OPENED))

    def let_go(self) -> None:
        """Wait for no other request. One that has come already is answered."""
        # Not gevent's own shutdown: that breaks off the reading.
        with contextlib.suppress(OSError):  # the client has gone
            self.socket._sock.shutdown(socket.SHUT_RD)

    def hang_up(self) -> None:
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)


class Server(WSGIServer):
    """A server of the app which, when it closes, lets go of all who want nothing of it now.

    `stop` then waits until the others are answered, for LIMIT seconds.
    """

    handler_class = Handler
    stop_timeout = LIMIT

    def __init__(self, listener, application, spawn=None, log=None, **options):
        self.connections: set[Handler] = set()
        spawn = Pool() if spawn is None else spawn
        super().__init__(listener, application, spawn=spawn, log=None, **options)

    def start(self) -> None:
        """Begin to serve. What has been made by now stays, so Python need not look for it again."""
        super().start()
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECT_AFTER)

    def handle(self, sock, address) -> None:
        handler = self.handler_class(sock, address, self)
        self.connections.add(handler)
        try:
            handler.handle()
        finally:
            self.connections.remove(handler)

    def close(self) -> None:
        """Accept nobody else; close the sockets, and the connections that are only kept open."""
        is_open = self.started
        if is_open:
            self._do_read()  # who has connected, and is not accepted yet, would be cut off
        super().close()
        if is_open:
            self.application.extensions["sockets"].let_go()
            for connection in self.connections:
                if connection.is_kept:
                    connection.let_go()
            gevent.spawn_later(GOODBYE, self.hang_up)

    def hang_up(self) -> None:
        """End what could still last: who has not asked by now, or has not closed a WebSocket."""
        for connection in self.connections:
            if connection.is_websocket or not connection.has_asked:
                connection.hang_up()
