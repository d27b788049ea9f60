"""Engine.IO packets: their names, and how to write and read them.

A packet is a kind, which is a digit, and data, which is text or bytes. Kinds are numbered as in the
protocol: https://github.com/socketio/engine.io-protocol.
"""

import base64
import functools
import json

from wsproto.connection import Connection, ConnectionType
from wsproto.events import BytesMessage, TextMessage

from .exceptions import Malformed

OPEN, CLOSE, PING, PONG, MESSAGE, UPGRADE, NOOP = range(7)

PROBE = f"{PING}probe"  # opens an upgrade from polling to a WebSocket
SEPARATOR = "\x1e"  # between the packets of a payload
MAX_PACKETS = 16  # in the payload of a POST; python-engineio allows as many
RECENT = 32  # packets whose encoding is kept, for their other recipients

_ENCODER = Connection(ConnectionType.SERVER)


def normalized(data: object) -> str | bytes:
    """Return what an application wants to send as text or bytes, as python-engineio does."""
    if isinstance(data, (str, bytes)):  # a tuple, because `str | bytes` is built at each call
        return data
    if isinstance(data, bytearray | memoryview):
        return bytes(data)
    if isinstance(data, dict | list):
        return json.dumps(data, separators=(",", ":"))
    return "" if data is None else str(data)


@functools.lru_cache(maxsize=RECENT)
def as_frame(kind: int, data: str | bytes) -> bytes:
    """Return a packet as a WebSocket frame. All recipients get the same one, so make it once."""
    if isinstance(data, str):
        return _ENCODER.send(TextMessage(f"{kind}{data}"))
    return _ENCODER.send(BytesMessage(data))


@functools.lru_cache(maxsize=RECENT)
def as_text(kind: int, data: str | bytes) -> str:
    """Return a packet as text, for long-polling. Bytes become base64."""
    return f"{kind}{data}" if isinstance(data, str) else "b" + base64.b64encode(data).decode()


def parse(packet: str | bytes) -> tuple[int, str | bytes]:
    """Return the kind and data of a packet that a client may send over an open connection.

    Raise Malformed for all others, such as those that only a server sends.
    """
    if isinstance(packet, bytes):
        return MESSAGE, packet
    if packet.startswith("4"):
        return MESSAGE, packet[1:]
    if packet == "3":
        return PONG, ""
    if packet == "1":
        return CLOSE, ""
    raise Malformed("a packet that clients don't send")


def parse_payload(payload: bytes) -> list[tuple[int, str | bytes]]:
    """Return the packets in the body of a POST. Raise Malformed if one of them is malformed."""
    try:
        packets = payload.decode().split(SEPARATOR)
    except UnicodeDecodeError:
        raise Malformed("text that isn't UTF-8") from None
    if len(packets) > MAX_PACKETS:
        raise Malformed("too many packets in a request")
    return [
        (MESSAGE, from_base64(each)) if each.startswith("b") else parse(each) for each in packets
    ]


def from_base64(packet: str) -> bytes:
    """Return the bytes of a packet that is a `b` and base64. Raise Malformed if it isn't base64."""
    try:
        return base64.b64decode(packet[1:], validate=True)
    except ValueError:
        raise Malformed("binary data that isn't base64") from None
