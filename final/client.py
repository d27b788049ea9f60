"""A client's socket, from which the server reads requests, and to which it writes responses."""

import contextlib
import errno
import io
import socket

import gevent

from . import quotas


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
