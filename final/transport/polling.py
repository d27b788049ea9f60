"""HTTP long-polling: packets that wait for a client, and packets that a client posts."""

from __future__ import annotations

from gevent.event import Event

from .exceptions import Malformed, Refused
from .packets import SEPARATOR, as_text, parse_payload

MAX_WAITING = 1000  # packets that wait for a client


class Outbox:
    """The packets that wait for a client, and the request that waits for packets."""

    __slots__ = ("_arrival", "_packets", "size", "taking")

    def __init__(self):
        self._packets: list[tuple[int, str | bytes]] = []  # each a kind and data
        self._arrival: Event | None = None  # set when packets arrive, if a request waits
        self.size = 0  # bytes that wait to be fetched
        self.taking = 0  # bytes in answers that are on their way to the client

    def __len__(self) -> int:
        return len(self._packets)

    @property
    def is_awaited(self) -> bool:
        """Whether a request waits for packets."""
        return self._arrival is not None

    @property
    def unsent(self) -> int:
        """How many bytes the client hasn't taken yet. JSON is ASCII, so a letter is a byte."""
        return self.size + self.taking

    def put(self, kind: int, data: str | bytes = "") -> None:
        """Add a packet, and wake up the request that waits."""
        self._packets.append((kind, data))
        self.size += len(data)
        if self._arrival:
            self._arrival.set()

    def take(self) -> list[tuple[int, str | bytes]]:
        """Return all packets that wait; from now on they don't."""
        packets, self._packets = self._packets, []
        self.size = 0
        return packets

    def wait(self) -> None:
        """Wait until there are packets."""
        if self._packets:
            return
        self._arrival = Event()
        try:
            self._arrival.wait()
        finally:
            self._arrival = None


class Fetched(list):
    """The body of an answer with packets. They count as unsent until the server has written it."""

    def __init__(self, outbox: Outbox, packets: list[tuple[int, str | bytes]]):
        super().__init__([SEPARATOR.join(as_text(*packet) for packet in packets).encode()])
        self.outbox = outbox
        self.size = len(self[0])  # bytes
        outbox.taking += self.size

    def close(self) -> None:
        """Note that the answer is written, or that the client has gone: see PEP 3333."""
        self.outbox.taking -= self.size
        self.size = 0


def read_packets(environ: dict, max_size: int) -> list[tuple[int, str | bytes]]:
    """Read the body of a POST, in one piece or in chunks, and return its packets.

    Raise Malformed if it's longer than `max_size` bytes or isn't a payload of Engine.IO. Raise
    Refused if it ends too early.
    """
    if "HTTP_UPGRADE" in environ:
        raise Refused("a POST request can't become a WebSocket", closes=True)
    # gevent says by this key that it finds the end of a chunked body.
    is_chunked = "HTTP_TRANSFER_ENCODING" in environ and environ.get("wsgi.input_terminated")
    length = environ.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal():
        raise Refused("Content-Length isn't a number", closes=True)
    length = max_size + 1 if is_chunked else int(length)
    if not is_chunked and length > max_size:
        raise Malformed("a request that is too long")
    try:
        body = environ["wsgi.input"].read(length)
    except OSError:
        raise Refused("the body of this request ends too early", closes=True) from None
    if len(body) > max_size:
        raise Malformed("a request that is too long")
    if not is_chunked and len(body) < length:
        raise Refused("the body of this request ends too early", closes=True)
    return parse_payload(body)
