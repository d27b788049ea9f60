"""Signing up, logging in and logging out."""

import logging

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user
from limits import RateLimitItemPerHour
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from ..domain import texts
from . import auth, forms
from .cross_site import localhost_hint, path_of_this_site
from .extensions import config, guesses, session, users
from .responses import answer_error, wants_json
from .throttle import GUESSED_TOO_OFTEN, TOO_MANY_SIGN_UPS, limits_of, network_of

log = logging.getLogger(__name__)
blueprint = Blueprint("login", __name__)

WRONG_LOG_IN = "Email or password is wrong."
NO_COOKIES = (
    "Your browser didn't keep the cookie that logs you in. Allow cookies for this site, then log "
    "in again."
)
EMAIL_TAKEN = Markup('This email already has an account. <a href="/">Log in instead.</a>')


@blueprint.get("/")
def login_page():
    if current_user.is_authenticated:
        return redirect(next_page())
    return login_form(forms.LogIn())


def next_page() -> str:
    """Return the page to show after a login: the one that was asked for, or the feed."""
    return path_of_this_site(request.values.get("next", "")) or url_for("posts.dashboard")


def login_form(form: forms.LogIn, error: str | None = None) -> str:
    warning = localhost_hint() if request.host.startswith("localhost") else ""
    if auth.keeps_no_cookies():
        warning = NO_COOKIES
    return render_template("login.html", form=form, error=error, warning=warning)


@blueprint.post("/login")
def log_in():
    form = forms.LogIn(request.form)
    email, address = texts.clean_email(form.email.data), request.remote_addr or ""
    network = network_of(address)
    limits = limits_of(email, network, users.has_logged_in_from(email, network))
    try:
        with guesses.attempt(GUESSED_TOO_OFTEN, *limits):
            version = users.password_version(email)
            user = users.authenticate(email, form.password.data or "")
    except HTTPException as error:
        log.warning("log-in throttled address=%s", address)
        return answer_error(error, "" if wants_json() else login_form(form, error.description))
    if user is None:
        log.info("log-in refused address=%s", address)
        return login_form(form, WRONG_LOG_IN), 401
    guesses.was_right(*limits)
    auth.log_in(user, keep=form.keep.data)
    session.save()  # a new password that comes later ends it, too; one that came before, we see
    if users.password_version(email) != version:
        auth.log_out()
        return login_form(form, WRONG_LOG_IN), 401
    users.remember_network(user.id, network)
    auth.end_oldest_sessions()
    log.info("logged in keep=%s", form.keep.data)
    return redirect(next_page())


@blueprint.post("/logout")
def logout():
    log.info("logged out")
    auth.log_out()
    return redirect(url_for(".login_page"))


@blueprint.get("/signup")
def signup_page():
    return signup_form(forms.SignUp())


def signup_form(form: forms.SignUp, error: str | None = None) -> str:
    return render_template("signup.html", form=form, error=error)


@blueprint.post("/signup")
def signup():
    form, address = forms.SignUp(request.form), request.remote_addr or ""
    if not form.validate():
        return signup_form(form), 400
    network = network_of(address)
    limit = RateLimitItemPerHour(config.signups_per_hour), "sign-up", network
    try:
        with guesses.attempt(TOO_MANY_SIGN_UPS, limit):  # before the slow hash of the password
            user = users.create(**form.data)
    except HTTPException as error:
        log.warning("sign-up throttled address=%s", address)
        return answer_error(error, "" if wants_json() else signup_form(form, error.description))
    if user is None:
        form.email.errors = [EMAIL_TAKEN]
        return signup_form(form), 400
    users.remember_network(user.id, network)
    auth.log_in(user)
    log.info("signed up")
    return redirect(url_for("posts.dashboard"))
