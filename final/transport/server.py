"""The seam to python-socketio: its server on our Engine.IO server, and the packets it's sent."""

from __future__ import annotations

import socketio
from socketio.packet import ACK, BINARY_ACK, BINARY_EVENT, CONNECT, DISCONNECT, EVENT, Packet

from .engine import Engine
from .exceptions import Malformed

MAX_ATTACHED = 1_000_000  # bytes that the attachments of a packet may have together


class FastServer(socketio.Server):
    """A Socket.IO server on our Engine.IO server. It takes the options of both.

    `_engineio_server_class` is the only private name of a library that this package uses. There is
    no public way to bring an Engine.IO server of one's own. python-socketio overrides this method
    itself, for its AsyncServer, and has done so since version 5.0:
    https://github.com/miguelgrinberg/python-socketio/blob/main/src/socketio/base_server.py
    """

    def __init__(self, *args, serializer: str | type[Packet] = "default", **options):
        if serializer == "default":
            serializer = CheckedPacket
        super().__init__(*args, serializer=serializer, **options)

    def _engineio_server_class(self) -> type[Engine]:
        return Engine


class CheckedPacket(Packet):
    """A Socket.IO packet that a client may send.

    python-socketio takes the form of a packet for granted. Here, all others raise Malformed, which
    closes the connection they come from.
    """

    def __init__(self, *args, encoded_packet: str | bytes | None = None, **options):
        if encoded_packet in {"", b""}:
            raise Malformed("an empty packet")  # which python-socketio doesn't even decode
        super().__init__(*args, encoded_packet=encoded_packet, **options)

    def decode(self, encoded_packet: str | bytes) -> int:
        """Decode a packet, and return how many attachments follow."""
        if not isinstance(encoded_packet, str):
            raise Malformed("an attachment that wasn't announced")
        try:
            attachments = super().decode(encoded_packet)
        except (ValueError, RecursionError):
            raise Malformed("not a packet of Socket.IO") from None
        if not self._is_sound():
            raise Malformed("a packet of Socket.IO whose data doesn't fit its type")
        return attachments

    def add_attachment(self, attachment: str | bytes) -> bool:
        """Add an attachment, and return whether it was the last one."""
        size = len(attachment) + sum(map(len, self.attachments))
        if not isinstance(attachment, bytes) or size > MAX_ATTACHED:
            raise Malformed("an attachment that isn't one, or too long")
        try:
            return super().add_attachment(attachment)
        except (ValueError, LookupError, TypeError, RecursionError):
            raise Malformed("a packet that doesn't fit its attachments") from None

    def _is_sound(self) -> bool:
        """Return whether the data fits the packet's type."""
        data = self.data
        if self.packet_type == CONNECT:
            return data is None or isinstance(data, dict)
        if self.packet_type == DISCONNECT:
            return data is None
        if self.packet_type in {EVENT, BINARY_EVENT}:
            return isinstance(data, list) and bool(data) and isinstance(data[0], str)
        return self.packet_type in {ACK, BINARY_ACK} and isinstance(data, list)
