"""Sessions: the server keeps the data, and the browser has only the session's ID."""

import copy
import secrets
from datetime import UTC, datetime, timedelta

from flask.sessions import SessionInterface, SessionMixin
from werkzeug.http import dump_cookie, parse_cookie

from session_store import MongoSessionStore

COOKIE = "sid"
TOUCH_EVERY = timedelta(minutes=1)


class Session(dict, SessionMixin):
    """One browser's session: a dict that knows its ID and its store."""

    def __init__(self, store: MongoSessionStore, sid: str | None = None):
        document = (sid and store.load(sid)) or {}
        super().__init__(document.get("data", {}))
        self.store = store
        self.sid = sid if document else None  # None: this session isn't stored
        self.last_modified = document.get("last_modified")
        self.expires = document.get("expires")
        self._stored = copy.deepcopy(dict(self))  # to detect changes, even inside values
        self.cookie_is_due = False

    def save(self) -> None:
        """Store the changes. A session that is stored for the first time gets its ID now."""
        if self == self._stored:
            return
        is_new = self.sid is None
        if is_new:
            self.sid = secrets.token_urlsafe(32)
        self.last_modified = datetime.now(UTC)
        self.expires = self.last_modified + self.store.max_age
        self.cookie_is_due = self.store.save(self, is_new)
        self._stored = copy.deepcopy(dict(self))

    def reload(self) -> "Session":
        """Return the stored session, or an empty one if it has ended."""
        return Session(self.store, self.sid)

    def touch(self) -> None:
        """Restart the session's idle timeout. Write to the store at most once a minute."""
        expires = datetime.now(UTC) + self.store.max_age
        if self.sid and self.expires < expires - TOUCH_EVERY:
            self.expires = expires
            self.cookie_is_due = self.store.touch(self)

    def regenerate(self) -> None:
        """Destroy this session and start an empty one, which gets a new ID when it is saved."""
        self.destroy()

    def destroy(self) -> None:
        """Delete the session from the store now, and its cookie with the response."""
        if self.sid:
            self.store.destroy(self)
        self.clear()
        self._stored = {}
        self.sid = self.last_modified = self.expires = None
        self.cookie_is_due = True


class SessionMiddleware:
    """Gives each request its session as environ["session"], and saves it before the response."""

    def __init__(self, app, store: MongoSessionStore):
        self.app = app
        self.store = store

    def __call__(self, environ, start_response):
        session = Session(self.store, parse_cookie(environ).get(COOKIE))
        environ["session"] = session
        if environ["PATH_INFO"].startswith("/socket.io/"):
            # A socket is one WebSocket request that can last for hours, or many polling requests.
            # Event handlers reload and save the session themselves, so it isn't saved here.
            return self.app(environ, start_response)
        session.touch()

        def save_and_start_response(status, headers, exc_info=None):
            session.save()
            if session.cookie_is_due:
                headers = [*headers, ("Set-Cookie", self.cookie(session, environ))]
            return start_response(status, headers, exc_info)

        return self.app(environ, save_and_start_response)

    def cookie(self, session: Session, environ) -> str:
        """Return the Set-Cookie header, which deletes the cookie if the session has ended."""
        return dump_cookie(
            COOKIE,
            session.sid or "",
            max_age=self.store.max_age if session.sid else 0,
            httponly=True,
            samesite="Lax",
            secure=environ["wsgi.url_scheme"] == "https",
        )


class EnvironSessionInterface(SessionInterface):
    """Makes flask.session the object in environ["session"]. The middleware does the rest."""

    def open_session(self, app, request) -> Session:
        return request.environ["session"]

    def save_session(self, app, session, response) -> None:
        response.vary.add("Cookie")
