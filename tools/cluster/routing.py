"""What routing and Redis are each for: two processes with one of them, with both, and with none.

The tutorial shows this table, and tests/scale/test_routing.py tries it out.
"""

from dataclasses import dataclass

AT_ONCE, LATER = "at once", "when the page asks"
YES, NO = "connects", "is answered with 400"


@dataclass(frozen=True)
class Setting:
    """How two processes are joined, and what becomes of their sockets."""

    sticky: bool
    redis: bool
    websocket: str
    polling: str
    news: str  # when what happens in the other process is shown


SETTINGS = [
    Setting(sticky=False, redis=False, websocket=YES, polling=NO, news=LATER),
    Setting(sticky=True, redis=False, websocket=YES, polling=YES, news=LATER),
    Setting(sticky=False, redis=True, websocket=YES, polling=NO, news=AT_ONCE),
    Setting(sticky=True, redis=True, websocket=YES, polling=YES, news=AT_ONCE),
]
