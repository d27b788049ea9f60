"""Responses in two forms: JSON for a program, a page for a browser's plain form."""

import json
import logging

from flask import flash, make_response, redirect, request, url_for
from pymongo.errors import PyMongoError
from werkzeug.wrappers import Request, Response

from ..domain.database import NO_DATABASE
from ..settings.quotas import MESSAGES
from .cross_site import own_path
from .extensions import session

log = logging.getLogger(__name__)


def wants_page(request: Request = request) -> bool:
    offered = ["application/json", "text/html"]
    return request.accept_mimetypes.best_match(offered) == "text/html"


def wants_json(request: Request = request) -> bool:
    """Return whether the client prefers JSON to a page.

    Unlike with `wants_page`, a client that accepts anything gets the page.
    """
    offered = ["text/html", "application/json"]
    return request.accept_mimetypes.best_match(offered) == "application/json"


def answer(data: dict, status: int = 200, message: str = "", page: str | None = None):
    """Answer with `data`. A plain form gets redirected to `page`, by default its own.

    That page shows the `message`, or the error in `data`.
    """
    if not wants_page():
        return data, status
    if "error" in data:
        flash(data["error"], "error")
    else:
        flash(message, "done")
    # A client that never loads a page would fill its session with messages.
    session["_flashes"] = session["_flashes"][-MESSAGES:]
    return redirect(page or page_of_form())


def too_many(wait: int, answer: dict | tuple, status: int = 429):
    """Return a view's `answer` with the instruction to try again after `wait` seconds."""
    response = make_response(answer)
    response.status_code = status
    response.headers["Retry-After"] = str(wait)
    return response


def no_database(error: PyMongoError, request: Request = request) -> Response:
    """Answer 503 in plain text, because the pages need the database."""
    log.warning("the database does not answer: %s", error)
    if wants_page(request):
        return Response(NO_DATABASE, 503)
    return Response(json.dumps({"error": NO_DATABASE}), 503, mimetype="application/json")


def page_of_form() -> str:
    return own_path(request.referrer) or url_for("posts.dashboard")
