"""The session middleware: gives each request and each socket its session, by a signed cookie."""

import contextlib
import hashlib
import hmac
import re

from flask import request
from flask.sessions import SessionInterface
from itsdangerous import BadSignature, Signer
from werkzeug.http import dump_cookie

from .session import Session, Term, current_session
from .store import SessionStore

MAX_COOKIES = 20  # with our name and signature in one request; usually there is one
WITHOUT_SESSION = ("/static/", "/healthz")  # paths with the same answer for all
# Browsers keep a cookie with such a name, in whichever case, only if it was set over HTTPS.
PREFIX = re.compile("^__(host|secure)-(?=.)", re.IGNORECASE)


class SessionMiddleware:
    """Gives each request its session as environ["session"], and saves it before the response."""

    def __init__(self, app, store: SessionStore, term: Term, secret_key: str, cookie_name: str):
        self.app = app
        self.store = store
        self.term = term
        self.cookie_name = cookie_name
        # Derive the key here, because the signer would derive it for each request.
        key = hmac.digest(secret_key.encode(), b"session", "sha256")
        self.signer = Signer(key, key_derivation="none", digest_method=hashlib.sha256)

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        sids = [] if path.startswith(WITHOUT_SESSION) else self.sids_in_cookies(environ)
        is_socket = path.startswith("/socket.io/")
        # A handshake with several IDs has to load them, to find out which session counts.
        lazy = is_socket and (len(sids) < 2 or "sid=" in environ["QUERY_STRING"])
        session = environ["session"] = Session(self.store, self.term, *sids, lazy=lazy)
        current_session.set(session)
        if is_socket:
            # A socket is one WebSocket request that can last for hours, or many polling requests.
            # Event handlers reload and save the session themselves, so it isn't saved here.
            return self.app(environ, start_response)
        if environ.get("HTTP_X_REQUESTED_WITH") != "fetch":  # pages fetch without a person's doing
            session.renew()

        def save_and_start_response(status, headers, exc_info=None):
            session.save()
            if session.cookie_is_due:
                headers = [*headers, ("Set-Cookie", self.cookie(session, environ))]
            return start_response(status, headers, exc_info)

        return self.app(environ, save_and_start_response)

    def sids_in_cookies(self, environ) -> list[str]:
        """Return the IDs in the browser's cookies that have our signature, in the browser's order.

        Cookies ignore ports, so another app on this host may have a cookie with the same name.
        """
        pairs = [cookie.partition("=") for cookie in environ.get("HTTP_COOKIE", "").split(";")]
        ours = name_of_cookie(self.cookie_name, environ)
        values = [value.strip(' "') for name, _, value in pairs if name.strip() == ours]
        sids = []
        for value in dict.fromkeys(values):
            with contextlib.suppress(BadSignature):
                sids.append(self.signer.unsign(value).decode())
        return sids[:MAX_COOKIES]

    def cookie(self, session: Session, environ) -> str:
        """Return the Set-Cookie header: the session's ID, signed; empty if it has ended."""
        return dump_cookie(
            name_of_cookie(self.cookie_name, environ),
            self.signer.sign(session.sid).decode() if session.sid else "",
            max_age=session.max_age,
            httponly=True,
            samesite="Lax",
            secure=is_secure(environ),
        )


class EnvironSessionInterface(SessionInterface):
    """Makes flask.session the object in environ["session"]. The middleware does the rest."""

    def open_session(self, app, request) -> Session:
        return request.environ["session"]

    def save_session(self, app, session, response) -> None:
        if not request.path.startswith(WITHOUT_SESSION):
            response.headers.add("Vary", "Cookie")


def name_of_cookie(name: str, environ: dict) -> str:
    """Return the name of our cookie for this request: over HTTPS it gets the prefix `__Host-`.

    A browser accepts a cookie with that prefix only from this host itself, over HTTPS. So no one
    can plant one from a subdomain or from the network. A name that already has a prefix loses it
    over HTTP.
    """
    if not is_secure(environ):
        return PREFIX.sub("", name)
    return name if PREFIX.match(name) else f"__Host-{name}"


def is_secure(environ: dict) -> bool:
    """Return whether a request came over HTTPS. Some proxies send wss for a WebSocket."""
    return environ["wsgi.url_scheme"] in {"https", "wss"}
