"""The routes: pages, and the forms on them."""

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_login import current_user, login_required

import auth
import users
from expose import exposed, print_session

pages = Blueprint("pages", __name__)


@pages.get("/")
def login_page():
    if current_user.is_authenticated:
        return redirect(url_for(".dashboard"))
    return render_template("login.html")


@pages.post("/login")
def login():
    email = request.form.get("email", "").strip()
    user = users.authenticate(email, request.form.get("password", ""))
    if user is None:
        error = "Email or password is wrong."
        return render_template("login.html", email=email, error=error), 401
    auth.log_in(user)
    return redirect(auth.path_of_this_site(request.values.get("next")) or url_for(".dashboard"))


@pages.get("/login")
def login_again():
    """Redirect to the login page, for example when a page is reloaded after a wrong password."""
    return redirect(url_for(".login_page", next=request.args.get("next")))


@pages.post("/logout")
def logout():
    auth.log_out()
    return redirect(url_for(".login_page"))


@pages.get("/signup")
def signup_page():
    return render_template("signup.html", fields={}, problems={})


@pages.post("/signup")
def signup():
    names = ("first_name", "last_name", "email")
    fields = {name: request.form.get(name, "").strip() for name in names}
    fields["password"] = request.form.get("password", "")
    problems = users.find_problems(**fields)
    user = None if problems else users.create(**fields)
    if user is None:
        problems = problems or {"email": "This email already has an account. Log in instead."}
        return render_template("signup.html", fields=fields, problems=problems), 400
    auth.log_in(user)
    return redirect(url_for(".dashboard"))


@pages.get("/dashboard")
@login_required
def dashboard():
    print_session("request", session)
    return render_template("dashboard.html")


@pages.get("/session")
def request_session():
    if not current_user.is_authenticated:
        return {"error": "log in first"}, 401
    return exposed(session)
