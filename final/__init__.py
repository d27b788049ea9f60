"""The workshop's app, grown up: one session behind two doors, put together by create_app."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from .config import Config
    from .data import Data


def create_app(config: Config | None = None, data: Data | None = None) -> Flask:
    """Return the app, wired for `config`, or for the settings in the environment.

    It keeps everything in the database, unless it is given other parts for its `data`.

    It wants a gevent server with the standard library patched, as `python -m final` has it. The
    imports stand in here because this file is read before anybody has had a chance to patch.
    """
    import functools

    import socketio
    from flask import Flask
    from werkzeug.middleware.proxy_fix import ProxyFix

    from . import auth, demo, errors, health, origin, page_user, quotas, renewal, submissions
    from .account import account
    from .config import Config
    from .data import in_database
    from .door import Door
    from .events import Events
    from .feed import Feed
    from .friend_pages import friend_pages
    from .gate import Gate
    from .guard import Guard
    from .headers import Headers
    from .routes import pages
    from .session import EnvironSessionInterface, SessionMiddleware, Term
    from .sockets import Sockets
    from .spaces import SingleSpaces
    from .upkeep import Upkeep

    config = config or Config.from_environment()
    app = Flask(__name__)
    app.json.sort_keys = False  # JSON in the order in which we write it
    app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024  # bytes

    # What is kept, and who may see it.
    data = data or in_database(config)
    users, friends, store = data.users, data.friends, data.store
    feed = Feed(users, friends, data.posts, data.notifications)

    # The second door, and whatever other processes there are.
    bus = None
    if config.redis_url:
        from .bus import Bus

        bus = Bus(config.redis_url, data.database_name)
    gate, make_server = Gate(), socketio.Server
    if config.fast:
        from .transport import FastServer

        limits = {"max_unsent": quotas.UNSENT, "backlog": quotas.BACKLOG}
        make_server = functools.partial(FastServer, gate=gate, **limits)
    sockets = Sockets(users, friends, data.processes, bus, gate, make_server)
    Door(sockets)
    Events(sockets, feed, config.panel)
    renewal.init_sockets(sockets)
    Upkeep(sockets, store, data.processes, config.sweep_every).start()

    # The first door.
    app.extensions |= {"users": users, "friends": friends, "feed": feed, "store": store}
    app.extensions |= {"guesses": data.guesses, "sign_ups": data.sign_ups}
    app.extensions |= {"sockets": sockets, "config": config}
    errors.init_app(app)
    origin.init_app(app)
    submissions.init_app(app, config)  # after origin: forms of other sites don't count
    auth.init_app(app)
    page_user.init_app(app)
    health.init_app(app, users, bus)
    app.register_blueprint(account)
    app.register_blueprint(pages)
    app.register_blueprint(friend_pages)
    if config.demo:
        demo.invite(app, users, friends, feed)
    else:
        demo.send_home(users, feed, store)

    # One session behind both.
    app.session_interface = EnvironSessionInterface()
    both = socketio.WSGIApp(sockets.sio, app.wsgi_app)
    if not config.fast:
        both = Guard(both, gate)
    term = Term.of_seconds(config.session_idle, config.session_limit)
    name = config.session_cookie_name
    app.wsgi_app = Headers(SessionMiddleware(both, store, term, config.secret_key, name))
    if config.proxies:  # so that everything inside sees what the browser asked for
        trusted = dict.fromkeys(["x_for", "x_proto", "x_host"], config.proxies)
        app.wsgi_app = ProxyFix(app.wsgi_app, **trusted)
    elif config.production:
        app.logger.warning(
            "PROXIES=0: all visitors behind a proxy would count as one address, and HTTPS wouldn't "
            "be seen. Behind nginx, set PROXIES=1."
        )
    app.wsgi_app = SingleSpaces(app.wsgi_app)  # outermost, before anything is parsed
    return app
