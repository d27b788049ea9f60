"""What a client may send over either transport, in the words of Engine.IO."""

import base64
import re

MAX_SIZE = 64 * 1024  # bytes of a message, or of a polling request: events are small
CLOSE = "1"
MAX_FRAMES = 16  # in a polling request; python-engineio takes no more either
# Close, pong, message. A message is a packet of Socket.IO, which begins with its type.
FRAME = re.compile(r"1|3|4[0-5].*", re.DOTALL)
UPGRADE = ["2probe", "5"]  # come first over a WebSocket that takes over from polling


class Malformed(ValueError):
    """No honest client sends this."""


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
