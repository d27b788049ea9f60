"""Login, logout, and the answer to visitors who aren't logged in."""

from flask import current_app, redirect, request, session, url_for
from flask_login import LoginManager, login_user

from . import sockets
from .answers import wants_page
from .db import people
from .users import User

login_manager = LoginManager()
# Disabled: the session identifies a browser, not its headers.
login_manager.session_protection = None
login_manager.user_loader(people.by_id)


@login_manager.unauthorized_handler
def unauthorized():
    if request.method == "POST" and not wants_page():
        return {"error": "log in first"}, 401
    page = url_for("pages.dashboard") if request.method == "POST" else request.path
    return redirect(url_for("pages.login_page", next=page))


def log_in(user: User) -> None:
    """Log a user in, in a new session."""
    end_session()
    login_user(user)
    session.pop("_id")  # only session_protection needs it, and that's disabled


def end_session() -> None:
    """Delete the session, and then close its sockets. None of them can connect again."""
    ended = session.sid
    # Delete the stored session now. With clear() alone, that would happen only after the response.
    current_app.session_interface.regenerate(session)
    session.clear()
    sockets.close(ended)


def path_of_this_site(target: str | None) -> str | None:
    """Return `target` if it's a path of this site, or None if a browser could leave the site."""
    is_path = target and target.startswith("/") and not target.startswith("//")
    return target if is_path and target.isprintable() and "\\" not in target else None
