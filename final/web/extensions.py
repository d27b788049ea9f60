"""The parts of the app that serves the current request: see `app.extensions` in create_app."""

from typing import Any

import flask
from flask import current_app, g
from flask_login import current_user
from werkzeug.local import LocalProxy

from ..domain.feed import Feed
from ..domain.reader import Reader
from ..domain.stores import FriendStore, UserStore
from ..realtime.sockets import Sockets
from ..sessions.session import Session
from ..sessions.store import SessionStore
from ..settings.config import Config
from .throttle import Guesses


def extension(name: str) -> Any:
    return LocalProxy(lambda: current_app.extensions[name])


config: Config = extension("config")
users: UserStore = extension("users")
friends: FriendStore = extension("friends")
feed: Feed = extension("feed")
store: SessionStore = extension("store")
sockets: Sockets = extension("sockets")
guesses: Guesses = extension("guesses")

session: Session = flask.session  # type: ignore[assignment]  # the same, with our type


def current_reader() -> Reader:
    """Return what the current user can read. It looks each thing up once per request."""
    if "reader" not in g:
        g.reader = Reader(feed, current_user.id)
    return g.reader
