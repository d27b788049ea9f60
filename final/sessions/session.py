"""Sessions: what the server remembers of a browser, under an id that only its cookie knows."""

from __future__ import annotations

import copy
import secrets
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from flask.sessions import SessionMixin

from .store import MongoSessionStore, hashed

TOUCH_EVERY = timedelta(minutes=1)


class Term(NamedTuple):
    """How long a session lives: so long after its last use, but not beyond the limit."""

    idle: timedelta
    limit: timedelta

    @classmethod
    def of_seconds(cls, idle: int, limit: int) -> Term:
        return cls(timedelta(seconds=idle), timedelta(seconds=limit))


class Session(dict, SessionMixin):
    """One browser's session: a dict, its id, and the store that it is kept in.

    `sid` is what the cookie knows, and a secret. `id` is its hash, under which it is stored, and
    by which it may be named. Both are None while nothing is stored: then there is no cookie either.

    `sent` are the ids that the browser sent; the first of them that is stored counts. With `later`,
    nothing is loaded yet, for code that calls `reload` anyway.
    """

    def __init__(self, store: MongoSessionStore, term: Term, *sent: str, later: bool = False):
        if later:
            sid, document = sent[0] if sent else None, {}
        else:
            sid, document = store.load_first(sent)
        super().__init__(document.get("data", {}))
        self.store = store
        self.sent = sent
        self.sid = sid
        self.term = self._usual_term = term  # may be set until the session is stored
        self.browser = document.get("browser", "")  # likewise
        self.last_modified = document.get("last_modified")
        self.last_seen = document.get("last_seen")
        self.renewed = document.get("renewed")  # when the browser was last sent the cookie
        self.ends = document.get("ends")
        if document:
            self.term = Term(timedelta(seconds=document["idle"]), self.ends - document["created"])
        self._stored = copy.deepcopy(dict(self))  # to see what has changed, nested values too
        self.cookie_is_due = False

    @property
    def id(self) -> str | None:
        return self.sid and hashed(self.sid)

    @property
    def ids(self) -> list[str]:
        """The id of this session, and of all others that the browser sent; they may have ended."""
        return [hashed(sid) for sid in dict.fromkeys([self.sid, *self.sent]) if sid]

    @property
    def max_age(self) -> timedelta:
        """How long the cookie is good for, from the last use of the session on."""
        return self.expires - self.last_seen if self.sid else timedelta()

    @property
    def expires(self) -> datetime | None:
        return self.last_seen and min(self.last_seen + self.term.idle, self.ends)

    def save(self) -> None:
        """Store what has changed. A session that is stored for the first time gets its id now."""
        if self == self._stored:
            return
        self.last_modified = self.last_seen = datetime.now(UTC)
        if self.sid is None:
            self._insert()
            self.cookie_is_due = True
        else:
            missing = object()
            changed = {k: v for k, v in self.items() if self._stored.get(k, missing) != v}
            removed = self._stored.keys() - self.keys()
            fields = self._fields("last_seen", "last_modified")
            self.cookie_is_due = self.store.update(self.sid, changed, removed, fields)
        self._stored = copy.deepcopy(dict(self))

    def reload(self) -> Session:
        """Return the session as it is stored now, which is an empty one if it has ended."""
        return Session(self.store, self._usual_term, *([self.sid] if self.sid else []))

    def touch(self) -> None:
        """Let the session live for another full term, because a person has used it by a socket.

        To spare writes, at most once a minute; a term that is short is touched ten times.
        """
        if self._is_due(self.last_seen):
            self.last_seen = datetime.now(UTC)
            self.store.update(self.sid, {}, (), self._fields("last_seen"))

    def renew(self) -> None:
        """The same for a request, which can also let the browser's cookie live on."""
        if self._is_due(self.renewed):
            self.last_seen = self.renewed = datetime.now(UTC)
            fields = self._fields("last_seen", "renewed")
            self.cookie_is_due = self.store.update(self.sid, {}, (), fields)

    def regenerate(self, keep: bool = False) -> None:
        """Destroy this session; go on as an empty one, which gets an id when it is saved.

        `keep` its data, its browser and its term, which begins again.
        """
        data, term, browser = dict(self), self.term, self.browser
        self.destroy()
        if keep:
            self.update(data)
            self.term, self.browser = term, browser

    def destroy(self) -> None:
        """Delete the session from the store now, and its cookie with the response.

        If the browser sent others, delete these, too, or the next of them would count instead.
        """
        if self.sid:
            self.store.destroy(self.ids)
        self.clear()
        self._stored = {}
        self.term, self.browser = self._usual_term, ""
        self.sid = self.last_modified = self.last_seen = self.renewed = self.ends = None
        self.cookie_is_due = True

    def _is_due(self, last_time: datetime | None) -> bool:
        every = min(TOUCH_EVERY, self.term.idle / 10)
        return self.sid is not None and datetime.now(UTC) - last_time > every

    def _insert(self) -> None:
        sid = secrets.token_urlsafe(32)
        self.renewed, self.ends = self.last_seen, self.last_seen + self.term.limit
        fields = self._fields("last_seen", "last_modified", "renewed", "ends", "browser")
        idle = int(self.term.idle.total_seconds())
        fields |= {"data": dict(self), "created": self.last_seen, "idle": idle}
        self.store.insert(sid, fields)
        self.sid = sid

    def _fields(self, *names: str) -> dict:
        """Return these fields, and when the session expires now."""
        return {name: getattr(self, name) for name in (*names, "expires")}


# Whose request or event is being served, for the log. Each greenlet has its own.
current_session: ContextVar[Session | None] = ContextVar("current_session", default=None)
