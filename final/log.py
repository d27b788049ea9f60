"""The log: what happened, its details as key=value, whose it is and in which session.

Of a session its fingerprint is written, and never its id, nor what people write.
"""

import logging
import sys

from .expose import fingerprint
from .session import current_session


class Who(logging.Filter):
    """Adds `who` to a record: the user's id and the session's fingerprint, where there are."""

    def filter(self, record: logging.LogRecord) -> bool:
        session = current_session.get()
        user_id = session.get("_user_id") if session is not None else None
        record.who = f" user={user_id} session={fingerprint(session.id)}" if user_id else ""
        return True


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
    logging.getLogger(__package__).setLevel(logging.INFO if production else logging.DEBUG)
