"""Login and logout with Flask-Login, which keeps the user's ID in our session."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Flask, redirect, request, url_for
from flask_login import LoginManager, UserMixin, login_user

from ..domain.users import User
from ..sessions.middleware import name_of_cookie
from ..sessions.session import Term
from ..settings.quotas import SESSIONS
from .cross_site import own_path
from .extensions import config, session, sockets, store, users
from .responses import wants_page

LOGIN_PAGES = ["login_page", "log_in", "signup_page"]  # endpoints whose forms log a user in


@dataclass(frozen=True)
class CurrentUser(UserMixin, User):
    """A user with the attributes that Flask-Login needs."""


def init_app(app: Flask) -> None:
    login_manager = LoginManager(app)
    # Disabled: the session identifies a browser, not its headers.
    login_manager.session_protection = None
    login_manager.user_loader(load_user)
    login_manager.unauthorized_handler(unauthorized)


def load_user(user_id: str) -> CurrentUser | None:
    user = users.find(user_id)
    return CurrentUser(**vars(user)) if user else None


def unauthorized():
    if request.method == "POST" and not wants_page():
        return {"error": "log in first"}, 401
    page = url_for("posts.dashboard") if request.method == "POST" else request.full_path.rstrip("?")
    if not comes_from_login():
        return redirect(url_for("login.login_page", next=page))
    # Either the browser keeps no cookies, or the user reloaded a page after a logout. Send a test
    # cookie to see whether it comes back.
    response = redirect(url_for("login.login_page", next=page, cookies="tried"))
    name = tried_cookie()
    response.set_cookie(name, "1", httponly=True, samesite="Lax", secure=request.is_secure)
    return response


def comes_from_login() -> bool:
    """Return whether this may be the page after a login, without the cookie of its session."""
    path = urlsplit(own_path(request.referrer) or "").path
    is_from_login = path in {url_for(f"login.{page}") for page in LOGIN_PAGES}
    return request.method == "GET" and wants_page() and is_from_login and not session.sent


def keeps_no_cookies() -> bool:
    """Return whether the browser was sent a test cookie and didn't send it back."""
    return request.args.get("cookies") == "tried" and tried_cookie() not in request.cookies


def tried_cookie() -> str:
    """Return the name of the test cookie."""
    return name_of_cookie(f"{config.session_cookie_name}-tried", request.environ)


def log_in(user: User, keep: bool = False) -> None:
    """Log the user in, with a new session, so that an ID planted before the login is useless.

    With `keep`, the session lasts longer. Flask-Login's own remember-me cookie isn't used, because
    it would log the user in again after a logout.
    """
    end_session(session.regenerate)
    if keep:
        session.term = Term.of_seconds(config.kept_idle, config.kept_limit)
    session.browser = request.user_agent.string[:300]
    login_user(CurrentUser(**vars(user)))
    session.pop("_id")  # written for session_protection, which is off


def end_oldest_sessions() -> None:
    """End the current user's least recently used sessions, so that at most SESSIONS are left."""
    ended = [each["_id"] for each in store.of_user(session["_user_id"])[SESSIONS:]]
    if ended:
        store.destroy(ended)
        sockets.close(ended)


def log_out() -> None:
    end_session(session.destroy)


def end_session(end: Callable[[], None]) -> None:
    """End this session, then close its sockets. In the other order, a socket could reconnect."""
    session_ids = session.ids
    end()
    sockets.close(session_ids)


def rotate_session_id() -> bool:
    """Continue this session under a new ID. Return False if it has ended meanwhile."""
    old_id, *others = session.ids  # the others come from cookies of the same name
    if not store.end(session["_user_id"], old_id):
        return False
    session.regenerate(keep=True)
    session.save()
    sockets.reconnect(old_id, session.reload())
    sockets.close(others)
    return True
