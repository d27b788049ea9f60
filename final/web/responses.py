"""Responses in two forms, errors included: JSON for programs, pages for people."""

import json
import logging

from flask import Flask, current_app, flash, redirect, render_template, request, url_for
from pymongo.errors import PyMongoError
from werkzeug.exceptions import HTTPException, MethodNotAllowed
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
    """Return whether the client prefers JSON. Here, a client that accepts anything gets a page."""
    offered = ["text/html", "application/json"]
    return request.accept_mimetypes.best_match(offered) == "application/json"


def answer(data: dict, status: int = 200, message: str = "", page: str | None = None):
    """Answer with `data`, or redirect a plain form to `page` or its own, to show the message."""
    if not wants_page():
        return data, status
    flash(data.get("error", message), "error" if "error" in data else "done")
    # A client that never loads a page would fill its session with messages.
    session["_flashes"] = session["_flashes"][-MESSAGES:]
    return redirect(page or page_of_form())


def page_of_form() -> str:
    return own_path(request.referrer) or url_for("posts.dashboard")


# Errors.


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, answer_error)
    app.register_error_handler(MethodNotAllowed, lead_to_page)
    app.register_error_handler(PyMongoError, no_database)


def answer_error(error: HTTPException, page: str = "", **details: dict):
    """Answer with `page`, or the page for errors, or JSON with the error and these details."""
    headers = [(name, value) for name, value in error.get_headers() if name != "Content-Type"]
    if page or wants_page():
        return page or render_template("error.html", error=error), error.code, headers
    return {"error": error.description, **details}, error.code, headers


def lead_to_page(error: MethodNotAllowed):
    """Redirect from the address of a form to its page. A refused form leaves it in the browser."""
    if request.method in {"GET", "HEAD"} and wants_page():
        return redirect(page_above(request.path))
    return answer_error(error)


def page_above(path: str) -> str:
    """Return the address of the nearest page above this path: /account for /account/name."""
    urls = current_app.url_map.bind_to_environ(request.environ)
    while path != "/":
        path = path.rpartition("/")[0] or "/"
        try:
            endpoint, values = urls.match(path, "GET")
        except HTTPException:  # There is no such page, or only a form.
            continue
        return url_for(endpoint, **values, next=request.args.get("next"))
    return "/"


def no_database(error: PyMongoError, request: Request = request) -> Response:
    """Answer 503 in plain text, because the pages need the database."""
    log.warning("the database does not answer: %s", error)
    if wants_page(request):
        return Response(NO_DATABASE, 503)
    return Response(json.dumps({"error": NO_DATABASE}), 503, mimetype="application/json")


class DatabaseErrors:
    """WSGI middleware that answers 503 if the session can't be loaded or saved."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        try:
            return self.app(environ, start_response)
        except PyMongoError as error:
            return no_database(error, Request(environ))(environ, start_response)
