"""Ping each second, so that a page soon notices a dead network."""

from tests.probes import sockets

sockets.sio.eio.ping_interval, sockets.sio.eio.ping_timeout = 1, 4  # seconds
