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
    from socket import gethostname

    import socketio
    from flask import Flask
    from werkzeug.middleware.proxy_fix import ProxyFix

    from . import auth, demo, errors, headers, health, origin, work
    from .account import account
    from .config import Config
    from .db import connect
    from .events import Events
    from .fast import FastServer
    from .feed import Feed
    from .friends import Friends
    from .notifications import Notifications
    from .posts import Posts
    from .processes import Alone, Processes
    from .routes import pages
    from .session import EnvironSessionInterface, SessionMiddleware, Term
    from .session_store import MongoSessionStore
    from .sockets import Sockets
    from .throttle import Guesses
    from .upkeep import Upkeep
    from .users import Users
    from .wire import StrictServer

    config = config or Config.from_environment()
    app = Flask(__name__)
    app.json.sort_keys = False  # JSON in the order in which we write it
    app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024  # bytes

    # The database, and what is in it.
    database = connect(config.mongodb_uri, config.embedded_db)
    store = MongoSessionStore(database.sessions)
    users = Users(database.users, work.aside)
    friends = Friends(database.friendships)
    notifications = Notifications(database.notifications, database.read_marks)
    feed = Feed(users, friends, Posts(database.posts), notifications)
    guesses = Guesses(config.mongodb_uri, database.name)

    # The second door, and whatever other processes there are.
    name = f"{gethostname()}:{config.port}"
    processes, bus = Alone(name), None
    if config.mongodb_uri:
        processes = Processes(database.processes, database.sockets, name)
    if config.redis_url:
        from .bus import Bus

        bus = Bus(config.redis_url)
    server_class = FastServer if config.fast else StrictServer
    sockets = Sockets(users, friends, processes, bus, server_class)
    Events(sockets, feed, config.panel)
    Upkeep(sockets, store, processes, config.sweep_every).start()

    # The first door.
    app.extensions |= {"users": users, "friends": friends, "feed": feed, "store": store}
    app.extensions |= {"sockets": sockets, "guesses": guesses, "config": config}
    for part in errors, origin, headers, auth:
        part.init_app(app)
    health.init_app(app, database, bus)
    app.register_blueprint(account)
    app.register_blueprint(pages)
    if config.demo:
        demo.invite(app, users, friends, feed)

    # One session behind both.
    app.session_interface = EnvironSessionInterface()
    both = socketio.WSGIApp(sockets.sio, app.wsgi_app)
    term = Term.of_seconds(config.session_idle, config.session_limit)
    app.wsgi_app = SessionMiddleware(both, store, term, config.secret_key)
    if config.proxies:  # outermost, so that all the others see what the browser has asked for
        trusted = dict.fromkeys(["x_for", "x_proto", "x_host"], config.proxies)
        app.wsgi_app = ProxyFix(app.wsgi_app, **trusted)
    return app
