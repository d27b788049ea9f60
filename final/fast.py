"""The fast wire (FAST=1): what python-socketio does for each packet and socket, with less.

It can be left out: only create_app knows of it, if FAST is set, and what it does is the same. What
python-engineio and python-socketio have, and what is here in its place:

* a queue for each socket, and a greenlet that empties it: a packet is written at once;
* a task for each ping that is to come: one task, for all sockets.

`benchmarks/report.md` has what that is worth.
"""

from __future__ import annotations

import contextlib
import time
from collections import deque
from typing import TYPE_CHECKING

import engineio
from engineio.exceptions import SocketIsClosedError
from engineio.packet import NOOP, OPEN, PING, Packet
from engineio.socket import Socket

from .wire import StrictServer

if TYPE_CHECKING:
    from .websocket import WebSocket


class FastServer(StrictServer):
    """A Socket.IO server with the fast wire."""

    def _engineio_server_class(self):
        return FastEngine

    def _send_eio_packet(self, eio_sid: str, eio_pkt: Packet) -> None:
        opened = self.eio.sockets.get(eio_sid)
        if opened and opened.upgraded and not opened.closed:
            opened.send(eio_pkt)
        else:
            super()._send_eio_packet(eio_sid, eio_pkt)


class FastEngine(engineio.Server):
    """An Engine.IO server whose sockets are written to at once, and pinged by one task."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self._pings: deque[tuple[float, str]] = deque()  # when, and of which socket: in order

    def ping_later(self, sid: str) -> None:
        self._pings.append((time.monotonic() + self.ping_interval, sid))
        if len(self._pings) == 1:
            self.start_background_task(self._send_pings)

    def _send_pings(self) -> None:
        while self._pings:
            when, sid = self._pings[0]
            self.sleep(max(0, when - time.monotonic()))
            if sid in self.sockets:
                try:
                    self.sockets[sid].ping()
                except Exception:
                    self.logger.exception("a socket could not be pinged")  # the others can
            self._pings.popleft()

    def _handle_connect(self, environ, start_response, transport, jsonp_index=None):
        """Open a socket: the base class has no other place to say of which class."""
        if self.start_service_task:
            self.start_service_task = False
            self.service_task_handle = self.start_background_task(self._service_task)
        sid = self.generate_id()
        opened = self.sockets[sid] = FastSocket(self, sid)
        welcome = {
            "sid": sid,
            "upgrades": self._upgrades(sid, transport),
            "pingTimeout": int(self.ping_timeout * 1000),
            "pingInterval": int(self.ping_interval * 1000),
            "maxPayload": self.max_http_buffer_size,
        }
        opened.send(Packet(OPEN, welcome))
        self._trigger_event("connect", sid, environ)
        opened.schedule_ping()
        if transport == "polling":
            opened.connected = True
            return self._ok(opened.poll(), jsonp_index=jsonp_index)
        return opened.handle_get_request(environ, start_response)


class FastSocket(Socket):
    """An Engine.IO socket which, when it has a WebSocket, needs no queue any more."""

    websocket: WebSocket | None = None

    def send(self, pkt: Packet) -> None:
        if self.websocket is None:
            super().send(pkt)
        elif not self.last_ping or self.check_ping_timeout():
            try:
                self.websocket.send(pkt.encode())
            except OSError:
                self.websocket.hang_up()  # so that who reads it finds out

    def schedule_ping(self) -> None:
        if self.last_ping:
            self.last_ping = None
            self.server.ping_later(self.sid)

    def ping(self) -> None:
        if not self.closing and not self.closed:
            self.last_ping = time.time()
            self.send(Packet(PING))

    def close(self, wait=True, abort=False, reason=None) -> None:
        super().close(wait and self.websocket is None, abort, reason)
        if self.websocket and not abort:
            self.websocket.close()

    def _websocket_handler(self, ws: WebSocket) -> list:
        if self.connected and not self._is_upgraded(ws):
            return []
        self.connected = self.upgraded = True
        self.upgrading = False
        self.websocket = ws
        while not self.queue.empty():
            if pkt := self.queue.get():
                self.send(pkt)
        with contextlib.suppress(SocketIsClosedError, OSError):
            while (frame := ws.wait()) is not None:
                self.receive(Packet(encoded_packet=frame))
        self.close(wait=False, abort=True, reason=self.server.reason.TRANSPORT_CLOSE)
        return []

    def _is_upgraded(self, ws: WebSocket) -> bool:
        """Change over from polling: the client tries the WebSocket, then says that it will do."""
        self.upgrading = True  # from now on nothing is sent to who polls
        if ws.wait() != "2probe":
            return False
        ws.send("3probe")
        self.queue.put(Packet(NOOP))  # who polls now is to come to an end
        return ws.wait() == "5"
