"""The parts of the app that serves the current request, by name."""

from typing import TYPE_CHECKING

from flask import current_app, g
from flask_login import current_user
from werkzeug.local import LocalProxy

from ..domain.reader import Reader

if TYPE_CHECKING:
    from ..domain.feed import Feed
    from ..domain.friends import Friends
    from ..domain.users import Users
    from ..realtime.sockets import Sockets
    from ..sessions.store import MongoSessionStore
    from ..settings.config import Config
    from .throttle import Guesses, SignUps

config: "Config" = LocalProxy(lambda: current_app.extensions["config"])
users: "Users" = LocalProxy(lambda: current_app.extensions["users"])
friends: "Friends" = LocalProxy(lambda: current_app.extensions["friends"])
feed: "Feed" = LocalProxy(lambda: current_app.extensions["feed"])
store: "MongoSessionStore" = LocalProxy(lambda: current_app.extensions["store"])
sockets: "Sockets" = LocalProxy(lambda: current_app.extensions["sockets"])
guesses: "Guesses" = LocalProxy(lambda: current_app.extensions["guesses"])
sign_ups: "SignUps" = LocalProxy(lambda: current_app.extensions["sign_ups"])


def current_reader() -> Reader:
    """Return the current user, as who reads in this request."""
    if "reader" not in g:
        g.reader = Reader(feed, current_user.id)
    return g.reader


reader: Reader = LocalProxy(current_reader)
