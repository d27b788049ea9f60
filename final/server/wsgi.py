"""The WSGI server of `python -m final` and of gunicorn: gevent's, with a graceful stop.

When it stops, it still answers the requests that have begun. Pages reconnect automatically, to the
restarted app or to another process.
"""

import contextlib
import errno
import gc
import io
import socket

import gevent
import gevent.socket
from gevent.pool import Pool
from gevent.pywsgi import WSGIHandler, WSGIServer

from ..settings import quotas

GRACEFUL_TIMEOUT = 10  # seconds for the requests that have begun
LAST_ACCEPTS = 0.01  # seconds to accept the clients that have connected already
LAST_REQUESTS = 1  # seconds for a request that is on its way to arrive
READ = 2048  # bytes to read at a time: the heads of most requests fit
COLLECT_AFTER = 50_000, 20, 100  # new objects: see gc.set_threshold


class FairReader(io.RawIOBase):
    """Reads from a connection, and lets gevent serve other clients before each read.

    gevent switches to another client only when it has to wait. While a client never stops sending,
    it never has to.
    """

    def __init__(self, sock: socket.socket):
        self.sock = sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int | None:
        gevent.sleep(0)
        return self.sock.recv_into(buffer)


class SendTimeout(ConnectionResetError):
    """A client doesn't read. After such an error, gevent closes its connection without a word."""


def send_now(sock: gevent.socket.socket, data: bytes) -> int:
    """Send what the network takes without waiting. Return the number of bytes."""
    try:
        return sock.send(data, 0, 0.0)  # gevent doesn't wait if the timeout is 0
    except BlockingIOError:
        return 0


def send_in_time(sock: gevent.socket.socket, data: bytes) -> None:
    """Send the data. Raise SendTimeout if the client doesn't read it in time."""
    sent = send_now(sock, data)
    if sent < len(data):  # only now, because a timer costs more than most messages
        error = SendTimeout(errno.ECONNRESET, "not read in time")
        with gevent.Timeout(quotas.TAKEN_WITHIN, error):
            sock.sendall(data[sent:])


class ClientSocket:
    """A client's socket that leaves other clients their turn, and writes with a timeout."""

    def __init__(self, sock: gevent.socket.socket):
        # gevent sends the head and the body of a response apart. Without this option, the body
        # would wait until the client has acknowledged the head.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock

    def __getattr__(self, name: str):
        return getattr(self.sock, name)

    def makefile(self, *_: object) -> io.BufferedReader:
        return io.BufferedReader(FairReader(self.sock), READ)

    def sendall(self, data: bytes) -> None:
        """Send the data. Raise SendTimeout if the client doesn't read it in time."""
        send_in_time(self.sock, data)

    def hang_up(self) -> None:
        """Close the connection in both directions."""
        with contextlib.suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)


class Handler(WSGIHandler):
    """Serves the requests of a connection, one after the other."""

    def __init__(self, client: ClientSocket, address, server: "Server"):
        super().__init__(client, address, server)
        self.client = client
        self.owner = server
        self.is_waiting = True  # for a request
        self.is_kept_alive = False  # a request has been answered, and another one may come

    def handle_one_request(self):
        """Serve a request. Return True if the connection may bring another one."""
        self.is_waiting = True
        result = super().handle_one_request()
        self.is_kept_alive = True
        return None if result is True and self.owner.is_closing else result

    def read_requestline(self) -> str:
        gevent.sleep(0)  # a client may send a hundred requests without a pause
        return super().read_requestline()

    def read_request(self, raw_requestline: str) -> bool:
        """Read the head of a request. If it's malformed, raise ValueError, as gevent expects."""
        try:
            return super().read_request(raw_requestline)
        except Exception:  # for some of them, gevent would print a traceback
            raise ValueError("malformed head") from None

    def get_environ(self) -> dict:
        self.is_waiting = self.is_kept_alive = False
        environ = super().get_environ()
        # simple-websocket looks for it here. It's gevent's own socket, because a WebSocket calls it
        # for each message, and calls through __getattr__ are slow.
        environ["werkzeug.socket"] = self.client.sock
        return environ

    def start_response(self, status, headers, exc_info=None):
        if self.owner.is_closing:
            headers = [*headers, ("Connection", "close")]
        return super().start_response(status, headers, exc_info)


class Server(WSGIServer):
    """A WSGI server that starts and stops the app's background work, and stops gracefully."""

    handler_class = Handler
    stop_timeout = GRACEFUL_TIMEOUT
    is_closing = False

    def __init__(self, listener, application, spawn=None, log=None, **options):
        self.background = application.extensions["background"]
        self.connections: set[Handler] = set()
        spawn = Pool() if spawn is None else spawn
        options |= {"log": None, "error_log": None}  # the proxy writes an access log
        # A bound method: see one_session in app.py.
        super().__init__(listener, application.__call__, spawn=spawn, **options)

    def start(self) -> None:
        """Start serving, and start the background work."""
        super().start()
        self.background.start()
        # The objects that exist by now stay, so the garbage collector can skip them.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECT_AFTER)

    def handle(self, sock, address) -> None:
        """Serve a connection until it closes."""
        with contextlib.suppress(ConnectionError):  # the client has gone
            handler = self.handler_class(ClientSocket(sock), address, self)
            self.connections.add(handler)
            try:
                handler.handle()
            finally:
                self.connections.remove(handler)

    def close(self) -> None:
        """Accept no more connections, stop the background work, and close idle connections."""
        if self.is_closing:
            super().close()
            return
        self.is_closing = True
        gevent.sleep(LAST_ACCEPTS)
        super().close()
        self.background.stop()
        gc.unfreeze()  # or nothing of the app could be collected afterwards
        for connection in self.connections:
            if connection.is_kept_alive:
                connection.client.hang_up()
        gevent.spawn_later(LAST_REQUESTS, self.close_waiting)

    def close_waiting(self) -> None:
        """Close the connections on which no request has arrived by now."""
        for connection in self.connections:
            if connection.is_waiting:
                connection.client.hang_up()
