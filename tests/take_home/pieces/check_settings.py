"""Says in one sentence what keeps an app's requests and sockets from sharing their session."""

import sys
from collections.abc import Iterator

from session import EnvironSessionInterface


def check_settings(app) -> None:
    """Raise RuntimeError if something is wrong. Call this at the end of app.py."""
    problem = next(problems(app), None)
    if problem:
        raise RuntimeError(problem)


def problems(app) -> Iterator[str]:
    """Yield what's wrong with an app, and what to do about it."""
    if "SESSION_TYPE" in app.config:
        yield (
            "Remove SESSION_TYPE and Session(app) from app.py: Flask-Session and the shared "
            "session can't both be flask.session."
        )
    has_events = "socketio" in app.extensions  # Flask-SocketIO's
    interface = "EventSessionInterface" if has_events else "EnvironSessionInterface"
    if not isinstance(app.session_interface, EnvironSessionInterface):
        yield lacks(f"app.session_interface = {interface}()")
    layers = list(layers_of(app.wsgi_app))
    names = [type(layer).__name__ for layer in layers]
    if "SessionMiddleware" not in names:
        yield lacks("app.wsgi_app = SessionMiddleware(app.wsgi_app, store)")
        return
    middleware = names.index("SessionMiddleware")
    socket_layers = [n for n, layer in enumerate(layers) if hasattr(layer, "engineio_app")]
    if any(n < middleware for n in socket_layers):
        yield "Add Socket.IO above the line with SessionMiddleware, or sockets have no session."
    if socket_layers and "HangUp" not in names:
        yield lacks("app.wsgi_app = HangUp(app.wsgi_app)")
    collection = getattr(layers[middleware].store, "collection", None)
    if collection is not None and not collection.codec_options.tz_aware:
        yield "Pass tz_aware=True to MongoClient(), because sessions need times with a time zone."
    if has_events:
        yield from problems_of_flask_socketio(app.extensions["socketio"], app.session_interface)
    sockets = sys.modules.get(__name__.replace("check_settings", "sockets"))  # also in a package
    if getattr(sockets, "app", app) is None:
        yield lacks("sockets.app, sockets.load_user = app, load_user")
    if hasattr(app, "login_manager") and app.login_manager.session_protection:
        yield lacks("login_manager.session_protection = None")
    if is_patched_by_eventlet():
        yield (
            "Remove eventlet.monkey_patch(): these files are written for threads, and PyMongo has "
            "ended its support for Eventlet."
        )


def problems_of_flask_socketio(socketio, session_interface) -> Iterator[str]:
    if socketio.manage_session:
        yield (
            "Pass manage_session=False to SocketIO(), or each socket has a copy of the session, "
            "made when it connected."
        )
    if type(session_interface) is EnvironSessionInterface:
        yield (
            "Use EventSessionInterface() in place of EnvironSessionInterface(), or events have "
            "the session as it was when their socket connected."
        )
    if socketio.async_mode != "threading":
        yield (
            f'Pass async_mode="threading" to SocketIO(), which has chosen {socketio.async_mode}: '
            "these files are written for threads."
        )


def is_patched_by_eventlet() -> bool:
    eventlet = sys.modules.get("eventlet")
    return eventlet is not None and eventlet.patcher.is_monkey_patched("thread")


def layers_of(wsgi_app) -> Iterator:
    """Yield an app's WSGI layers, the outermost one first."""
    while wsgi_app:
        yield wsgi_app
        wsgi_app = getattr(wsgi_app, "app", None) or getattr(wsgi_app, "wsgi_app", None)


def lacks(line: str) -> str:
    return f"This app lacks a line: {line}"
