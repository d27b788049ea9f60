"""Checks what clients send: frames of Engine.IO, and packets of Socket.IO inside them.

python-socketio takes the form of a packet for granted, but lets an app bring its own packet class
(the option `serializer`). This one checks each packet.
"""

import base64
import json
import re

from socketio.packet import Packet

MAX_SIZE = 64 * 1024  # bytes of a message, or of a polling request: events are small
CLOSE = "1"
MAX_FRAMES = 16  # in a polling request; python-engineio takes no more either
# Close, pong or message. A message is a packet of Socket.IO, which begins with its type.
FRAME = re.compile(r"1|3|4[0-5].*", re.DOTALL)
UPGRADE = ["2probe", "5"]  # the first messages of a WebSocket that replaces polling

MAX_LEVELS = 20  # of nested lists and objects
MALFORMED = "malformed"  # the event for a malformed packet: see realtime/socket_lifecycle.py
MALFORMED_PACKET = f'2["{MALFORMED}"]'
# Connect, disconnect, event with its name, acknowledgement, or an event with attachments.
PACKET = re.compile(
    r'0(/[^,]*,?)?({.*)?|1|2\d{0,15}\[\s*".*|3[1-9]\d{0,14}\[.*|5[1-9]-\d{0,15}\[\s*".*',
    re.ASCII | re.DOTALL,
)


class Malformed(ValueError):
    """Something that no honest client sends."""


def check_frame(frame: str | bytes) -> None:
    """Raise Malformed if this isn't a frame of a client. Binary frames are attachments."""
    if not frame or (isinstance(frame, str) and not FRAME.fullmatch(frame)):
        raise Malformed


def frames_in(payload: bytes) -> list[str]:
    """Return the frames in the body of a polling request. Raise ValueError if one is malformed."""
    frames = payload.decode().split("\x1e")
    if len(frames) > MAX_FRAMES:
        raise Malformed
    for frame in frames:
        if frame.startswith("b"):
            base64.b64decode(frame[1:], validate=True)
        else:
            check_frame(frame)
    return frames


class CheckedPacket(Packet):
    """A packet of Socket.IO. If what a client sent is malformed, it becomes the event MALFORMED."""

    def __init__(self, *args: object, encoded_packet: str | bytes | None = None, **options: object):
        if encoded_packet in {"", b""}:  # python-socketio wouldn't call decode()
            encoded_packet = MALFORMED_PACKET
        super().__init__(*args, encoded_packet=encoded_packet, **options)

    def decode(self, encoded_packet: str | bytes) -> int:
        """Decode a packet, and return how many attachments follow."""
        try:
            if not isinstance(encoded_packet, str) or not PACKET.fullmatch(encoded_packet):
                raise Malformed
            attachments = super().decode(encoded_packet)
            check_data(self.data, attachments)
        except (ValueError, RecursionError):
            return super().decode(MALFORMED_PACKET)
        return attachments


def check_data(data: object, attachments: int, levels: int = MAX_LEVELS) -> None:
    """Raise ValueError if data is too deep, isn't valid JSON or Unicode, or lacks an attachment."""
    if not levels:
        raise Malformed
    if isinstance(data, str):
        data.encode()  # half of a surrogate pair can't be encoded
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
