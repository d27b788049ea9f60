"""The log. A line says what happened, with details as key=value, to which user in which session.

Of a session, the log shows only a fingerprint. It never shows what people write.
"""

import logging
import sys
import time
import traceback
from pathlib import Path

from ..sessions.exposure import fingerprint
from ..sessions.session import current_session


def add_user(record: logging.LogRecord) -> bool:
    """Add `who` to a record: the current user's ID and the session's fingerprint, or nothing."""
    session = current_session.get()
    record.who = ""
    if session is not None and (user_id := session.get("_user_id")):
        record.who = f" user={user_id} session={fingerprint(session.id)}"
    return True


class OneLine(logging.Filter):
    """Replaces the tracebacks of an Engine.IO or Socket.IO server by at most one line a second.

    Clients cause these errors, by closing a connection or by sending what isn't Socket.IO. So they
    could fill the log.
    """

    def __init__(self):
        super().__init__()
        self._silent_until = 0.0  # by time.monotonic()

    def filter(self, record: logging.LogRecord) -> bool:
        now = time.monotonic()
        if now < self._silent_until:
            return False
        self._silent_until = now + 1
        if record.exc_info and record.exc_info[1]:
            record.msg = f"{record.getMessage()} ({place(record.exc_info[1])})"
            record.args = record.exc_info = record.exc_text = None
        return True


def place(error: BaseException) -> str:
    """Return where an exception was raised. Its text could repeat what a client sent."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(last.filename).name}, line {last.lineno}"


def set_up(production: bool) -> None:
    """Log to the terminal, in development with debug messages."""
    for stream in sys.stdout, sys.stderr:
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # such as \u2026
    logging.logThreads = False  # no line shows the thread
    handler = logging.StreamHandler()
    handler.addFilter(add_user)
    form = "%(asctime)s %(levelname)s%(who)s %(message)s"
    handler.setFormatter(logging.Formatter(form, "%Y-%m-%dT%H:%M:%S%z"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for name in "engineio.server", "socketio.server", "final.transport.engine":
        logging.getLogger(name).addFilter(OneLine())
    logging.getLogger("final").setLevel(logging.INFO if production else logging.DEBUG)
