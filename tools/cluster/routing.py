"""The effects of sticky routing and Redis on two processes: with one, with both, and with neither.

docs/several-processes.md shows this table, and tests/scale/test_routing.py tests it.
"""

from dataclasses import dataclass

IMMEDIATELY, LATER = "immediately", "with the page's next request"
YES, NO = "connects", "gets 400"


@dataclass(frozen=True)
class Setting:
    """How two processes are connected, and the effect on their sockets."""

    sticky: bool
    redis: bool
    websocket: str
    polling: str
    news: str  # when a page shows events of the other process


SETTINGS = [
    Setting(sticky=False, redis=False, websocket=YES, polling=NO, news=LATER),
    Setting(sticky=True, redis=False, websocket=YES, polling=YES, news=LATER),
    Setting(sticky=False, redis=True, websocket=YES, polling=NO, news=IMMEDIATELY),
    Setting(sticky=True, redis=True, websocket=YES, polling=YES, news=IMMEDIATELY),
]
