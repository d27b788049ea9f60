"""Answers in two forms: JSON for a program, and a page for a browser's plain form."""

from flask import flash, redirect, request, url_for


def wants_page() -> bool:
    offered = ["application/json", "text/html"]
    return request.accept_mimetypes.best_match(offered) == "text/html"


def answer(data: dict, status: int = 200, said: str = ""):
    """Return `data`, or redirect to the dashboard, which shows `said` or the error in `data`."""
    if wants_page():
        flash(said or data["error"])
        return redirect(url_for("pages.dashboard"))
    return data, status
