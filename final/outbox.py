"""What waits for a client: the packets, and how many bytes they have together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gevent.queue import JoinableQueue

if TYPE_CHECKING:
    from engineio.packet import Packet
    from engineio.socket import Socket


class Outbox(JoinableQueue):
    """The queue of a socket of python-engineio, which knows its size in bytes.

    The queue class calls `_put` and `_get` for each item, so that subclasses can override them.
    """

    def __init__(self, *args, **options):
        self.size = 0  # bytes in the queue
        self.fetched = 0  # bytes in answers to polling that the client hasn't taken yet
        super().__init__(*args, **options)

    def _put(self, item: Packet | None) -> None:
        self.size += size_of(item)
        super()._put(item)

    def _get(self) -> Packet | None:
        item = super()._get()
        self.size -= size_of(item)
        return item

    def empty_out(self) -> None:
        """Drop everything that waits."""
        self.queue.clear()
        self.size = 0


class Fetched(list):
    """The body of an answer to polling: it counts in the outbox until it has been written."""

    def __init__(self, parts: list[bytes], outbox: Outbox):
        super().__init__(parts)
        self.outbox = outbox
        self.size = sum(map(len, parts))
        outbox.fetched += self.size

    def close(self) -> None:
        """Note that the answer has been written, or that the client has gone: see PEP 3333."""
        self.outbox.fetched -= self.size
        self.size = 0


def size_of(packet: Packet | None) -> int:
    """Return the bytes of a packet's content. Texts are JSON here, which is ASCII."""
    data = packet.data if packet else None
    return len(data) if isinstance(data, str | bytes) else 0


def unsent(eio_socket: Socket) -> int:
    """Return how many bytes wait for the client of this socket, over either transport."""
    outbox, websocket = eio_socket.queue, getattr(eio_socket, "outlet", None)
    return outbox.size + outbox.fetched + (websocket.unsent if websocket else 0)
