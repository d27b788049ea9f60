"""The WSGI server, for `python -m final` and for gunicorn: gevent's, with a graceful end.

The server answers requests that have begun. A page whose socket closes connects again by itself, to
the restarted app or to another process.
"""

from __future__ import annotations

import contextlib
import errno
import gc
import io
import socket

import gevent
from gevent.pool import Pool
from gevent.pywsgi import WSGIHandler, WSGIServer

from ..settings import quotas

LIMIT = 10  # seconds for the requests that have begun
A_MOMENT = 0.01  # seconds, in which clients that have connected already are accepted
GOODBYE = 1  # seconds for a request to arrive that is on its way
COLLECT_AFTER = 50_000, 20, 100  # new objects: see gc.set_threshold


class Turns(io.RawIOBase):
    """Reads from a connection, and serves other clients before each read.

    gevent switches to another client only when it has to wait. A client that never stops sending
    never makes it wait.
    """

    def __init__(self, sock: socket.socket):
        self.sock = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int | None:
        gevent.sleep(0)
        return self.sock.recv_into(buffer)


class Untaken(ConnectionResetError):
    """A client doesn't read. gevent closes its connection without showing a traceback."""


class Client:
    """A client's socket that gives other clients their turn, and doesn't wait forever."""

    def __init__(self, sock: socket.socket):
        # A response's head and body are sent apart: the second would wait for the first's ACK.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock

    def __getattr__(self, name: str):
        return getattr(self.sock, name)

    def makefile(self, *_: object) -> io.BufferedReader:
        return io.BufferedReader(Turns(self.sock))

    def sendall(self, data: bytes) -> None:
        """Send the data. Raise Untaken if the client doesn't take it in time."""
        try:
            sent = self.sock.send(data, 0, 0.0)  # gevent doesn't wait if the timeout is 0
        except BlockingIOError:
            sent = 0
        if sent < len(data):  # only now, because a timer costs more than most messages
            error = Untaken(errno.ECONNRESET, "not taken in time")
            with gevent.Timeout(quotas.TAKEN_WITHIN, error):
                self.sock.sendall(data[sent:])

    def hang_up(self) -> None:
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)


class Handler(WSGIHandler):
    """A connection, and its requests one after the other."""

    def __init__(self, client: Client, address, server: Server):
        super().__init__(client, address, server)
        self.client = client
        self.owner = server
        self.is_waiting = True  # for a request
        self.is_kept = False  # a request has been answered, and the client may send another one

    def handle_one_request(self):
        """Serve a request. Return True if the connection may bring another one."""
        self.is_waiting = True
        result = super().handle_one_request()
        self.is_kept = True
        return None if result is True and self.owner.is_closing else result

    def read_requestline(self) -> str:
        gevent.sleep(0)  # A client may send a hundred requests at once: let others be served.
        return super().read_requestline()

    def read_request(self, raw_requestline: str) -> bool:
        """Read the head of a request. Raise ValueError for gevent if it can't be read."""
        try:
            return super().read_request(raw_requestline)
        except Exception:  # gevent would show a traceback of some of them
            raise ValueError("malformed head") from None

    def get_environ(self) -> dict:
        self.is_waiting = self.is_kept = False
        environ = super().get_environ()
        environ["werkzeug.socket"] = self.client  # where simple-websocket finds it
        return environ

    def start_response(self, status, headers, exc_info=None):
        if self.owner.is_closing:
            headers = [*headers, ("Connection", "close")]
        return super().start_response(status, headers, exc_info)


class Server(WSGIServer):
    """A WSGI server that ends gracefully: `stop` waits for requests, but at most LIMIT seconds."""

    handler_class = Handler
    stop_timeout = LIMIT
    is_closing = False

    def __init__(self, listener, application, spawn=None, log=None, **options):
        self.background = application.extensions["background"]
        self.connections: set[Handler] = set()
        spawn = Pool() if spawn is None else spawn
        options |= {"log": None, "error_log": None}  # the access log is the proxy's
        super().__init__(listener, application, spawn=spawn, **options)

    def start(self) -> None:
        """Start serving. Objects that exist by now stay, so the garbage collector can skip them."""
        super().start()
        self.background.start()
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECT_AFTER)

    def handle(self, sock, address) -> None:
        with contextlib.suppress(ConnectionError):  # the client has gone
            handler = self.handler_class(Client(sock), address, self)
            self.connections.add(handler)
            try:
                handler.handle()
            finally:
                self.connections.remove(handler)

    def close(self) -> None:
        """Accept nobody else. Close the sockets, and the connections that have no request."""
        if self.is_closing:
            super().close()
            return
        self.is_closing = True
        gevent.sleep(A_MOMENT)
        super().close()
        self.background.stop()
        for connection in self.connections:
            if connection.is_kept:
                connection.client.hang_up()
        gevent.spawn_later(GOODBYE, self.hang_up)

    def hang_up(self) -> None:
        """Close the connections on which no request has arrived by now."""
        for connection in self.connections:
            if connection.is_waiting:
                connection.client.hang_up()
