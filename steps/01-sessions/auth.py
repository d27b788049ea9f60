"""Logging in and out: Flask-Login keeps the user's id in the session, and we keep the session."""

from flask import redirect, request, session, url_for
from flask_login import LoginManager, login_user

import users

login_manager = LoginManager()
# Off: who a browser is, its session says, and not the headers that it sends.
login_manager.session_protection = None
login_manager.user_loader(users.find)


@login_manager.unauthorized_handler
def unauthorized():
    return redirect(url_for("pages.login_page", next=request.path))


def log_in(user: users.User) -> None:
    """Go on in a new session as this user: an id somebody knew before is worth nothing now."""
    session.regenerate()
    login_user(user)
    session.pop("_id")  # written for session_protection, which is off


def log_out() -> None:
    session.destroy()


def path_of_this_site(target: str | None) -> str | None:
    """Return `target` if it is a path here, and not what a browser reads as another site's."""
    is_path = target and target.startswith("/") and not target.startswith("//")
    return target if is_path and target.isprintable() and "\\" not in target else None
