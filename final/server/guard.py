"""The guard in front of python-socketio, which trusts its clients.

python-engineio and simple-websocket expect every client to follow the protocol. This WSGI
middleware stands between them and the network, and uses only their public interfaces:

* A malformed frame closes the connection that sent it, and isn't passed on.
* When a WebSocket closes, its request ends without a traceback.
* A client that doesn't read is disconnected after some time.

The fast transport (FAST=1) does all of this itself and needs no guard.
"""

import contextlib
import errno
import json
import logging
from urllib.parse import parse_qs

from .connection import CheckedSocket, Connection, body_of, with_body
from .gate import Gate
from .log import place
from .packets import CLOSE, frames_in

log = logging.getLogger(__name__)

MAX_POLLS = 3  # polling requests of one connection at a time; a browser has one
SOCKET = "werkzeug.socket"  # the key in environ under which simple-websocket finds the socket
EXTENSIONS = "HTTP_SEC_WEBSOCKET_EXTENSIONS"
NOT_ALLOWED = "405 Method Not Allowed", ""
BUSY = "503 Service Unavailable", "too many connections, or the server is restarting: try again"
CLOSED = "400 Bad Request", "this connection is closed"
MALFORMED = "400 Bad Request", "this isn't a request of Engine.IO"


class Guard:
    """WSGI middleware around a `socketio.WSGIApp`."""

    def __init__(self, app, gate: Gate):
        self.app = app
        self.gate = gate
        self.polling: dict[str, Connection] = {}  # {Engine.IO's ID: a connection that polls}

    def __call__(self, environ, start_response):
        if not environ["PATH_INFO"].startswith("/socket.io/"):
            return self.app(environ, start_response)
        if environ["REQUEST_METHOD"] not in {"GET", "POST"}:
            return answer(start_response, *NOT_ALLOWED)
        query = parse_qs(environ["QUERY_STRING"])
        eio_sid = query.get("sid", [None])[0]
        connection = self.polling.get(eio_sid or "")
        if eio_sid and not connection:
            return answer(start_response, *CLOSED)
        if not eio_sid and not self.gate.may_open(environ):
            return answer(start_response, *BUSY)
        try:
            if "HTTP_UPGRADE" in environ or query.get("transport") == ["websocket"]:
                if not is_handshake(environ) or query.get("transport") != ["websocket"]:
                    return answer(start_response, *MALFORMED)
                return self.websocket(connection, environ, start_response)
            if not connection:
                return self.handshake(environ, start_response)
            if environ["REQUEST_METHOD"] == "POST":
                return self.post(connection, environ, start_response)
            return self.poll(connection, environ, start_response)
        except ConnectionError:
            raise  # the client has gone, which the WSGI server expects
        except KeyError:  # python-engineio has closed the connection meanwhile
            return answer(start_response, *CLOSED)
        except Exception as error:
            log.warning("a request to /socket.io/ is refused (%s)", place(error))
            return answer(start_response, *MALFORMED)

    # Long-polling.

    def handshake(self, environ, start_response) -> list[bytes]:
        connection = environ["connection"] = Connection(environ, self.close_polling)
        body = b"".join(self.app(environ, start_response))
        if body.startswith(b"0{"):  # Engine.IO's frame that opens a connection
            connection.eio_sid = json.loads(body[1:])["sid"]
            self.polling[connection.eio_sid] = connection
            self.gate.opened(connection, environ)
        return [body]

    def post(self, connection: Connection, environ, start_response):
        """Pass on a client's frames, unless one of them is malformed."""
        try:
            body = body_of(environ)
            frames = frames_in(body)
        except ValueError:
            connection.refuse()
            return answer(start_response, *MALFORMED)
        except OSError:  # the body ends early, or its chunks are broken, so the rest is unreadable
            return answer(start_response, *MALFORMED, ("Connection", "close"))
        connection.unfetched += len(frames)
        try:
            return self.app(with_body(environ, body), start_response)
        finally:
            if CLOSE in frames:
                self.forget(connection)

    def forget(self, connection: Connection) -> None:
        """Note that a connection has closed."""
        self.polling.pop(connection.eio_sid, None)
        self.gate.closed(connection)

    def poll(self, connection: Connection, environ, start_response):
        """Let a client wait for events. Its request counts until the answer is sent."""
        if connection.polls >= MAX_POLLS:
            return answer(start_response, *MALFORMED)
        connection.polls += 1
        try:
            return PollAnswer(self.app(environ, start_response), connection)
        except BaseException:
            connection.polls -= 1
            raise

    def close_polling(self, connection: Connection) -> None:
        """Close a connection by passing on a closing frame, as if its client had sent it."""
        is_open = connection.eio_sid in self.polling
        self.forget(connection)
        if is_open:
            request = with_body(connection.environ, CLOSE.encode())
            request["REQUEST_METHOD"] = "POST"
            request["QUERY_STRING"] = f"EIO=4&transport=polling&sid={connection.eio_sid}"
            with contextlib.suppress(KeyError):  # python-engineio has closed it already
                self.app(request, lambda *_: None)

    # WebSocket.

    def websocket(self, connection: Connection | None, environ, start_response):
        """Serve a WebSocket until it closes. Then end its request without a response."""
        if not connection:
            connection = environ["connection"] = Connection(environ, self.close_polling)
            self.gate.opened(connection, environ)
        elif connection.websocket:
            return answer(start_response, *MALFORMED)  # a connection has only one
        websocket = connection.websocket = CheckedSocket(environ[SOCKET], connection)
        environ[SOCKET] = websocket
        # Leave out the offer of compression, because a few bytes could become gigabytes.
        environ.pop(EXTENSIONS, None)
        try:
            return self.app(environ, start_response)
        except Exception as error:
            if not websocket.has_sent:
                raise
            if not isinstance(error, OSError):
                log.warning("a WebSocket has failed (%s)", place(error))
            websocket.hang_up()
            raise ConnectionResetError(errno.ECONNRESET, "the WebSocket has closed") from None
        finally:
            connection.websocket = None
            environ[SOCKET] = websocket.sock  # or environ would keep the checked socket alive
            if connection.is_upgraded or not connection.eio_sid:
                self.forget(connection)


class PollAnswer(list):
    """The body of the answer to a poll. The WSGI server closes it when it's sent: see PEP 3333."""

    def __init__(self, parts: list[bytes], connection: Connection):
        super().__init__(parts)
        self.connection = connection

    def close(self) -> None:
        self.connection.polls -= 1
        self.connection.unfetched = 0


def is_handshake(environ) -> bool:
    """Return whether a request asks properly for a WebSocket (RFC 6455, 4.2.1)."""
    asked = {name: environ.get(f"HTTP_{name}", "").lower() for name in ("UPGRADE", "CONNECTION")}
    return (
        asked["UPGRADE"] == "websocket"
        and "upgrade" in asked["CONNECTION"]
        and environ.get("HTTP_SEC_WEBSOCKET_VERSION") == "13"
        and bool(environ.get("HTTP_SEC_WEBSOCKET_KEY"))
    )


def answer(start_response, status: str, text: str, *headers: tuple[str, str]) -> list[bytes]:
    length = "Content-Length", str(len(text))
    start_response(status, [("Content-Type", "text/plain"), length, *headers])
    return [text.encode()]
