"""Errors, as a page for people and as JSON for programs."""

from flask import Flask, render_template
from pymongo.errors import PyMongoError
from werkzeug.exceptions import HTTPException

from .answers import no_database, wants_page


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, answer_error)
    app.register_error_handler(PyMongoError, no_database)


def answer_error(error: HTTPException):
    headers = [(name, value) for name, value in error.get_headers() if name != "Content-Type"]
    if wants_page():
        return render_template("error.html", error=error), error.code, headers
    return {"error": error.description}, error.code, headers
