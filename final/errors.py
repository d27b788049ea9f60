"""Errors, as a page for people and as JSON for programs."""

import logging

from flask import Flask, render_template
from pymongo.errors import PyMongoError
from werkzeug.exceptions import HTTPException

from .answers import wants_page
from .session import NO_DATABASE

log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, answer_error)
    app.register_error_handler(PyMongoError, answer_no_database)


def answer_no_database(error: PyMongoError):
    log.warning("the database does not answer: %s", error)
    # Not as one of the pages, which would ask the database what to show beside it.
    return (NO_DATABASE if wants_page() else {"error": NO_DATABASE}), 503


def answer_error(error: HTTPException):
    headers = [(name, value) for name, value in error.get_headers() if name != "Content-Type"]
    if wants_page():
        return render_template("error.html", error=error), error.code, headers
    return {"error": error.description}, error.code, headers
