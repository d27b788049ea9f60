"""Logging in and out: Flask-Login keeps the user's id in the session, and we keep the session."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from flask import Flask, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin, login_user

from ..domain.users import User
from ..sessions.middleware import name_of_cookie
from ..sessions.session import Term
from ..settings.quotas import SESSIONS
from .answers import wants_page
from .cross_site import own_path
from .current import config, sockets, store, users

LOGIN_PAGES = ["login_page", "log_in", "signup_page"]  # their forms log somebody in


@dataclass(frozen=True)
class CurrentUser(UserMixin, User):
    """A user in the form in which Flask-Login wants one."""


def init_app(app: Flask) -> None:
    login_manager = LoginManager(app)
    # Off: who a browser is, its session says, and not the headers that it sends.
    login_manager.session_protection = None
    login_manager.user_loader(load_user)
    login_manager.unauthorized_handler(unauthorized)


def load_user(user_id: str) -> CurrentUser | None:
    user = users.find(user_id)
    return user and CurrentUser(**vars(user))


def unauthorized():
    if request.method == "POST" and not wants_page():
        return {"error": "log in first"}, 401
    page = url_for("pages.dashboard") if request.method == "POST" else request.full_path.rstrip("?")
    if not comes_from_login():
        return redirect(url_for("login.login_page", next=page))
    # Either the browser keeps no cookies, or somebody reloaded a page after a logout. Send a test
    # cookie to see whether it comes back.
    response = redirect(url_for("login.login_page", next=page, cookies="tried"))
    options = {"httponly": True, "samesite": "Lax", "secure": request.is_secure}
    response.set_cookie(tried_cookie(), "1", **options)
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
    """Go on in a new session as this user: an id somebody knew before is worth nothing now.

    To `keep` somebody signed in is to give that session a longer term. Flask-Login's own
    remember-me cookie is not used: it would bring back what a log-out has ended.
    """
    end_session(session.regenerate)
    if keep:
        session.term = Term.of_seconds(config.kept_idle, config.kept_limit)
    session.browser = request.user_agent.string[:300]
    login_user(CurrentUser(**vars(user)))
    session.pop("_id")  # written for session_protection, which is off


def end_oldest_sessions() -> None:
    """End all sessions of this session's user but the SESSIONS that were used last."""
    ended = [each["_id"] for each in store.of_user(session["_user_id"])[SESSIONS:]]
    if ended:
        store.destroy(ended)
        sockets.close(ended)


def log_out() -> None:
    end_session(session.destroy)


def end_session(end: Callable[[], None]) -> None:
    """End this session, then close its sockets: in this order, or one could connect again."""
    session_ids = session.ids if session.id else []
    end()
    if session_ids:
        sockets.close(session_ids)
