"""The forms with more than one field, and the rules for each field."""

from wtforms import BooleanField, EmailField, Form, PasswordField, StringField
from wtforms.validators import ValidationError

from ..domain import texts

LENGTH = "A {} has 1 to {} characters."
PARTS = "A {} has at most {:,} letters, accents and joiners together."
NAME_UNSEEN = "There's nothing to see in this name."
NAME_CONTROL = "A name can't have line breaks or control characters."
NO_LAST_NAME = "If you have no last name, leave the field empty."
COMMENT_UNSEEN = "There's nothing to see in this comment."
WRONG_EMAIL = "An email address looks like ada@example.org."
PASSWORD_LENGTH = f"A password has {texts.MIN_PASSWORD} to {texts.MAX_PASSWORD} characters."


def length_problem(noun: str, text: str, most: int) -> str | None:
    """Return the error if a text, which is a `noun`, is too long, else None."""
    if len(text) <= most:  # a character has at least one code point
        return None
    most_parts = most * texts.MAX_CODE_POINTS
    if len(text) > 2 * most_parts or texts.count(text) > most:
        return LENGTH.format(noun, most)
    return PARTS.format(noun, most_parts) if len(text) > most_parts else None


def name_problem(text: str, typed: str) -> str | None:
    """Return the error of a name, else None. `text` is the stored form of what was `typed`."""
    if not texts.is_visible(text):
        return NAME_UNSEEN if typed.strip() else LENGTH.format("name", texts.MAX_NAME)
    if texts.has_control(text):
        return NAME_CONTROL
    return length_problem("name", text, texts.MAX_NAME)


def comment_problem(text: str) -> str | None:
    """Return the error of a comment in its stored form, else None."""
    if not texts.is_visible(text):
        return COMMENT_UNSEEN
    return length_problem("comment", text, texts.MAX_COMMENT)


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
    email = EmailField("Email", default="")
    password = PasswordField("Password")
    keep = BooleanField("Keep me logged in")


class Name(Form):
    first_name = StringField("First name", [is_name], [texts.clean_name], default="")
    last_name = StringField("Last name", [is_name_or_empty], [texts.clean_name], default="")


class SignUp(Name):
    email = EmailField("Email", [is_email], default="")
    password = PasswordField("Password", [is_new_password])


class NewPassword(Form):
    password = PasswordField("Password now")
    new_password = PasswordField("New password", [is_new_password])


class Deletion(Form):
    password = PasswordField("Password")
