"""Errors, as a page for people and as JSON for programs."""

from flask import Flask, current_app, redirect, render_template, request, url_for
from pymongo.errors import PyMongoError
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.wrappers import Request

from .responses import no_database, wants_page


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, answer_error)
    app.register_error_handler(MethodNotAllowed, lead_to_page)
    app.register_error_handler(PyMongoError, no_database)


def answer_error(error: HTTPException):
    headers = [(name, value) for name, value in error.get_headers() if name != "Content-Type"]
    if wants_page():
        return render_template("error.html", error=error), error.code, headers
    return {"error": error.description}, error.code, headers


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


class DatabaseErrors:
    """WSGI middleware that answers 503 if the session can't be loaded or saved."""

    def __init__(self, app):
        self.app = app

    def __call__(self, environ, start_response):
        try:
            return self.app(environ, start_response)
        except PyMongoError as error:
            return no_database(error, Request(environ))(environ, start_response)
