"""The page user: a page can act only for the user it was rendered for.

A page may stay open while its user logs out in another tab, and another user logs in there. So
every page names its user: forms in a hidden field, scripts in a header, sockets when they connect
(see realtime/socket_lifecycle.py). If that isn't the user of the session, the request is refused. A
client that names no user, such as curl, isn't refused.
"""

import logging

from flask import Flask, abort, request
from flask_login import current_user
from markupsafe import Markup

from .cross_site import SAFE_METHODS

log = logging.getLogger(__name__)

FIELD = "page_user"
HEADER = "X-Page-User"


def init_app(app: Flask) -> None:
    app.before_request(refuse_page_of_another)
    app.jinja_env.globals["page_user_field"] = hidden_field


def hidden_field() -> Markup:
    """Return the hidden field for every POST form of a logged-in user."""
    # An ID has only hex digits, so it needs no escaping, and Markup.format would be slow.
    return Markup(f'<input type="hidden" name="{FIELD}" value="{current_user.id}">')


def refuse_page_of_another() -> None:
    """Answer 409 to a request from another user's page. It may not even GET this user's data."""
    page_users = request.headers.getlist(HEADER)
    if request.method not in SAFE_METHODS:
        page_users += request.form.getlist(FIELD)
    if not page_users or not current_user.is_authenticated or set(page_users) == {current_user.id}:
        return
    log.warning("refused path=%r: it comes from a page of another user", request.path)
    abort(
        409,
        "This page belongs to another account. You're now logged in as "
        f"{current_user.full_name}, so nothing was done.",
    )
