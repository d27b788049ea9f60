"""The forms with more than one field, and the rules for each field."""

import wtforms
from wtforms import BooleanField, EmailField, PasswordField, StringField
from wtforms.validators import ValidationError

from ..domain import texts

NAME_LENGTH = f"A name has 1 to {texts.MAX_NAME} characters."
NAME_PARTS = (
    f"A name has at most {texts.MAX_NAME * texts.MAX_CODE_POINTS} "
    "letters, accents and joiners together."
)
NAME_UNSEEN = "There's nothing to see in this name."
NAME_CONTROL = "A name can't have line breaks or control characters."
NO_LAST_NAME = "If you have no last name, leave the field empty."
COMMENT_LENGTH = f"A comment has 1 to {texts.MAX_COMMENT} characters."
COMMENT_PARTS = (
    f"A comment has at most {texts.MAX_COMMENT * texts.MAX_CODE_POINTS:,} "
    "letters, accents and joiners together."
)
COMMENT_UNSEEN = "There's nothing to see in this comment."
WRONG_EMAIL = "An email address looks like ada@example.org."
PASSWORD_LENGTH = f"A password has {texts.MIN_PASSWORD} to {texts.MAX_PASSWORD} characters."


class Form(wtforms.Form):
    """A form. After too many wrong passwords, it may be sent again in `retry_after` seconds."""

    retry_after = 0


def stripped(text: str | None) -> str:
    return (text or "").strip()


def as_name(text: str | None) -> str:
    return texts.clean_name(text or "")


def length_problem(text: str, most: int, wrong_length: str, too_many_parts: str) -> str | None:
    """Return the error if a text is too long, else None."""
    if len(text) <= most:  # a character has at least one code point
        return None
    most_parts = most * texts.MAX_CODE_POINTS
    if len(text) > 2 * most_parts or texts.count(text) > most:
        return wrong_length
    return too_many_parts if len(text) > most_parts else None


def name_problem(text: str, typed: str) -> str | None:
    """Return the error of a name, else None. `text` is the stored form of what was `typed`."""
    if not texts.is_visible(text):
        return NAME_UNSEEN if typed.strip() else NAME_LENGTH
    if texts.has_control(text):
        return NAME_CONTROL
    return length_problem(text, texts.MAX_NAME, NAME_LENGTH, NAME_PARTS)


def comment_problem(text: str) -> str | None:
    """Return the error of a comment in its stored form, else None."""
    if not texts.is_visible(text):
        return COMMENT_UNSEEN
    return length_problem(text, texts.MAX_COMMENT, COMMENT_LENGTH, COMMENT_PARTS)


def is_name(form: Form, field: StringField) -> None:
    if problem := name_problem(field.data, field.raw_data[0] if field.raw_data else ""):
        raise ValidationError(problem)


def is_name_or_empty(form: Form, field: StringField) -> None:
    """Check a last name. It may be empty, for people with one name, but it may not be missing."""
    typed = field.raw_data[0] if field.raw_data else None
    if typed == "":
        return
    if not texts.is_visible(field.data):
        raise ValidationError(f"{NAME_UNSEEN} {NO_LAST_NAME}")
    is_name(form, field)


def is_email(form: Form, field: EmailField) -> None:
    if not texts.is_email(field.data):
        raise ValidationError(WRONG_EMAIL)


def is_new_password(form: Form, field: PasswordField) -> None:
    length = len(texts.clean_password(field.data or ""))
    if not texts.MIN_PASSWORD <= length <= texts.MAX_PASSWORD:
        raise ValidationError(PASSWORD_LENGTH)


class LogIn(Form):
    email = EmailField("Email", filters=[stripped])
    password = PasswordField("Password")
    keep = BooleanField("Keep me logged in")


class Name(Form):
    first_name = StringField("First name", [is_name], filters=[as_name])
    last_name = StringField("Last name", [is_name_or_empty], filters=[as_name])


class SignUp(Name):
    email = EmailField("Email", [is_email], filters=[stripped])
    password = PasswordField("Password", [is_new_password])


class NewPassword(Form):
    password = PasswordField("Password now")
    new_password = PasswordField("New password", [is_new_password])


class Deletion(Form):
    password = PasswordField("Password")


def problems(form: Form) -> dict[str, str]:
    """Return the first error of each field, by the field's name."""
    return {field: messages[0] for field, messages in form.errors.items()}
