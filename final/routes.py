"""The pages, and what their forms do."""

import logging
from collections.abc import Iterable

from flask import Blueprint, abort, render_template, request, session, url_for
from flask_login import current_user, login_required

from .answers import answer, page_of_form
from .current import config, feed, friends, sockets, users
from .expose import exposed, log_session
from .ids import object_id
from .posts import MAX_LENGTH
from .users import User

log = logging.getLogger(__name__)
pages = Blueprint("pages", __name__)

NO_SUCH_POST = "There is no such post, or it is not for you to see."
NOBODY = "This person is not here any more."


@pages.app_context_processor
def what_every_page_shows() -> dict:
    if not current_user.is_authenticated:
        return {}
    recent, _ = feed.inbox(current_user.id)
    asking = users.find_many(friends.asking(current_user.id))  # who has left asks no more
    unread = feed.unread(current_user.id)
    shown = {"unread": unread, "asking_count": len(asking), "recent": recent}
    return shown | {"friends_state": friends.state(current_user.id)}


# The feed.


@pages.get("/dashboard")
@login_required
def dashboard():
    log_session("request", session)
    threads, older = feed.page(current_user.id, request.args.get("before"))
    here = people(sockets.presence.here(friends.of(current_user.id)))
    process = sockets.processes.name if config.panel else None  # shown in the panel
    return render_template(
        "dashboard.html", threads=threads, older=older, friends_here=here, process=process
    )


@pages.get("/posts/<post_id>")
@login_required
def post(post_id: str):
    try:
        return render_template("post.html", thread=feed.thread(current_user.id, post_id))
    except LookupError:
        abort(404, NO_SUCH_POST)


@pages.post("/comments")
@login_required
def add_comment():
    text = request.form.get("text", "").replace("\r\n", "\n").strip()
    if not 1 <= len(text) <= MAX_LENGTH:
        return answer({"error": f"A comment has 1 to {MAX_LENGTH} characters."}, 400)
    try:
        comment, readers = feed.write(current_user, text, request.form.get("post") or None)
    except LookupError:
        return answer({"error": NO_SUCH_POST}, 404)
    sockets.emit_to(readers, "comment", comment)
    log.info("comment id=%s readers=%d", comment["id"], len(readers))
    return answer(comment, 201, said="Your comment is posted.")


@pages.post("/comments/<post_id>/delete")
@login_required
def delete_comment(post_id: str):
    try:
        gone, viewers = feed.delete(current_user.id, post_id)
    except LookupError:
        return answer({"error": "Only who wrote it can delete it."}, 404)
    sockets.emit_to(viewers, "removed", {"ids": gone})
    # The page of a post goes with it.
    is_there = page_of_form() != url_for(".post", post_id=post_id)
    page = None if is_there else url_for(".dashboard")
    return answer({"deleted": gone}, said="It is deleted.", page=page)


# Friends.


@pages.get("/friends")
@login_required
def friends_page():
    query = request.args.get("q", "").strip()
    mine = friends.of(current_user.id)
    return render_template(
        "friends.html",
        asking=people(friends.asking(current_user.id)),
        asked=people(friends.asked(current_user.id)),
        friends=people(mine),
        here=sockets.presence.here(mine),
        query=query,
        found=users.search(query) if query else None,
    )


def people(user_ids: Iterable[str]) -> list[User]:
    """Return these users, by name."""
    return sorted(users.find_many(user_ids).values(), key=lambda user: user.full_name.lower())


@pages.post("/friends")
@login_required
def add_friend():
    """Ask somebody: by email, or by the id that a search has found."""
    if "user" in request.form:
        friend, error = users.find(request.form["user"]), NOBODY
    else:
        friend = users.find_by_email(request.form.get("email", "").strip())
        error = "Nobody here has this email."
    if friend is None:
        return answer({"error": error}, 404)
    if friend.id == current_user.id:
        return answer({"error": "This is your own email."}, 400)
    are_friends = friends.ask(current_user.id, friend.id)
    tell_of_friendship(friend)
    said = "{} is your friend." if are_friends else "{} is asked."
    return answer({"friend": friend.as_json()}, said=said.format(friend.full_name))


@pages.post("/friends/<user_id>/accept")
@login_required
def accept_friend(user_id: str):
    friend = users.find(user_id)
    if friend is None or not friends.accept(current_user.id, friend.id):
        return answer({"error": "This request was taken back."}, 404)
    tell_of_friendship(friend)
    return answer({"friend": friend.as_json()}, said=f"{friend.full_name} is your friend.")


@pages.post("/friends/<user_id>/end")
@login_required
def end_friendship(user_id: str):
    """Decline, withdraw or end: whatever there is between the two, is no more."""
    friend = users.find(user_id)
    if friend is None:
        return answer({"error": NOBODY}, 404)
    friends.end(current_user.id, friend.id)
    tell_of_friendship(friend)
    said = f"There is nothing between you and {friend.full_name} any more."
    return answer({"friend": friend.as_json()}, said=said)


def tell_of_friendship(friend: User) -> None:
    sockets.emit_to([current_user.id, friend.id], "friends", {})


# Notifications.


@pages.get("/notifications")
@login_required
def notifications_page():
    inbox, older = feed.inbox(current_user.id, request.args.get("before"))
    return render_template("notifications.html", notifications=inbox, older=older)


@pages.post("/notifications/read")
@login_required
def read_notifications():
    up_to = request.form.get("up_to", "")
    if not object_id(up_to):
        return answer({"error": "Say up to which notification you have read."}, 400)
    unread = feed.mark_read(current_user.id, up_to)
    sockets.emit_to([current_user.id], "read", {"upTo": up_to, "unread": unread})
    return answer({"unread": unread}, said="All read.")


# One session, two doors.


@pages.get("/session")
def request_session():
    if not current_user.is_authenticated:
        return {"error": "log in first"}, 401
    return exposed(session)


@pages.post("/wave")
@login_required
def wave():
    count = sockets.count(current_user.id)
    sockets.emit_to([current_user.id], "wave", {"from": current_user.full_name})
    return answer({"sockets": count}, said="You have waved.")
