"""What a client may send over a socket; python-socketio itself takes the form for granted."""

import base64
import json
import re

import engineio.payload
import socketio.packet

MAX_LEVELS = 20  # of lists and objects in one another

# Engine.IO: close, pong, message. While a long-polling socket is upgraded: probe, upgrade.
FRAME = re.compile(r"1|3|4[0-5].*", re.DOTALL)
UPGRADE = {"2probe", "5"}

# In a message, Socket.IO: connect, disconnect, event, acknowledgement, and an event with
# attachments, which follow as binary frames.
PACKET = re.compile(
    r"0(/[^,]*,?)?({.*)?|1|2\d{0,15}\[.*|3[1-9]\d{0,14}\[.*|5[1-9]-\d{0,15}\[.*",
    re.ASCII | re.DOTALL,
)


class Malformed(ValueError):
    """No honest client sends this."""


def check_frame(frame: str | bytes, is_upgrading: bool = False) -> None:
    """Raise Malformed if this is no Engine.IO frame of a client."""
    if isinstance(frame, bytes) and not is_upgrading:
        return
    if not (frame in UPGRADE if is_upgrading else FRAME.fullmatch(frame)):
        raise Malformed


def check_payload(payload: bytes) -> None:
    """Raise ValueError if this is no body of a long-polling request: a few frames, or base64."""
    frames = payload.decode().split("\x1e")
    if len(frames) > engineio.payload.Payload.max_decode_packets:
        raise Malformed
    for frame in frames:
        if frame.startswith("b"):
            base64.b64decode(frame[1:], validate=True)
        else:
            check_frame(frame)


class Packet(socketio.packet.Packet):
    """A Socket.IO packet that is decoded only if it is sound, in its form and in what it holds."""

    def decode(self, encoded_packet: str) -> int:
        try:
            if not PACKET.fullmatch(encoded_packet):
                raise Malformed
            attachments = super().decode(encoded_packet)
            check_data(self.data, attachments)
        except (ValueError, RecursionError) as error:
            raise Malformed from error
        is_event = self.packet_type in {socketio.packet.EVENT, socketio.packet.BINARY_EVENT}
        if is_event and not (self.data and isinstance(self.data[0], str)):
            raise Malformed  # it has no name
        return attachments


def check_data(data: object, attachments: int, levels: int = MAX_LEVELS) -> None:
    """Raise ValueError for what nests too deep, is no JSON or text, or is a missing attachment."""
    if not levels:
        raise Malformed
    if isinstance(data, str):
        data.encode()  # half of a surrogate pair cannot be
    elif isinstance(data, float):
        json.dumps(data, allow_nan=False)
    elif isinstance(data, dict):
        if attachments and data.get("_placeholder"):
            number = data.get("num")
            if not isinstance(number, int) or number not in range(attachments):
                raise Malformed
        data = [*data, *data.values()]
    if isinstance(data, list):
        for each in data:
            check_data(each, attachments, levels - 1)
