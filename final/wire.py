"""The wire of sockets: whoever sends what no honest client would is cut off, and nobody else.

python-engineio and python-socketio take the form of what comes in for granted: a malformed frame
raises inside them, a traceback each time, and may leave a socket half alive. So it is looked at
before that. It closes the socket that sent it, with one line in the log; a request that makes no
sense, or comes after the end of its socket, is answered with 400.
"""

import contextlib
import functools
import io
import logging
import urllib.parse
import weakref
from collections import Counter

import socketio

from . import quotas
from .admission import Strangers
from .origin import is_own_origin
from .outbox import Fetched, Outbox, unsent
from .pace import AtOnce
from .packets import Malformed, Packet, check_payload
from .rooms import Manager
from .websocket import HAS_OPENED, TOO_SLOW, WebSocket

log = logging.getLogger(__name__)

MOST_CONNECTS = 10  # over one connection: a client does that once
MOST_WAITING = 1000  # packets, until somebody who polls fetches them
MAX_SIZE = 64 * 1024  # bytes of a message with its attachments: events are small
MOST_POLLS = 3  # requests of one socket that wait for packets; a client has one
MALFORMED = "it sent a malformed frame"
UNAVAILABLE = "503 Service Unavailable"
BAD_REQUEST = "400 Bad Request", b"this is no request to a socket that is open"


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
        self._polls = AtOnce(MOST_POLLS)  # likewise
        self._is_ending = False
        self.strangers = Strangers()
        self.eio._async = self.eio._async | {
            "websocket": functools.partial(WebSocket, self.refuse),
            "queue": Outbox,
        }

    def listen(self) -> None:
        """Hear other processes from now on: by itself that begins with the first socket."""
        self.manager_initialized = True
        self.manager.initialize()

    def refuse(self, eio_socket, why: str = MALFORMED) -> None:
        """Close a socket that has sent a malformed frame, or takes nothing; say so, once."""
        environ = self.environ.get(eio_socket.sid)
        if environ is None or eio_socket in self._refused:
            return  # it is closed already
        self._refused.add(eio_socket)
        user_id = environ["session"].get("_user_id", "nobody")
        log.warning("a socket of user %s is closed: %s", user_id, why)
        if why == TOO_SLOW:
            eio_socket.queue.empty_out()
        eio_socket.close(wait=False, reason=self.reason.TRANSPORT_ERROR)

    def unsent(self, sid: str) -> int:
        """Return how many bytes wait for this client; 0 if it has gone."""
        eio_socket = self._socket_of(sid)
        return unsent(eio_socket) if eio_socket else 0

    def drop(self, sid: str) -> None:
        """Close the connection of this socket as if it had failed, so its client tries again."""
        if eio_socket := self._socket_of(sid):
            eio_socket.close(wait=False)

    def _socket_of(self, sid: str):
        return self.eio.sockets.get(self.manager.eio_sid_from_sid(sid, "/"))

    def close_strangers(self) -> None:
        """Close the connections that nobody was let in by in time, and those that were refused."""
        for eio_sid in self.strangers.overdue():
            if eio_socket := self.eio.sockets.get(eio_sid):
                eio_socket.close(wait=False)

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
            return answer(start_response, UNAVAILABLE, b"this server is just ending, try again")
        if "sid" not in query and not self.strangers.may_come(environ["session"]):
            return answer(start_response, UNAVAILABLE, b"too many connections, try again later")
        eio_socket = self.eio.sockets.get(query.get("sid", [""])[0])
        connection = environ.get("HTTP_CONNECTION", "").lower()
        is_nonsense = ("sid" in query and not eio_socket) or (
            query.get("transport") == ["websocket"] and "upgrade" not in connection
        )
        is_post = environ["REQUEST_METHOD"] == "POST"
        is_upgrade = environ.get("HTTP_UPGRADE", "").lower() == "websocket"
        is_poll = bool(eio_socket) and not is_post and not is_upgrade
        if is_poll:
            is_nonsense |= self._polls.asked(eio_socket.sid) >= MOST_POLLS
        elif eio_socket and is_upgrade:
            is_nonsense |= eio_socket.upgrading  # by another connection
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
            return answer(start_response, *BAD_REQUEST)

        def start_unless_over(status, headers, exc_info=None):
            if environ.get(HAS_OPENED):
                return None  # nothing more may be written to what was a WebSocket
            if is_post and eio_socket in self._refused:
                status, _ = BAD_REQUEST
            return start_response(status, headers, exc_info)

        poll = self._polls.turn(eio_socket.sid) if is_poll else contextlib.nullcontext()
        try:
            with poll:
                body = super().handle_request(environ, start_unless_over)
            if is_poll:
                return Fetched(body, eio_socket.queue)
            return [] if environ.get(HAS_OPENED) else body
        except (KeyError, OSError):  # the socket has closed, before or meanwhile
            return [] if environ.get(HAS_OPENED) else answer(start_response, *BAD_REQUEST)

    # What is sent: events to many, and answers.

    def _send_eio_packet(self, eio_sid, eio_pkt):
        super()._send_eio_packet(eio_sid, eio_pkt)
        self._refuse_if_slow(eio_sid)

    def _send_packet(self, eio_sid, pkt):
        super()._send_packet(eio_sid, pkt)
        self._refuse_if_slow(eio_sid)

    def _refuse_if_slow(self, eio_sid: str) -> None:
        """Close a socket that polls and doesn't fetch what waits; a WebSocket sees to it itself."""
        eio_socket = self.eio.sockets.get(eio_sid)
        if eio_socket and not eio_socket.upgraded:
            is_long = eio_socket.queue.qsize() >= MOST_WAITING
            if is_long or unsent(eio_socket) > quotas.UNSENT:
                self.refuse(eio_socket, TOO_SLOW)

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
            if is_due:
                come = self._binary_packet[eio_sid].attachments
                if sum(map(len, come)) + len(data) > self.eio.max_http_buffer_size:
                    raise Malformed
            super()._handle_eio_message(eio_sid, data)
        except Malformed:
            self.refuse(self.eio.sockets[eio_sid])

    def _handle_connect(self, eio_sid, namespace, data):
        self._connects[eio_sid] += 1
        if self._connects[eio_sid] > MOST_CONNECTS:
            raise Malformed  # each time it is looked up who that is, and friends are told
        super()._handle_connect(eio_sid, namespace, data)
        self._see_who_is_in(eio_sid)

    def _handle_disconnect(self, eio_sid, namespace, reason=None):
        super()._handle_disconnect(eio_sid, namespace, reason)
        self._see_who_is_in(eio_sid)

    def disconnect(self, sid, namespace=None, ignore_queue=False):
        eio_sid = self.manager.eio_sid_from_sid(sid, namespace or "/")
        super().disconnect(sid, namespace, ignore_queue)
        self._see_who_is_in(eio_sid)

    def _see_who_is_in(self, eio_sid: str) -> None:
        """Keep a connection that somebody has been let in by; close any other one soon."""
        eio_socket = self.eio.sockets.get(eio_sid)
        if self.manager.is_connected(self.manager.sid_from_eio_sid(eio_sid, "/"), "/"):
            self.strangers.let_in(eio_sid)
        elif eio_socket and not eio_socket.closing:
            self.strangers.turn_away(eio_sid)

    def _handle_eio_connect(self, eio_sid, environ):
        super()._handle_eio_connect(eio_sid, environ)
        self.strangers.come(eio_sid, environ["session"].id)

    def _handle_eio_disconnect(self, eio_sid, reason):
        super()._handle_eio_disconnect(eio_sid, reason)
        self._binary_packet.pop(eio_sid, None)
        del self._connects[eio_sid]  # if it is there
        self.strangers.close(eio_sid)
        self.eio.sockets.pop(eio_sid, None)  # python-engineio itself sweeps it away much later

    def _handle_event_internal(self, server, sid, eio_sid, data, namespace, id):
        if data[0] in {*self.reserved_events, "*"}:
            data = ["", *data[1:]]  # only the server itself may call these: no such event
        if self.manager.is_connected(sid, namespace):  # it has not gone before its turn came
            super()._handle_event_internal(server, sid, eio_sid, data, namespace, id)


def answer(start_response, status: str, text: bytes) -> list[bytes]:
    start_response(status, [("Content-Type", "text/plain")])
    return [text]
