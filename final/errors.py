"""Errors, as a page for people and as JSON for programs."""

from flask import Flask, render_template
from werkzeug.exceptions import HTTPException

from .answers import wants_page


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, answer_error)


def answer_error(error: HTTPException):
    headers = [(name, value) for name, value in error.get_headers() if name != "Content-Type"]
    if wants_page():
        return render_template("error.html", error=error), error.code, headers
    return {"error": error.description}, error.code, headers
