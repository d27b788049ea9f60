"""The account: signing up, logging in and out, and all that somebody may change about it."""

import logging
import re
from collections import Counter

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_login import current_user, login_required
from markupsafe import Markup

from . import auth, forms, words
from .answers import answer, too_many, wants_json, wants_page
from .current import feed, friends, guesses, sign_ups, sockets, store, users
from .ids import portions
from .origin import other_name, path_of_this_site
from .quotas import REMOVED_AT_ONCE
from .throttle import GUESSED_TOO_OFTEN, TOO_MANY_SIGN_UPS, try_again

log = logging.getLogger(__name__)
account = Blueprint("account", __name__)

WRONG_LOG_IN = "Email or password is wrong."
NO_COOKIES = (
    "Your browser didn't keep the cookie that logs you in. Allow cookies for this site, then log "
    "in again."
)
WRONG_PASSWORD = "This is not your password."
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
    if not guesses.may_try(email, address):
        log.warning("log-in throttled address=%s", address)
        wait = guesses.retry_after(email, address)
        error = f"{GUESSED_TOO_OFTEN} {try_again(wait)}"
        return too_many(wait, {"error": error} if wants_json() else login_form(form, error))
    mark = users.password_mark(email)
    user = users.authenticate(email, form.password.data or "")
    if user is None:
        guesses.was_wrong(address)
        log.info("log-in refused address=%s", address)
        return login_form(form, WRONG_LOG_IN, 401)
    guesses.was_right(email)
    auth.log_in(user, keep=form.keep.data)
    session.save()  # a new password that comes later ends it, too; one that came before, we see
    if users.password_mark(email) != mark:
        auth.log_out()
        return login_form(form, WRONG_LOG_IN, 401)
    log.info("logged in keep=%s", form.keep.data)
    return redirect(next_page())


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
        error = f"{TOO_MANY_SIGN_UPS} {try_again(wait)}"
        return too_many(wait, {"error": error} if wants_json() else signup_form(form, error=error))
    user = users.create(**form.data)
    if user is None:
        form.email.errors = [EMAIL_TAKEN]
        return signup_form(form, 400)
    auth.log_in(user)
    log.info("signed up")
    return redirect(url_for("pages.dashboard"))


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


def browser_name(user_agent: str) -> str:
    """Return what a User-Agent header says for people: "Firefox on Linux"."""
    systems = r"Android|iPhone|iPad|Windows|Mac OS X|Linux"
    names = {"Edg": "Edge", "OPR": "Opera", "Mac OS X": "macOS"}
    found = re.findall(rf"({'|'.join(BROWSERS)})\w{{0,9}}/", user_agent)  # also EdgA, OPRGX
    browser = min(found, key=BROWSERS.index, default="Another program")
    system = re.search(systems, user_agent)
    on = f" on {names.get(system[0], system[0])}" if system else ""
    return names.get(browser, browser) + on


# The first that is named counts: they all claim to be Safari, and most to be Chrome.
BROWSERS = ["Edg", "OPR", "Firefox", "Chrome", "Safari"]


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
        sockets.emit_to([current_user.id], "profile", users.find(current_user.id).as_json())
    return answer({}, said="Your name is changed.", page=url_for(".account_page"))


@account.post("/account/password")
@login_required
def change_password():
    form = forms.NewPassword(request.form)
    if not form.validate() or not is_own_password(form):
        return refused(form, password_form=form)
    users.set_password(current_user.id, form.new_password.data)
    ended = store.end_all(current_user.id, but=session.id)  # whoever knew the old one is out
    sockets.close(ended)
    log.info("password changed ended_sessions=%d", len(ended))
    said = "Your password is changed, and your other sessions have ended."
    return answer({}, said=said, page=url_for(".account_page"))


def is_own_password(form: forms.NewPassword | forms.Deletion) -> bool:
    """Return True if the form has the current user's password; else add an error to its field."""
    field, who = form.password, (current_user.email, request.remote_addr)
    if not guesses.may_try(*who):
        form.retry_after = guesses.retry_after(*who)
        field.errors = [f"{GUESSED_TOO_OFTEN} {try_again(form.retry_after)}"]
        return False
    if not users.is_password(current_user.id, field.data or ""):
        guesses.was_wrong(request.remote_addr)
        field.errors = [WRONG_PASSWORD]
        return False
    guesses.was_right(current_user.email)
    return True


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
    """Delete the account with all it left. If this fails in between, it can be repeated."""
    form = forms.Deletion(request.form)
    if not is_own_password(form):
        return refused(form, delete_form=form)
    user_id = current_user.id
    users.leave(user_id)  # from now on, what is being written is removed again by whoever wrote it
    sockets.close(store.end_all(user_id, but=session.id))
    all_of = friends.all_of(user_id)
    known = [*all_of.friends, *all_of.asking, *all_of.asked]
    gone, viewers = feed.forget(user_id)
    users.delete(user_id)
    # A login that found the user just before has stored its session by now, or sees they are gone.
    sockets.close(store.end_all(user_id, but=session.id))
    log.info("account deleted")
    auth.log_out()
    for some in portions(gone, REMOVED_AT_ONCE):
        sockets.emit_to(viewers, "removed", {"ids": some})
    sockets.emit_to(known, "friends", {})
    return redirect(url_for(".login_page", deleted=1)) if wants_page() else {}
