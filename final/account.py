"""The account: signing up, logging in and out, and all that somebody may change about it."""

import logging
from collections import Counter

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_login import current_user, login_required
from markupsafe import Markup

from . import auth, forms, renewal, words
from .answers import answer, too_many, wants_json, wants_page
from .browsers import browser_name
from .confirming import WRONG_PASSWORD, is_own_password, refuse_for_now
from .current import feed, friends, guesses, sign_ups, sockets, store, users
from .hash_queue import RETRY_AFTER, TooManyHashes
from .ids import portions
from .leaving import delete_account
from .origin import other_name, path_of_this_site
from .quotas import REMOVED_AT_ONCE
from .throttle import GUESSED_TOO_OFTEN, TOO_MANY_SIGN_UPS, network_of, try_again

log = logging.getLogger(__name__)
account = Blueprint("account", __name__)

WRONG_LOG_IN = "Email or password is wrong."
NO_COOKIES = (
    "Your browser didn't keep the cookie that logs you in. Allow cookies for this site, then log "
    "in again."
)
EMAIL_TAKEN = Markup('This email already has an account. <a href="/">Log in instead.</a>')


# Coming in and going out.


@account.get("/")
def login_page():
    if current_user.is_authenticated:
        return redirect(next_page())
    return login_form(forms.LogIn())


def next_page() -> str:
    """Return the page to show after a login: the one that was asked for, or the feed."""
    return path_of_this_site(request.values.get("next")) or url_for("pages.dashboard")


def login_form(form: forms.LogIn, error: str = "", status: int = 200):
    warning = other_name() if request.host.startswith("localhost") else ""
    if auth.keeps_no_cookies():
        warning = NO_COOKIES
    return render_template("login.html", form=form, error=error, warning=warning), status


@account.post("/login")
def login():
    form = forms.LogIn(request.form)
    email, address = words.email(form.email.data), request.remote_addr
    who = email, address, users.has_logged_in_from(email, network_of(address))
    if not guesses.may_try(*who):
        log.warning("log-in throttled address=%s", address)
        wait = guesses.retry_after(*who)
        return refused_login(form, wait, f"{GUESSED_TOO_OFTEN} {try_again(wait)}")
    mark = users.password_mark(email)
    try:
        user = users.authenticate(email, form.password.data or "")
    except TooManyHashes as error:
        guesses.was_no_guess(*who)
        return refused_login(form, RETRY_AFTER, str(error), error.status)
    if user is None:
        log.info("log-in refused address=%s", address)
        return login_form(form, WRONG_LOG_IN, 401)
    guesses.was_right(*who)
    auth.log_in(user, keep=form.keep.data)
    session.save()  # a new password that comes later ends it, too; one that came before, we see
    if users.password_mark(email) != mark:
        auth.log_out()
        return login_form(form, WRONG_LOG_IN, 401)
    users.remember_network(user.id, network_of(address))
    auth.end_oldest_sessions()
    log.info("logged in keep=%s", form.keep.data)
    return redirect(next_page())


def refused_login(form: forms.LogIn, wait: int, error: str, status: int = 429):
    page = {"error": error} if wants_json() else login_form(form, error)
    return too_many(wait, page, status)


@account.post("/logout")
def logout():
    log.info("logged out")
    auth.log_out()
    return redirect(url_for(".login_page"))


@account.get("/signup")
def signup_page():
    return signup_form(forms.SignUp())


def signup_form(form: forms.SignUp, status: int = 200, error: str = ""):
    return render_template("signup.html", form=form, error=error), status


@account.post("/signup")
def signup():
    form, address = forms.SignUp(request.form), request.remote_addr
    if not form.validate():
        return signup_form(form, 400)
    if not sign_ups.may_sign_up(address):  # before the password is hashed, which takes long
        log.warning("sign-up throttled address=%s", address)
        wait = sign_ups.retry_after(address)
        return refused_signup(form, wait, f"{TOO_MANY_SIGN_UPS} {try_again(wait)}")
    try:
        user = users.create(**form.data)
    except TooManyHashes as error:
        sign_ups.was_not_done(address)
        return refused_signup(form, RETRY_AFTER, str(error), error.status)
    if user is None:
        form.email.errors = [EMAIL_TAKEN]
        return signup_form(form, 400)
    users.remember_network(user.id, network_of(address))
    auth.log_in(user)
    log.info("signed up")
    return redirect(url_for("pages.dashboard"))


def refused_signup(form: forms.SignUp, wait: int, error: str, status: int = 429):
    page = {"error": error} if wants_json() else signup_form(form, error=error)
    return too_many(wait, page, status)


# What one may change.


@account.get("/account")
@login_required
def account_page():
    return account_forms()


def account_forms(status: int = 200, **sent: forms.Form):
    """Return the account's page, with the forms that were `sent` and not accepted."""
    empty = {
        "name_form": forms.Name(obj=current_user),
        "password_form": forms.NewPassword(),
        "delete_form": forms.Deletion(),
    }
    open_sockets = sockets.sessions_of(current_user.id)
    sessions = [as_shown(each, open_sockets) for each in store.of_user(current_user.id)]
    return render_template("account.html", sessions=sessions, **{**empty, **sent}), status


def as_shown(document: dict, open_sockets: Counter[str]) -> dict:
    """Return what somebody wants to know of a session to recognise it."""
    return {
        "id": document["_id"],
        "browser": browser_name(document["browser"]),
        "since": document["created"],
        "last_seen": document["last_seen"],
        "sockets": open_sockets[document["_id"]],
        "is_this": document["_id"] == session.id,
    }


def refused(form: forms.Form, **page: forms.Form):
    """Say what is wrong with a form: on the page, or as JSON."""
    problems = forms.problems(form)
    said = {"error": " ".join(problems.values()), "problems": problems}
    refusal = account_forms(400, **page) if wants_page() else (said, 400)
    return too_many(form.retry_after, refusal) if form.retry_after else refusal


@account.post("/account/name")
@login_required
def change_name():
    form = forms.Name(request.form)
    if not form.validate():
        return refused(form, name_form=form)
    if any(getattr(current_user, name) != new for name, new in form.data.items()):
        users.rename(current_user.id, **form.data)
        user = users.find(current_user.id)
        if user is None:  # the account was deleted meanwhile, in another tab
            return auth.unauthorized()
        sockets.emit_to([user.id], "profile", user.as_json())
    return answer({}, said="Your name is changed.", page=url_for(".account_page"))


@account.post("/account/password")
@login_required
def change_password():
    form, user = forms.NewPassword(request.form), current_user._get_current_object()
    mark = users.password_mark(user.email)
    if not form.validate() or not is_own_password(form):
        return refused(form, password_form=form)
    try:
        new_mark = users.set_password(user.id, form.new_password.data, mark)
    except TooManyHashes as error:
        refuse_for_now(form, error)
        return refused(form, password_form=form)
    if new_mark is None:  # another change came first
        form.password.errors = [WRONG_PASSWORD]
        return refused(form, password_form=form)
    is_renewed = renewal.renew(sockets, store)
    ended = store.end_all(user.id, but=session.id)  # whoever knew the old one is out
    sockets.close(ended)
    log.info("password changed ended_sessions=%d", len(ended))
    if not is_renewed or users.password_mark(user.email) != new_mark:
        auth.log_out()  # this session was ended meanwhile, or the account deleted
        return auth.unauthorized()
    said = "Your password is changed, and your other sessions have ended."
    return answer({}, said=said, page=url_for(".account_page"))


@account.post("/account/sessions/<session_id>/end")
@login_required
def end_session(session_id: str):
    if session_id == session.id:
        auth.log_out()
        return redirect(url_for(".login_page")) if wants_page() else {}
    page = url_for(".account_page")
    if not store.end(current_user.id, session_id):
        return answer({"error": "This session has ended already."}, 404, page=page)
    sockets.close([session_id])
    log.info("ended another session")
    return answer({}, said="That session has ended.", page=page)


@account.post("/account/delete")
@login_required
def delete():
    """Delete the account, and tell everyone who could see something of it."""
    form = forms.Deletion(request.form)
    if not is_own_password(form):
        return refused(form, delete_form=form)
    user_id = current_user.id
    all_of = friends.all_of(user_id)
    known = [*all_of.friends, *all_of.asking, *all_of.asked]
    gone, viewers, ended = delete_account(user_id, users, feed, store, but=session.id)
    sockets.close(ended)
    log.info("account deleted")
    auth.log_out()
    for some in portions(gone, REMOVED_AT_ONCE):
        sockets.emit_to(viewers, "removed", {"ids": some})
    sockets.emit_to(known, "friends", {})
    return redirect(url_for(".login_page", deleted=1)) if wants_page() else {}
