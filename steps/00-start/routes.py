"""The routes: pages, and the forms on them."""

from flask import Blueprint, render_template

pages = Blueprint("pages", __name__)


@pages.get("/")
def login_page():
    return render_template("login.html")


@pages.get("/signup")
def signup_page():
    return render_template("signup.html", fields={}, problems={})


@pages.get("/dashboard")
def dashboard():
    return render_template("dashboard.html")
