"""Login and logout with Flask-Login, which keeps the user's ID in our session."""

from contextlib import contextmanager

from flask import redirect, request, session, url_for
from flask_login import LoginManager, login_user

import sockets
import users
from answers import wants_page

login_manager = LoginManager()
# Disabled: the session identifies a browser, not its headers.
login_manager.session_protection = None
login_manager.user_loader(users.find)


@login_manager.unauthorized_handler
def unauthorized():
    if request.method == "POST" and not wants_page():
        return {"error": "log in first"}, 401
    page = url_for("pages.dashboard") if request.method == "POST" else request.path
    return redirect(url_for("pages.login_page", next=page))


def log_in(user: users.User) -> None:
    """Log the user in, under a new session ID. The old ID no longer works."""
    with closing_sockets():
        session.regenerate()
    login_user(user)
    session.pop("_id")  # written for session_protection, which is off


def log_out() -> None:
    with closing_sockets():
        session.destroy()


@contextmanager
def closing_sockets():
    """Close the session's sockets after this block, which has to end the session."""
    user_id, session_id = session.get("_user_id"), session.sid
    yield
    sockets.close(user_id, session_id)


def path_of_this_site(target: str | None) -> str | None:
    """Return `target` if it's a path of this site, or None if a browser could leave the site."""
    is_path = target and target.startswith("/") and not target.startswith("//")
    return target if is_path and target.isprintable() and "\\" not in target else None
