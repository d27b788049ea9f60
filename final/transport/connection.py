"""One connection of Engine.IO: first by long-polling or by WebSocket, or by both in that order."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import gevent
from engineio import Server
from wsproto.frame_protocol import CloseReason

from .exceptions import Malformed, Refused
from .packets import CLOSE, MESSAGE, NOOP, PONG, PROBE, UPGRADE, as_frame, parse
from .polling import MAX_WAITING, Fetched, Outbox, read_packets
from .websocket import WebSocket

if TYPE_CHECKING:
    from .engine import Engine

log = logging.getLogger(__name__)

DECISION = 0.1  # seconds for which a poll waits while its client moves to a WebSocket
ON_ITS_WAY = 0.02  # seconds for a poll to arrive that its client sent together with a close
UPGRADE_WITHIN = 10  # seconds for a client to decide about a WebSocket
TOO_SLOW = "it doesn't take what it is sent"
CLOSED = "this connection is closed"
MOVED = "this connection has moved to a WebSocket"

reason = Server.reason


class Connection:
    """A client's connection, from its handshake until it has closed.

    An application finds it as environ["connection"] of the handshake.
    """

    __slots__ = (
        "_engine",
        "_is_paused",
        "_is_posting",
        "_outbox",
        "_reason",
        "_trial",
        "_websocket",
        "session",
        "sid",
    )

    def __init__(self, engine: Engine, sid: str):
        self.sid = sid
        self.session: dict = {}  # what the application keeps for this client
        self._engine = engine
        self._reason: str | None = None  # why it closed
        self._outbox = Outbox()  # until there is a WebSocket
        self._websocket: WebSocket | None = None
        self._trial: WebSocket | None = None  # the client tries it before moving
        self._is_paused = False  # the client is about to move, so no poll waits for packets
        self._is_posting = False

    @property
    def is_open(self) -> bool:
        return self._reason is None

    @property
    def transport(self) -> str:
        return "websocket" if self._websocket else "polling"

    @property
    def keeps_up(self) -> bool:
        """Whether few bytes wait for the client: no more than the option `backlog`."""
        return self._unsent <= self._engine.backlog

    def drop(self) -> None:
        """Close the connection as if the network had failed, so that its client tries again.

        This never blocks, and does nothing if the connection is closed.
        """
        self.close(reason.TRANSPORT_CLOSE, blocks=False)

    # Sending.

    def send(self, kind: int, data: str | bytes = "") -> None:
        """Send a packet. This never waits for the client."""
        if self._websocket:
            self._websocket.send(as_frame(kind, data))
        elif self.is_open:
            self._outbox.put(kind, data)
            if len(self._outbox) > MAX_WAITING or self._unsent > self._engine.max_unsent:
                self._outbox.take()
                self.cut_off()

    @property
    def _unsent(self) -> int:
        return self._websocket.unsent if self._websocket else self._outbox.unsent

    # Long-polling.

    def poll(self) -> Fetched:
        """Wait for packets, and return them as the body of an answer."""
        was_paused = self._is_paused
        # Packets that came earlier, over another TCP connection, have to be handled first.
        gevent.sleep(DECISION if was_paused else 0)
        outbox = self._outbox
        if self._websocket or not self.is_open:
            raise Refused(MOVED if self._websocket else CLOSED)
        if was_paused or self._is_paused:
            return Fetched(outbox, [(NOOP, "")])
        if self._outbox.is_awaited:
            self.close(reason.TRANSPORT_ERROR)
            raise Refused("another request waits for the packets of this connection")
        outbox.wait()
        return Fetched(outbox, outbox.take() or [(NOOP, "")])

    def post(self, environ: dict) -> None:
        """Handle the packets of a POST request."""
        if self._websocket:
            raise Refused(MOVED)
        if self._is_posting:
            self.close(reason.TRANSPORT_ERROR)
            raise Refused("this connection already sends by another request")
        self._is_posting = True
        try:
            for kind, data in read_packets(environ, self._engine.max_http_buffer_size):
                is_early = kind == CLOSE and not self._outbox.is_awaited
                gevent.sleep(ON_ITS_WAY if is_early else 0)  # it's the others' turn
                if self.is_open:
                    self._receive(kind, data)
            gevent.sleep(0)  # handlers that run in greenlets of their own begin
        except Malformed as error:
            self.refuse(error)
            raise Refused(str(error)) from None
        finally:
            self._is_posting = False
        if self._reason not in {None, reason.CLIENT_DISCONNECT}:
            raise Refused(CLOSED)

    # WebSocket.

    def serve(self, websocket: WebSocket) -> None:
        """Use this WebSocket from now on, and return when it has closed."""
        self._websocket = websocket
        for kind, data in self._outbox.take():
            self.send(kind, data)
        try:
            while self.is_open and (packet := websocket.receive()) is not None:
                self._receive(*parse(packet))
        except Malformed as error:
            self.refuse(error)
        finally:
            self.close(reason.TRANSPORT_CLOSE)
        websocket.finish()

    def upgrade(self, websocket: WebSocket) -> None:
        """Let the client try a WebSocket. If it decides to use it, serve it to its end."""
        if self._websocket or self._trial:
            websocket.close(CloseReason.POLICY_VIOLATION)  # a connection has only one
            websocket.finish()
            return
        self._trial = websocket
        try:
            with gevent.Timeout(UPGRADE_WITHIN, TimeoutError):
                is_upgraded = self._negotiate_upgrade(websocket)
        except Malformed as error:
            self.refuse(error)
            is_upgraded = False
        except TimeoutError:
            is_upgraded = False
        finally:
            self._trial = None
            self._is_paused = False
        if is_upgraded and self.is_open:
            self.serve(websocket)
        else:
            websocket.finish()

    def _negotiate_upgrade(self, websocket: WebSocket) -> bool:
        """Answer the client's probe, and return whether it decides to use this WebSocket."""
        if not self._expect(PROBE, websocket):
            return False
        self._is_paused = True
        if self._outbox.is_awaited:
            self._outbox.put(NOOP)
        websocket.send(as_frame(PONG, "probe"))
        return self._expect(str(UPGRADE), websocket)

    def _expect(self, packet: str, websocket: WebSocket) -> bool:
        """Wait for this packet. Return False if the WebSocket closes instead."""
        received = websocket.receive()
        if received not in {packet, None}:
            raise Malformed("a packet that doesn't belong to an upgrade")
        return received is not None

    # Receiving.

    def _receive(self, kind: int, data: str | bytes) -> None:
        if kind == MESSAGE:
            self._engine.trigger("message", self.sid, data)
        elif kind == PONG:
            self._engine.heartbeat.answered(self)
        elif kind == CLOSE:
            self.close(reason.CLIENT_DISCONNECT)

    # The end.

    def turn_away(self) -> None:
        """Close a connection that the application hasn't accepted, and doesn't hear of again."""
        self._reason = reason.SERVER_DISCONNECT
        self._engine.forget(self)

    def refuse(self, error: Malformed) -> None:
        """Close the connection of a client that broke the protocol."""
        if self.is_open:
            log.warning("a connection is closed: malformed frame: %s", error)
            self.close(reason.TRANSPORT_ERROR)

    def cut_off(self) -> None:
        """Close the connection of a client that doesn't read."""
        if self.is_open:
            log.warning("a connection is closed: %s", TOO_SLOW)
            self.close(reason.TRANSPORT_ERROR, blocks=False)

    def close(self, why: str, blocks: bool = True) -> None:
        """Close the connection, if it's open. `why` is one of engineio.Server.reason.

        This calls the application's "disconnect" handler, which may block. If `blocks` is false, a
        greenlet calls it a little later.
        """
        if not self.is_open:
            return
        self._reason = why
        self._engine.forget(self)
        if self._websocket:
            if why != reason.CLIENT_DISCONNECT:
                self.send(CLOSE)
            self._websocket.close()
        else:
            if self._outbox.is_awaited:
                self._outbox.put(NOOP if why == reason.CLIENT_DISCONNECT else CLOSE)
            if self._trial:
                self._trial.close()
        if blocks:
            self._engine.trigger("disconnect", self.sid, why)
        else:
            gevent.spawn(self._engine.trigger, "disconnect", self.sid, why)
