"""The log: what happened, its details as key=value, whose it is and in which session.

Of a session its fingerprint is written, and never its id, nor what people write.
"""

import logging
import sys
import time
import traceback
from pathlib import Path

from ..sessions.exposure import fingerprint
from ..sessions.session import current_session


class Who(logging.Filter):
    """Adds `who` to a record: the user's id and the session's fingerprint, where there are."""

    def filter(self, record: logging.LogRecord) -> bool:
        session = current_session.get()
        user_id = session.get("_user_id") if session is not None else None
        record.who = f" user={user_id} session={fingerprint(session.id)}" if user_id else ""
        return True


class OneLine(logging.Filter):
    """Says in one line what an Engine.IO or Socket.IO server shows with a traceback.

    They meet these errors when a client goes away, or sends what isn't Socket.IO. However often
    it does, there is one line a second.
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
    """Return where an exception was raised, without what its text may repeat of the client's."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(last.filename).name}, line {last.lineno}"


def set_up(production: bool) -> None:
    """Log to the terminal: in development all that the app says, in production what matters.

    A character that the terminal can't print becomes an escape, such as \\u2026.
    """
    for stream in sys.stdout, sys.stderr:
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    logging.logThreads = False  # no line shows which one, so it need not be found out
    handler = logging.StreamHandler()
    handler.addFilter(Who())
    form = "%(asctime)s %(levelname)s%(who)s %(message)s"
    handler.setFormatter(logging.Formatter(form, "%Y-%m-%dT%H:%M:%S%z"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    for name in "engineio.server", "socketio.server", "final.transport.engine":
        logging.getLogger(name).addFilter(OneLine())
    logging.getLogger("final").setLevel(logging.INFO if production else logging.DEBUG)
