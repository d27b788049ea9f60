"""Logging in and out, and who may come in."""

from flask import current_app, redirect, request, session, url_for
from flask_login import LoginManager, login_user

from . import sockets
from .answers import wants_page
from .db import people
from .users import User

login_manager = LoginManager()
# Off: who a browser is, its session says, and not the headers that it sends.
login_manager.session_protection = None
login_manager.user_loader(people.by_id)


@login_manager.unauthorized_handler
def unauthorized():
    if request.method == "POST" and not wants_page():
        return {"error": "log in first"}, 401
    page = url_for("pages.dashboard") if request.method == "POST" else request.path
    return redirect(url_for("pages.login_page", next=page))


def log_in(user: User) -> None:
    """Go on in a new session as this user."""
    end_session()
    login_user(user)
    session.pop("_id")  # written for session_protection, which is off


def end_session() -> None:
    """Delete the session, and close its sockets once none can connect again."""
    ended = session.sid
    # Deletes what is stored at once; clear() alone would do that only after the answer.
    current_app.session_interface.regenerate(session)
    session.clear()
    sockets.close(ended)


def path_of_this_site(target: str | None) -> str | None:
    """Return `target` if it is a path here, and not what a browser reads as another site's."""
    is_path = target and target.startswith("/") and not target.startswith("//")
    return target if is_path and target.isprintable() and "\\" not in target else None
