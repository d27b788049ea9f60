"""Send heartbeats often enough to see several within a test."""

from tests.probes import sockets

sockets.sio.eio.ping_interval = 0.2  # seconds
