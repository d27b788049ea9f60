"""The wire of sockets: whoever sends what no honest client would is cut off, and nobody else.

python-engineio and python-socketio take the form of what comes in for granted: a malformed frame
raises inside them, a traceback each time, and may leave a socket half alive. So it is looked at
before that. It closes the socket that sent it, with one line in the log; a request that makes no
sense, or comes after the end of its socket, is answered with 400.
"""

import functools
import io
import logging
import urllib.parse
import weakref
from collections import Counter

import socketio

from .origin import is_own_origin
from .packets import Malformed, Packet, check_payload
from .rooms import Manager
from .websocket import HAS_OPENED, WebSocket

log = logging.getLogger(__name__)

MOST_CONNECTS = 10  # over one connection: a client does that once
MOST_WAITING = 1000  # packets, until somebody who polls fetches them
MAX_SIZE = 64 * 1024  # bytes of a message: events are small


class StrictServer(socketio.Server):
    """A Socket.IO server, on gevent, that closes the sockets that malformed frames come from."""

    def __init__(self, manager: socketio.Manager | None = None, **options):
        super().__init__(
            client_manager=manager or Manager(),
            async_mode="gevent",
            serializer=Packet,
            max_http_buffer_size=MAX_SIZE,
            cors_allowed_origins=is_own_origin,
            **options,
        )
        self._refused = weakref.WeakSet()  # of python-engineio's sockets
        self._connects: Counter[str] = Counter()  # by python-engineio's id
        self._is_ending = False
        self.eio._async = self.eio._async | {"websocket": functools.partial(WebSocket, self.refuse)}

    def listen(self) -> None:
        """Hear other processes from now on: by itself that begins with the first socket."""
        self.manager_initialized = True
        self.manager.initialize()

    def refuse(self, eio_socket) -> None:
        """Close a socket that has sent a malformed frame, and say so; once."""
        environ = self.environ.get(eio_socket.sid)
        if environ is None or eio_socket in self._refused:
            return  # it is closed already
        self._refused.add(eio_socket)
        user_id = environ["session"].get("_user_id", "nobody")
        log.warning("a socket of user %s is closed: it sent a malformed frame", user_id)
        eio_socket.close(wait=False, reason=self.reason.TRANSPORT_ERROR)

    def let_go(self) -> None:
        """Close all sockets as if the connection had failed, and open no others.

        After a disconnect in the words of Socket.IO a client would not come back.
        """
        self._is_ending = True
        for eio_socket in [*self.eio.sockets.values()]:
            eio_socket.close(wait=False)

    def handle_request(self, environ, start_response):
        query = urllib.parse.parse_qs(environ["QUERY_STRING"])
        if self._is_ending and "sid" not in query:
            start_response("503 Service Unavailable", [("Content-Type", "text/plain")])
            return [b"this server is just ending, try again"]
        eio_socket = self.eio.sockets.get(query.get("sid", [""])[0])
        connection = environ.get("HTTP_CONNECTION", "").lower()
        is_nonsense = ("sid" in query and not eio_socket) or (
            query.get("transport") == ["websocket"] and "upgrade" not in connection
        )
        is_post = environ["REQUEST_METHOD"] == "POST"
        if is_post and eio_socket and not eio_socket.upgraded:
            try:
                payload = self.payload(environ)
                environ |= {"wsgi.input": io.BytesIO(payload), "CONTENT_LENGTH": str(len(payload))}
            except ValueError:
                self.refuse(eio_socket)
            except OSError:  # The body ended early, or its chunks have no end.
                is_nonsense = True
                environ["wsgi.input_terminated"] = False  # so read no more from this connection
        if is_nonsense or (is_post and eio_socket in self._refused):
            return bad_request(start_response)

        def start_unless_over(status, headers, exc_info=None):
            if environ.get(HAS_OPENED):
                return None  # nothing more may be written to what was a WebSocket
            if is_post and eio_socket in self._refused:
                status = "400 Bad Request"
            return start_response(status, headers, exc_info)

        try:
            body = super().handle_request(environ, start_unless_over)
            return [] if environ.get(HAS_OPENED) else body
        except (KeyError, OSError):  # the socket has closed, before or meanwhile
            return [] if environ.get(HAS_OPENED) else bad_request(start_response)

    def _send_eio_packet(self, eio_sid, eio_pkt):
        eio_socket = self.eio.sockets.get(eio_sid)
        if eio_socket and not eio_socket.upgraded and eio_socket.queue.qsize() >= MOST_WAITING:
            eio_socket.close(wait=False)  # whoever it is does not fetch what there is
        else:
            super()._send_eio_packet(eio_sid, eio_pkt)

    def payload(self, environ) -> bytes:
        """Return the body of a long-polling request, sent in one piece or in chunks.

        Raise ValueError if it is malformed or too long, OSError if it ends too early.
        """
        most = self.eio.max_http_buffer_size
        is_chunked = "HTTP_TRANSFER_ENCODING" in environ and environ["wsgi.input_terminated"]
        length = most + 1 if is_chunked else int(environ.get("CONTENT_LENGTH", 0))
        if length > most and not is_chunked:
            raise Malformed
        payload = environ["wsgi.input"].read(length)
        if len(payload) > most:
            raise Malformed
        check_payload(payload)
        return payload

    def _handle_eio_message(self, eio_sid, data):
        if eio_sid not in self.environ:
            return  # an earlier frame of the same request has closed this socket
        is_due = eio_sid in self._binary_packet
        try:
            if isinstance(data, bytes) is not is_due:
                raise Malformed  # an attachment is missing, or was not announced
            if not is_due and data[0] == "5" and not self.manager.sid_from_eio_sid(eio_sid, "/"):
                raise Malformed  # attachments are announced, and nobody has connected yet
            super()._handle_eio_message(eio_sid, data)
        except Malformed:
            self.refuse(self.eio.sockets[eio_sid])

    def _handle_connect(self, eio_sid, namespace, data):
        self._connects[eio_sid] += 1
        if self._connects[eio_sid] > MOST_CONNECTS:
            raise Malformed  # each time it is looked up who that is, and friends are told
        super()._handle_connect(eio_sid, namespace, data)

    def _handle_eio_disconnect(self, eio_sid, reason):
        super()._handle_eio_disconnect(eio_sid, reason)
        self._binary_packet.pop(eio_sid, None)
        del self._connects[eio_sid]  # if it is there
        self.eio.sockets.pop(eio_sid, None)  # python-engineio itself sweeps it away much later

    def _handle_event_internal(self, server, sid, eio_sid, data, namespace, id):
        if data[0] in {*self.reserved_events, "*"}:
            data = ["", *data[1:]]  # only the server itself may call these: no such event
        if self.manager.is_connected(sid, namespace):  # it has not gone before its turn came
            super()._handle_event_internal(server, sid, eio_sid, data, namespace, id)


def bad_request(start_response) -> list[bytes]:
    start_response("400 Bad Request", [("Content-Type", "text/plain")])
    return [b"this is no request to a socket that is open"]
