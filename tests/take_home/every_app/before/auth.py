"""Login and logout, with Flask-Login."""

from flask import redirect, request, url_for
from flask_login import LoginManager, login_user, logout_user

import users

login_manager = LoginManager()


@login_manager.user_loader
def load_user(user_id: str) -> users.User | None:
    return users.find(user_id)


@login_manager.unauthorized_handler
def unauthorized():
    if request.method == "POST":
        return {"error": "log in first"}, 401
    return redirect(url_for("pages.login_page", next=request.path))


def log_in(user: users.User) -> None:
    login_user(user)


def log_out() -> None:
    logout_user()


def path_of_this_site(target: str | None) -> str | None:
    """Return `target` if it's a path of this site, or None if a browser could leave the site."""
    is_path = target and target.startswith("/") and not target.startswith("//")
    return target if is_path and target.isprintable() and "\\" not in target else None
