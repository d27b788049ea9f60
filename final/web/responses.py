"""One answer in two forms: JSON for a program, a page for a browser's plain form."""

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


def answer(data: dict, status: int = 200, said: str = "", page: str | None = None):
    """Answer with `data`; or with a page, by default the form's, where `said` is shown.

    Where there is an error in `data`, that is shown.
    """
    if not wants_page():
        return data, status
    if "error" in data:
        flash(data["error"], "error")
    else:
        flash(said, "done")
    # A client that never loads a page would fill its session with them.
    session["_flashes"] = session["_flashes"][-MESSAGES:]
    return redirect(page or page_of_form())


def too_many(wait: int, answer: dict | tuple, status: int = 429):
    """Return a view's `answer` as a refusal that tells the client to wait `wait` seconds."""
    response = make_response(answer)
    response.status_code = status
    response.headers["Retry-After"] = str(wait)
    return response


def no_database(error: PyMongoError, request: Request = request) -> Response:
    """Answer with 503, not as one of the pages: they would ask the database what to show."""
    log.warning("the database does not answer: %s", error)
    if wants_page(request):
        return Response(NO_DATABASE, 503)
    return Response(json.dumps({"error": NO_DATABASE}), 503, mimetype="application/json")


def page_of_form() -> str:
    return own_path(request.referrer) or url_for("posts.dashboard")
