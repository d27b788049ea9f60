"""The Socket.IO packets that a client may send.

python-socketio takes the form of a packet for granted, but lets an app bring its own packet class
(the option `serializer`). This one checks what it decodes.
"""

import json
import re

from socketio.packet import Packet

from .frames import Malformed

MAX_LEVELS = 20  # of lists and objects in one another
MALFORMED = "malformed"  # the event that a malformed packet becomes; its handler is in sockets.py
INSTEAD = f'2["{MALFORMED}"]'
# Connect, disconnect, event, acknowledgement, and an event with attachments, which follow.
PACKET = re.compile(
    r"0(/[^,]*,?)?({.*)?|1|2\d{0,15}\[.*|3[1-9]\d{0,14}\[.*|5[1-9]-\d{0,15}\[.*",
    re.ASCII | re.DOTALL,
)
EVENTS = "2", "5"


class CheckedPacket(Packet):
    """A packet that is decoded only if it's sound. Otherwise it becomes the event MALFORMED."""

    def __init__(self, *args: object, encoded_packet: str | bytes | None = None, **options: object):
        if encoded_packet in {"", b""}:  # which wouldn't be decoded
            encoded_packet = INSTEAD
        super().__init__(*args, encoded_packet=encoded_packet, **options)

    def decode(self, encoded_packet: str | bytes) -> int:
        """Decode a packet, and return how many attachments follow."""
        try:
            if not isinstance(encoded_packet, str) or not PACKET.fullmatch(encoded_packet):
                raise Malformed
            attachments = super().decode(encoded_packet)
            check_data(self.data, attachments)
            if encoded_packet.startswith(EVENTS) and not has_name(self.data):
                raise Malformed
        except (ValueError, RecursionError):
            return super().decode(INSTEAD)
        return attachments


def has_name(event: list) -> bool:
    return bool(event) and isinstance(event[0], str)


def check_data(data: object, attachments: int, levels: int = MAX_LEVELS) -> None:
    """Raise ValueError for data that nests too deep, isn't valid JSON or Unicode, or names an
    attachment that doesn't follow."""
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
