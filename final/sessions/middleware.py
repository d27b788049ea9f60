"""The middleware: gives each request and each socket its session, and sends the cookie."""

from __future__ import annotations

import hashlib
import hmac
import re

from flask import request
from flask.sessions import SessionInterface
from itsdangerous import Signer
from werkzeug.http import dump_cookie

from .session import Session, Term, current_session
from .store import MongoSessionStore

MOST_COOKIES = 20  # of ours in one request; browsers send more than one only by accident
WITHOUT_SESSION = ("/static/", "/healthz")  # paths that are the same for everybody
# Browsers know these in any case, and keep a cookie of such a name only if it came over HTTPS.
PREFIX = re.compile("^__(host|secure)-(?=.)", re.IGNORECASE)


class SessionMiddleware:
    """Gives each request its session as environ["session"], and saves it before it is answered."""

    def __init__(
        self, app, store: MongoSessionStore, term: Term, secret_key: str, cookie_name: str
    ):
        self.app = app
        self.store = store
        self.term = term
        self.cookie_name = cookie_name
        # The key is derived here, or the signer would do so with each request.
        key = hmac.digest(secret_key.encode(), b"session", "sha256")
        self.signer = Signer(key, key_derivation="none", digest_method=hashlib.sha256)

    def __call__(self, environ, start_response):
        sent = self.sent_by(environ)
        if environ["PATH_INFO"].startswith(WITHOUT_SESSION):
            sent = []
        is_of_socket = environ["PATH_INFO"].startswith("/socket.io/")
        # A handshake with several ids has to load them to find out which session counts.
        is_known = len(sent) < 2 or "sid=" in environ["QUERY_STRING"]
        later = is_of_socket and is_known
        session = environ["session"] = Session(self.store, self.term, *sent, later=later)
        current_session.set(session)
        if is_of_socket:
            # A socket is one request that lasts for hours, or many that only carry it on. Its
            # handlers load the session when they want it, and save it themselves; here it is not.
            return self.app(environ, start_response)
        if environ.get("HTTP_X_REQUESTED_WITH") != "fetch":  # as pages do by themselves
            session.renew()

        def save_and_start_response(status, headers, exc_info=None):
            session.save()
            if session.cookie_is_due:
                headers = [*headers, ("Set-Cookie", self.cookie(session, environ))]
            return start_response(status, headers, exc_info)

        return self.app(environ, save_and_start_response)

    def sent_by(self, environ) -> list[str]:
        """Return the ids in the browser's cookies that we have signed, in the browser's order.

        Cookies ignore ports, so another app on this host may have a cookie of the same name.
        """
        pairs = [cookie.partition("=") for cookie in environ.get("HTTP_COOKIE", "").split(";")]
        ours = name_of_cookie(self.cookie_name, environ)
        values = [value.strip(' "') for name, _, value in pairs if name.strip() == ours]
        signed = dict.fromkeys(value for value in values if self.signer.validate(value))
        return [self.signer.unsign(value).decode() for value in signed][:MOST_COOKIES]

    def cookie(self, session: Session, environ) -> str:
        """Return the Set-Cookie header: the session's id, signed, or nothing any more."""
        return dump_cookie(
            name_of_cookie(self.cookie_name, environ),
            self.signer.sign(session.sid).decode() if session.sid else "",
            max_age=session.max_age,
            httponly=True,
            samesite="Lax",
            secure=is_secure(environ),
        )


class EnvironSessionInterface(SessionInterface):
    """Makes flask.session the very object in environ["session"]. The middleware does the rest."""

    def open_session(self, app, request) -> Session:
        return request.environ["session"]

    def save_session(self, app, session, response) -> None:
        if not request.path.startswith(WITHOUT_SESSION):
            response.headers.add("Vary", "Cookie")


def name_of_cookie(name: str, environ: dict) -> str:
    """Return the name under which a browser keeps a cookie of ours: over HTTPS with `__Host-`.

    A browser keeps such a cookie only if this very host has sent it over HTTPS. So neither another
    subdomain nor somebody on the network can plant a cookie of that name. A name that has a prefix
    already loses it over HTTP.
    """
    if not is_secure(environ):
        return PREFIX.sub("", name)
    return name if PREFIX.match(name) else f"__Host-{name}"


def is_secure(environ: dict) -> bool:
    """Return whether a request came over HTTPS. Some proxies say wss of a WebSocket."""
    return environ["wsgi.url_scheme"] in {"https", "wss"}
