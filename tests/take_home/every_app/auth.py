"""Login and logout, with Flask-Login."""

from contextlib import contextmanager

from flask import redirect, request, session, url_for
from flask_login import LoginManager, login_user, logout_user

import sockets
import users

login_manager = LoginManager()
# Disabled: the session identifies a browser, not its headers.
login_manager.session_protection = None


@login_manager.user_loader
def load_user(user_id: str) -> users.User | None:
    return users.find(user_id)


@login_manager.unauthorized_handler
def unauthorized():
    if request.method == "POST":
        return {"error": "log in first"}, 401
    return redirect(url_for("pages.login_page", next=request.path))


def log_in(user: users.User) -> None:
    with closing_sockets():
        session.regenerate()
    login_user(user)


def log_out() -> None:
    with closing_sockets():
        session.destroy()
    logout_user()  # removes Flask-Login's "remember me" cookie


@contextmanager
def closing_sockets():
    """End the session in this block, and then close its sockets. None can connect any more."""
    user_id, session_id = session.get("_user_id"), session.sid
    yield
    sockets.close(user_id, session_id)


def path_of_this_site(target: str | None) -> str | None:
    """Return `target` if it's a path of this site, or None if a browser could leave the site."""
    is_path = target and target.startswith("/") and not target.startswith("//")
    return target if is_path and target.isprintable() and "\\" not in target else None
