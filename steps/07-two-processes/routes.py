"""The routes: pages, and the forms on them."""

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_login import current_user, login_required

import auth
import comments
import friends
import notifications
import users
from answers import answer
from expose import exposed, print_session
from sockets import emit_to

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
    """Redirect to the login page, for example when a page is reloaded after a wrong password."""
    return redirect(url_for(".login_page", next=request.args.get("next")))


@pages.post("/logout")
def logout():
    auth.log_out()
    return redirect(url_for(".login_page"))


@pages.get("/signup")
def signup_page():
    return render_template("signup.html", fields={}, problems={})


@pages.post("/signup")
def signup():
    names = ("first_name", "last_name", "email")
    fields = {name: request.form.get(name, "").strip() for name in names}
    fields["password"] = request.form.get("password", "")
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
    print_session("request", session)
    friend_ids = friends.of(current_user.id)
    return render_template(
        "dashboard.html",
        friends=[users.find(friend_id) for friend_id in friend_ids],
        # Query notifications first, so that the page asks for a comment stored between the queries.
        notifications=notifications.newest(current_user.id),
        comments=comments.by([current_user.id, *friend_ids]),
        unread=notifications.unread(current_user.id),
    )


@pages.get("/session")
def request_session():
    if not current_user.is_authenticated:
        return {"error": "log in first"}, 401
    return exposed(session)


@pages.post("/wave")
@login_required
def wave():
    count = emit_to(current_user.id, "wave", {"from": current_user.full_name})
    return answer({"sockets": count}, message="You have waved.")


@pages.post("/friends")
@login_required
def add_friend():
    friend = users.find_by_email(request.form.get("email", "").strip())
    if friend is None:
        return answer({"error": "No account has this email."}, 404)
    if friend.id == current_user.id:
        return answer({"error": "This is your own email."}, 400)
    friends.add(current_user.id, friend.id)
    return answer({"friend": friend.as_json()}, message=f"{friend.full_name} is your friend.")


@pages.post("/comments")
@login_required
def add_comment():
    text = request.form.get("text", "").replace("\r\n", "\n").strip()
    if not 1 <= len(text) <= comments.MAX_LENGTH:
        return answer({"error": f"A comment has 1 to {comments.MAX_LENGTH} characters."}, 400)
    if not users.is_visible(text):
        return answer({"error": "There's nothing to see in this comment."}, 400)
    friend_ids = friends.of(current_user.id)
    comment = comments.add(current_user, text, to=friend_ids)
    for friend_id in friend_ids:
        emit_to(friend_id, "comment", comment)
    return answer(comment, 201, message="Your comment is posted.")
