"""The pages, and the routes that their forms post to."""

from datetime import UTC, datetime

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user, login_required
from werkzeug.security import generate_password_hash

from . import auth, sessions
from .answers import answer
from .db import people
from .sockets import members, socketio
from .users import find_problems, is_password, is_visible, prepared

MAX_LENGTH = 500  # characters of a comment

pages = Blueprint("pages", __name__)
pages.before_request(sessions.renew)
pages.after_request(sessions.note_change)


@pages.get("/")
def login_page():
    if current_user.is_authenticated:
        return redirect(url_for(".dashboard"))
    return render_template("login.html")


@pages.post("/login")
def login():
    email = request.form.get("email", "").strip()
    user = people.by_email(email.lower())
    if not is_password(request.form.get("password", ""), user):
        error = "Email or password is wrong."
        return render_template("login.html", email=email, error=error), 401
    auth.log_in(user)
    return redirect(auth.path_of_this_site(request.values.get("next")) or url_for(".dashboard"))


@pages.get("/login")
def login_again():
    return redirect(url_for(".login_page", next=request.args.get("next")))


@pages.post("/logout")
def logout():
    auth.end_session()
    return redirect(url_for(".login_page"))


@pages.get("/signup")
def signup_page():
    return render_template("signup.html", fields={}, problems={})


@pages.post("/signup")
def signup():
    names = ("first_name", "last_name", "email")
    fields = {name: request.form.get(name, "").strip() for name in names}
    password = request.form.get("password", "")
    problems = find_problems(**fields, password=password)
    if not problems:
        changed = {
            "email": fields["email"].lower(),
            "password": generate_password_hash(prepared(password)),
        }
        user = people.add(**fields | changed)
        if user:
            auth.log_in(user)
            return redirect(url_for(".dashboard"))
        problems = {"email": "This email already has an account. Log in instead."}
    return render_template("signup.html", fields=fields, problems=problems), 400


@pages.get("/dashboard")
@login_required
def dashboard():
    friends = people.by_ids(people.friend_ids_of(current_user.id))
    return render_template("dashboard.html", friends=friends)


@pages.get("/session")
def request_session():
    if not current_user.is_authenticated:
        return {"error": "log in first"}, 401
    return sessions.exposed()


@pages.post("/wave")
@login_required
def wave():
    socketio.emit("wave", {"from": current_user.full_name}, to=current_user.id)
    return answer({"sockets": len(members(current_user.id))}, said="You have waved.")


@pages.post("/friends")
@login_required
def add_friend():
    friend = people.by_email(request.form.get("email", "").strip().lower())
    if friend is None:
        return answer({"error": "Nobody here has this email."}, 404)
    if friend.id == current_user.id:
        return answer({"error": "This is your own email."}, 400)
    people.befriend(current_user.id, friend.id)
    return answer({"friend": friend.as_json()}, said=f"{friend.full_name} is your friend.")


@pages.post("/comments")
@login_required
def add_comment():
    text = request.form.get("text", "").replace("\r\n", "\n").strip()
    if not 1 <= len(text) <= MAX_LENGTH:
        return answer({"error": f"A comment has 1 to {MAX_LENGTH} characters."}, 400)
    if not is_visible(text):
        return answer({"error": "There's nothing to see in this comment."}, 400)
    now = datetime.now(UTC)
    comment = {
        "id": people.add_comment(current_user.id, text, now),
        "author": current_user.as_json(),
        "text": text,
        "createdAt": now.isoformat(timespec="seconds"),
    }
    friend_ids = people.friend_ids_of(current_user.id)
    if friend_ids:  # an empty list of rooms would mean everyone
        socketio.emit("comment", comment, to=friend_ids)
    return answer(comment, 201, said="Your comment is posted.")
