"""Add the events of shared_session.py to final/."""

from tests.probes import sockets
from tests.probes.shared_session import HANDLERS

for handler in HANDLERS:
    sockets.on(handler.__name__, lambda session, data, handler=handler: handler(session))
