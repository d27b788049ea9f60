"""Answers in two forms: JSON for scripts, and a page for plain HTML forms."""

from flask import flash, redirect, request, url_for


def wants_page() -> bool:
    offered = ["application/json", "text/html"]
    return request.accept_mimetypes.best_match(offered) == "text/html"


def answer(data: dict, status: int = 200, message: str = ""):
    """Respond with `data`, or redirect a plain form to the dashboard and show the message there."""
    if wants_page():
        flash(data.get("error", message))
        return redirect(url_for("pages.dashboard"))
    return data, status
