"""Sessions: the server keeps the data, and the browser has only the session's ID."""

import copy
import secrets
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Self

from flask.sessions import SessionMixin

from .store import SessionStore, hashed

TOUCH_EVERY = timedelta(minutes=1)
MISSING = object()


class Term(NamedTuple):
    """How long a session lives: `idle` after its last use, and `limit` after its login at most."""

    idle: timedelta
    limit: timedelta

    @classmethod
    def of_seconds(cls, idle: int, limit: int) -> Self:
        return cls(timedelta(seconds=idle), timedelta(seconds=limit))


class Session(dict, SessionMixin):
    """One browser's session: a dict, its ID, and the store that it is kept in.

    `sid` is the secret ID in the cookie. `id` is its hash, under which the session is stored, and
    which may be shown. Both are None while nothing is stored, and then there is no cookie either.

    `sent` are the IDs in the browser's cookies. The first of them that has a stored session counts.
    With `lazy`, nothing is loaded, for code that calls `reload` anyway.
    """

    def __init__(self, store: SessionStore, term: Term, *sent: str, lazy: bool = False):
        sid: str | None = sent[0] if sent else None
        document: dict = {}
        if not lazy:
            sid, document = store.load_first(sent)
        super().__init__(document.get("data", {}))
        self.store = store
        self.sent = sent
        self.sid = sid
        self.term = self._default_term = term  # can be changed until the session is stored
        self.browser: str = document.get("browser", "")  # likewise
        self.last_modified: datetime | None = document.get("last_modified")
        self.last_seen: datetime | None = document.get("last_seen")
        self.renewed: datetime | None = document.get("renewed")  # when the cookie was last sent
        self.ends: datetime | None = document.get("ends")
        if document:
            limit = document["ends"] - document["created"]
            self.term = Term(timedelta(seconds=document["idle"]), limit)
        self._stored = copy.deepcopy(dict(self))  # to detect changes, even inside values
        self.cookie_is_due = False

    @property
    def id(self) -> str | None:
        return self.sid and hashed(self.sid)

    @property
    def ids(self) -> list[str]:
        """The IDs of this session and of all others that the browser sent; these may have ended."""
        return [hashed(sid) for sid in dict.fromkeys([self.sid, *self.sent]) if sid]

    @property
    def expires(self) -> datetime | None:
        if self.last_seen is None or self.ends is None:
            return None
        return min(self.last_seen + self.term.idle, self.ends)

    @property
    def max_age(self) -> timedelta:
        """The time from the session's last use to its end; zero if there is no session."""
        if self.sid is None or self.last_seen is None or self.expires is None:
            return timedelta()
        return self.expires - self.last_seen

    def save(self) -> None:
        """Store the changes. A session that is stored for the first time gets its ID now."""
        if self == self._stored:
            return
        self.last_modified = self.last_seen = now = datetime.now(UTC)
        if self.sid is None:
            sid = secrets.token_urlsafe(32)
            self.renewed, self.ends = now, now + self.term.limit
            fields = self._fields("last_seen", "last_modified", "renewed", "ends", "browser")
            idle = int(self.term.idle.total_seconds())
            self.store.insert(sid, fields | {"data": dict(self), "created": now, "idle": idle})
            self.sid, self.cookie_is_due = sid, True
        else:
            changed = {k: v for k, v in self.items() if self._stored.get(k, MISSING) != v}
            removed = self._stored.keys() - self.keys()
            fields = self._fields("last_seen", "last_modified")
            self.cookie_is_due = self.store.update(self.sid, changed, removed, fields)
        self._stored = copy.deepcopy(dict(self))

    def reload(self) -> "Session":
        """Return the session as it is stored now: an empty one if it has ended."""
        return Session(self.store, self._default_term, *([self.sid] if self.sid else []))

    def touch(self) -> None:
        """Let the session live for another idle time, because a person has used it by a socket.

        To spare writes, do it at most once a minute, or ten times in a short idle time.
        """
        if self.sid and self._is_due(self.last_seen):
            self.last_seen = datetime.now(UTC)
            self.store.update(self.sid, {}, (), self._fields("last_seen"))

    def renew(self) -> None:
        """Do the same as `touch` for a request, whose answer can renew the browser's cookie too."""
        if self.sid and self._is_due(self.renewed):
            self.last_seen = self.renewed = datetime.now(UTC)
            fields = self._fields("last_seen", "renewed")
            self.cookie_is_due = self.store.update(self.sid, {}, (), fields)

    def regenerate(self, keep: bool = False) -> None:
        """Destroy this session, and go on as an empty one, which gets a new ID when it is saved.

        With `keep`, go on with the same data, browser and term. The term begins again.
        """
        data, term, browser = dict(self), self.term, self.browser
        self.destroy()
        if keep:
            self.update(data)
            self.term, self.browser = term, browser

    def destroy(self) -> None:
        """Delete the session from the store now, and its cookie with the response.

        Delete all others that the browser sent, too, or the next of them would count instead.
        """
        if self.sid:
            self.store.destroy(self.ids)
        self.clear()
        self._stored = {}
        self.term, self.browser = self._default_term, ""
        self.sid = self.last_modified = self.last_seen = self.renewed = self.ends = None
        self.cookie_is_due = True

    def _is_due(self, last_time: datetime | None) -> bool:
        every = min(TOUCH_EVERY, self.term.idle / 10)
        return last_time is not None and datetime.now(UTC) - last_time > every

    def _fields(self, *names: str) -> dict:
        """Return these fields, and `expires`, which depends on them."""
        return {name: getattr(self, name) for name in (*names, "expires")}


# The session of the current request or event, for the log. Each greenlet has its own.
current_session: ContextVar[Session | None] = ContextVar("current_session", default=None)
