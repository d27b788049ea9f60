"""The account page: name, password, sessions, and deleting the account."""

import logging
import re
from collections import Counter

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user, login_required
from werkzeug.exceptions import BadRequest, HTTPException

from ..domain.feed import Feed
from ..domain.ids import batched
from ..domain.stores import UserStore
from ..sessions.store import SessionStore
from ..settings.quotas import PER_SESSION, REMOVED_AT_ONCE
from . import auth, forms
from .extensions import feed, friends, guesses, session, sockets, store, users
from .responses import answer, answer_error, wants_page
from .throttle import GUESSED_TOO_OFTEN

log = logging.getLogger(__name__)
blueprint = Blueprint("account", __name__)

WRONG_PASSWORD = "This is not your password."
# The first match counts, because they all claim to be Safari, and most to be Chrome.
BROWSERS = ["Edg", "OPR", "Firefox", "Chrome", "Safari"]


@blueprint.get("/account")
@login_required
def account_page():
    return account_forms()


def account_forms(**sent: forms.Form) -> str:
    """Return the account page. `sent` has the forms that were refused, by name."""
    empty = {
        "name_form": forms.Name(obj=current_user),
        "password_form": forms.NewPassword(),
        "delete_form": forms.Deletion(),
    }
    open_sockets = sockets.count_by_session(current_user.id)
    sessions = [as_shown(each, open_sockets) for each in store.of_user(current_user.id)]
    return render_template("account.html", sessions=sessions, **{**empty, **sent})


def as_shown(document: dict, open_sockets: Counter[str]) -> dict:
    """Return the details by which users recognise one of their sessions."""
    return {
        "id": document["_id"],
        "browser": browser_name(document["browser"]),
        "since": document["created"],
        "last_seen": document["last_seen"],
        "sockets": open_sockets[document["_id"]],
        "is_this": document["_id"] == session.id,
    }


def refused(form: forms.Form, error: HTTPException | None = None, **page: forms.Form):
    """Return the errors of a form, on the page or as JSON. `error` is that of its password."""
    if error:
        form.password.errors = [error.description]
    problems = {field: messages[0] for field, messages in form.errors.items()}
    error = error or BadRequest(" ".join(problems.values()))
    return answer_error(error, account_forms(**page) if wants_page() else "", problems=problems)


@blueprint.post("/account/name")
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
    return answer({}, message="Your name is changed.", page=url_for(".account_page"))


@blueprint.post("/account/password")
@login_required
def change_password():
    form, user = forms.NewPassword(request.form), current_user._get_current_object()
    version = users.password_version(user.email)
    if not form.validate():
        return refused(form, password_form=form)
    try:
        check_own_password(form)
        new_version = users.set_password(user.id, form.new_password.data, version)
        if new_version is None:  # another change came first
            raise BadRequest(WRONG_PASSWORD)
    except HTTPException as error:
        return refused(form, error, password_form=form)
    is_rotated = auth.rotate_session_id()
    # Whoever knew the old password mustn't stay logged in.
    ended = store.end_all(user.id, but=session.id)
    sockets.close(ended)
    log.info("password changed ended_sessions=%d", len(ended))
    if not is_rotated or users.password_version(user.email) != new_version:
        auth.log_out()  # this session was ended meanwhile, or the account deleted
        return auth.unauthorized()
    message = "Your password is changed, and your other sessions have ended."
    return answer({}, message=message, page=url_for(".account_page"))


@blueprint.post("/account/sessions/<session_id>/end")
@login_required
def end_session(session_id: str):
    if session_id == session.id:
        auth.log_out()
        return redirect(url_for("login.login_page")) if wants_page() else {}
    page = url_for(".account_page")
    if not store.end(current_user.id, session_id):
        return answer({"error": "This session has ended already."}, 404, page=page)
    sockets.close([session_id])
    log.info("ended another session")
    return answer({}, message="That session has ended.", page=page)


@blueprint.post("/account/delete")
@login_required
def delete():
    """Delete the account, and tell everyone who could see something of it."""
    form = forms.Deletion(request.form)
    try:
        check_own_password(form)
    except HTTPException as error:
        return refused(form, error, delete_form=form)
    user_id = current_user.id
    all_of = friends.all_of(user_id)
    known = [*all_of.friends, *all_of.incoming, *all_of.outgoing]
    gone, viewers, ended = delete_account(user_id, users, feed, store, but=session.id)
    sockets.close(ended)
    log.info("account deleted")
    auth.log_out()
    for some in batched(gone, REMOVED_AT_ONCE):
        sockets.emit_to(viewers, "removed", {"ids": some})
    sockets.emit_to(known, "friends", {})
    return redirect(url_for("login.login_page", deleted=1)) if wants_page() else {}


def delete_account(
    user_id: str, users: UserStore, feed: Feed, store: SessionStore, but: str | None = None
) -> tuple[list[str], set[str], list[str]]:
    """Delete a user and all that is theirs. Keep the session `but`, which waits for the answer.

    Return the IDs of the deleted posts, of the users who could see any of them, and of the
    sessions that have ended. If this fails halfway, it can be repeated.
    """
    # First, so that a concurrent request for this user notices it and removes what it has stored.
    users.begin_deletion(user_id)
    ended = store.end_all(user_id, but=but)
    gone, viewers = feed.forget(user_id)
    users.delete(user_id)
    # A login that found the user just before has stored its session by now, or sees they are gone.
    ended += store.end_all(user_id, but=but)
    return gone, viewers, ended


def check_own_password(form: forms.NewPassword | forms.Deletion) -> None:
    """Raise an HTTPException with the reason unless the form has the current user's password."""
    limit = PER_SESSION, session.id
    with guesses.attempt(GUESSED_TOO_OFTEN, limit):
        is_right = users.check_password(current_user.id, form.password.data or "")
    if not is_right:
        raise BadRequest(WRONG_PASSWORD)
    guesses.was_right(limit)


def browser_name(user_agent: str) -> str:
    """Return what a User-Agent header says for people: "Firefox on Linux"."""
    systems = r"Android|iPhone|iPad|Windows|Mac OS X|Linux"
    names = {"Edg": "Edge", "OPR": "Opera", "Mac OS X": "macOS"}
    found = re.findall(rf"({'|'.join(BROWSERS)})\w{{0,9}}/", user_agent)  # also EdgA, OPRGX
    browser = min(found, key=BROWSERS.index, default="Another program")
    system = re.search(systems, user_agent)
    on = f" on {names.get(system[0], system[0])}" if system else ""
    return names.get(browser, browser) + on
