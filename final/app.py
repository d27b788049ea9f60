"""Builds the app: its parts, and how they are wired. Nothing runs until a server starts."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from socket import gethostname

import socketio
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from . import web
from .cluster.processes import Processes, SingleProcess
from .domain.database import NAME, connect
from .domain.feed import Feed
from .domain.friends import Friends
from .domain.notifications import Notifications
from .domain.posts import Posts
from .domain.stores import FriendStore, NotificationStore, PostStore, UserStore
from .domain.users import Users
from .realtime.background import Background
from .realtime.events import Events
from .realtime.socket_lifecycle import SocketLifecycle
from .realtime.sockets import Sockets
from .server.gate import Gate
from .server.guard import Guard
from .sessions.middleware import EnvironSessionInterface, SessionMiddleware
from .sessions.session import Term
from .sessions.store import MongoSessionStore, SessionStore
from .settings import quotas
from .settings.config import Config
from .transport import FastServer
from .web import (
    account,
    auth,
    cross_site,
    demo,
    friends,
    health,
    login,
    page_user,
    panel,
    posts,
    responses,
    throttle,
)
from .web.hash_queue import HashQueue
from .web.headers import Headers, SingleSpaces
from .web.throttle import Guesses


@dataclass(frozen=True)
class Data:
    """The parts that store something. Anything that implements these Protocols will do."""

    store: SessionStore
    users: UserStore
    friends: FriendStore
    posts: PostStore
    notifications: NotificationStore
    guesses: Guesses
    processes: Processes | SingleProcess
    database_name: str = NAME


def in_database(config: Config) -> Data:
    """Return the parts that store everything in the database that `config` names."""
    database = connect(config.mongodb_uri, config.embedded_db)
    name = f"{gethostname()}:{config.port}"
    processes: Processes | SingleProcess = SingleProcess(name)
    if config.mongodb_uri:
        processes = Processes(database.processes, database.sockets, name)
    return Data(
        store=MongoSessionStore(database.sessions),
        users=Users(database.users, HashQueue()),
        friends=Friends(database.friendships),
        posts=Posts(database.posts),
        notifications=Notifications(database.posts, database.read_marks),
        guesses=Guesses(database if config.mongodb_uri else None),
        processes=processes,
        database_name=database.name,
    )


def create_app(config: Config | None = None, data: Data | None = None) -> Flask:
    """Return the app for `config`, by default for the settings in the environment.

    It stores everything in the database, unless it gets other parts as `data`. It starts nothing:
    the server starts and stops `app.extensions["background"]`. Patch the standard library with
    gevent before you import this module, as `python -m final` does.
    """
    config = config or Config.from_environment()
    data = data or in_database(config)
    app = Flask(web.__name__)  # whose folder has templates/ and static/
    app.json.sort_keys = False  # type: ignore[attr-defined]  # JSON in the order we write it
    app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024  # bytes
    feed = Feed(data.users, data.friends, data.posts, data.notifications)
    gate = Gate()
    sockets = second_door(config, data, feed, gate)
    app.extensions |= vars(data) | {
        "background": Background(sockets, data.store, config.sweep_every),
        "config": config,
        "feed": feed,
        "sockets": sockets,
    }
    first_door(app, config, data, feed)
    one_session(app, config, data.store, gate)
    return app


def second_door(config: Config, data: Data, feed: Feed, gate: Gate) -> Sockets:
    """Return the Socket.IO server with its handlers."""
    bus = None
    if config.redis_url:
        from .cluster.bus import Bus  # needs redis, which is installed for several processes only

        bus = Bus(config.redis_url, data.database_name)
    make_server = socketio.Server
    if config.fast:
        make_server = functools.partial(
            FastServer, gate=gate, max_unsent=quotas.UNSENT, backlog=quotas.BACKLOG
        )
    sockets = Sockets(data.users, data.friends, data.processes, bus, gate, make_server)
    SocketLifecycle(sockets)
    Events(sockets, feed, config.panel)
    return sockets


def first_door(app: Flask, config: Config, data: Data, feed: Feed) -> None:
    """Add the pages, and what is checked before each request."""
    responses.init_app(app)
    cross_site.init_app(app)
    throttle.init_app(app, config)  # after cross_site: forms of other sites don't count
    auth.init_app(app)
    page_user.init_app(app)
    bus = app.extensions["sockets"].bus
    health.init_app(app, data.users, bus and bus.ping)
    for pages in login, account, posts, friends, panel:
        app.register_blueprint(pages.blueprint)
    if config.demo:
        demo.create_demo_users(app, data.users, data.friends, feed)
    else:
        demo.delete_demo_users(data.users, feed, data.store)


def one_session(app: Flask, config: Config, store: SessionStore, gate: Gate) -> None:
    """Put both doors behind the session middleware, and that behind what the network needs.

    Each layer gets the next one's bound method. A call of a Python method doesn't use the C stack,
    but a call of an object does. With objects, each layer would take 0.8 kB for each open socket.
    """
    app.session_interface = EnvironSessionInterface()
    both: Callable = socketio.WSGIApp(app.extensions["sockets"].sio, app.wsgi_app).__call__
    if not config.fast:
        both = Guard(both, gate).__call__
    term = Term.of_seconds(config.session_idle, config.session_limit)
    name = config.session_cookie_name
    both = SessionMiddleware(both, store, term, config.secret_key, name).__call__
    both = responses.DatabaseErrors(both).__call__
    both = Headers(both).__call__
    if config.proxies:  # everything inside sees the request as the browser sent it
        trusted = dict.fromkeys(["x_for", "x_proto", "x_host"], config.proxies)
        both = ProxyFix(both, **trusted).__call__
    elif config.production:
        app.logger.warning(
            "PROXIES=0: all visitors behind a proxy would count as one address, and HTTPS wouldn't "
            "be seen. Behind nginx, set PROXIES=1."
        )
    app.wsgi_app = SingleSpaces(both).__call__  # type: ignore[method-assign]  # as Flask documents it
