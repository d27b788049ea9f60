"""The workshop's app, grown up: one session behind two doors, put together by create_app."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from .config import Config


def create_app(config: Config | None = None) -> Flask:
    """Return the app, wired for `config`, or for the settings in the environment.

    It wants a gevent server with the standard library patched, as `python -m final` has it. The
    imports stand in here because this file is read before anybody has had a chance to patch.
    """
    import socketio
    from flask import Flask

    from . import auth, demo, errors, origin
    from .comments import Comments
    from .config import Config
    from .db import connect
    from .friends import Friends
    from .routes import pages
    from .session import EnvironSessionInterface, SessionMiddleware
    from .session_store import MongoSessionStore
    from .sockets import Sockets
    from .users import Users

    config = config or Config.from_environment()
    database = connect(config.mongodb_uri, config.embedded_db)
    store = MongoSessionStore(database.sessions, config.session_max_age)

    app = Flask(__name__)
    app.json.sort_keys = False  # JSON in the order in which we write it
    app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024  # bytes
    users = app.extensions["users"] = Users(database.users)
    friends = app.extensions["friends"] = Friends(database.friendships)
    app.extensions["comments"] = Comments(database.comments)
    sockets = app.extensions["sockets"] = Sockets(users)
    if config.demo:
        demo.invite(app, users, friends)

    errors.init_app(app)
    origin.init_app(app)
    auth.init_app(app)
    app.register_blueprint(pages)

    app.session_interface = EnvironSessionInterface()
    app.wsgi_app = SessionMiddleware(socketio.WSGIApp(sockets.sio, app.wsgi_app), store)
    return app
