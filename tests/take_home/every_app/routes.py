"""The routes: signing up, logging in, and a dashboard."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user, login_required

import auth
import users

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
    return redirect(url_for(".login_page"))


@pages.post("/logout")
def logout():
    auth.log_out()
    return redirect(url_for(".login_page"))


@pages.get("/signup")
def signup_page():
    return render_template("signup.html", fields={}, problems={})


@pages.post("/signup")
def signup():
    names = ("first_name", "last_name", "email", "password")
    fields = {name: request.form.get(name, "") for name in names}
    fields |= {name: fields[name].strip() for name in names if name != "password"}
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
    return render_template("dashboard.html")
