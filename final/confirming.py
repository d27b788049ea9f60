"""Whoever changes the password or deletes the account has to repeat the password first."""

from flask import session
from flask_login import current_user

from . import forms
from .current import guesses, users
from .hash_queue import RETRY_AFTER, TooManyHashes
from .throttle import GUESSED_TOO_OFTEN, try_again

WRONG_PASSWORD = "This is not your password."


def is_own_password(form: forms.NewPassword | forms.Deletion) -> bool:
    """Return True if the form has the current user's password; else add an error to its field."""
    field = form.password
    if not guesses.may_confirm(session.id):
        form.retry_after = guesses.retry_confirming_after(session.id)
        field.errors = [f"{GUESSED_TOO_OFTEN} {try_again(form.retry_after)}"]
        return False
    try:
        is_right = users.is_password(current_user.id, field.data or "")
    except TooManyHashes as error:
        guesses.was_not_checked(session.id)
        refuse_for_now(form, error)
        return False
    if not is_right:
        field.errors = [WRONG_PASSWORD]
        return False
    guesses.was_confirmed(session.id)
    return True


def refuse_for_now(form: forms.NewPassword | forms.Deletion, error: TooManyHashes) -> None:
    """Say at the form that too many passwords wait to be hashed."""
    form.retry_after, form.password.errors = RETRY_AFTER, [str(error)]
