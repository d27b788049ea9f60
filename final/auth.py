"""Logging in and out: Flask-Login keeps the user's id in the session, and we keep the session."""

from contextlib import contextmanager
from dataclasses import dataclass

from flask import Flask, redirect, request, session, url_for
from flask_login import LoginManager, UserMixin, login_user

from .answers import wants_page
from .current import sockets, users
from .users import User


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
    page = url_for("pages.dashboard") if request.method == "POST" else request.path
    return redirect(url_for("pages.login_page", next=page))


def log_in(user: User) -> None:
    """Go on in a new session as this user: an id somebody knew before is worth nothing now."""
    with closing_sockets():
        session.regenerate()
    login_user(CurrentUser(**vars(user)))
    session.pop("_id")  # written for session_protection, which is off


def log_out() -> None:
    with closing_sockets():
        session.destroy()


@contextmanager
def closing_sockets():
    """Close the sockets of the session that ends in this block, once none can connect again."""
    user_id, session_id = session.get("_user_id"), session.sid
    yield
    sockets.close(user_id, session_id)


def path_of_this_site(target: str | None) -> str | None:
    """Return `target` if it is a path here, and not what a browser reads as another site's."""
    is_path = target and target.startswith("/") and not target.startswith("//")
    return target if is_path and target.isprintable() and "\\" not in target else None
