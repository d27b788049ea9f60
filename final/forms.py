"""The forms with more than one field, and what may be written into each of them."""

import re

import wtforms
from wtforms import BooleanField, EmailField, PasswordField, StringField
from wtforms.validators import ValidationError

MAX_EMAIL = 254  # characters
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


class Form(wtforms.Form):
    """A form that may be sent again in `retry_after` seconds, after too many wrong passwords."""

    retry_after = 0


def stripped(text: str | None) -> str:
    return (text or "").strip()


def is_name(form: Form, field: StringField) -> None:
    if not 1 <= len(field.data) <= 50 or not field.data.isprintable():
        raise ValidationError("A name has 1 to 50 characters.")


def is_email(form: Form, field: EmailField) -> None:
    text = field.data
    if len(text) > MAX_EMAIL or not text.isprintable() or not EMAIL.fullmatch(text):
        raise ValidationError("An email address looks like ada@example.org.")


def is_new_password(form: Form, field: PasswordField) -> None:
    if not 8 <= len(field.data or "") <= 200:
        raise ValidationError("A password has 8 to 200 characters.")


class LogIn(Form):
    email = EmailField("Email", filters=[stripped])
    password = PasswordField("Password")
    keep = BooleanField("Keep me signed in")


class Name(Form):
    first_name = StringField("First name", [is_name], filters=[stripped])
    last_name = StringField("Last name", [is_name], filters=[stripped])


class SignUp(Name):
    email = EmailField("Email", [is_email], filters=[stripped])
    password = PasswordField("Password", [is_new_password])


class NewPassword(Form):
    password = PasswordField("Password now")
    new_password = PasswordField("New password", [is_new_password])


class Deletion(Form):
    password = PasswordField("Password")


def problems(form: Form) -> dict[str, str]:
    """Return what is wrong with a form, by field."""
    return {field: messages[0] for field, messages in form.errors.items()}
