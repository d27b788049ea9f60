"""The pages, and what their forms do."""

import logging
from collections.abc import Iterable
from datetime import UTC, datetime

from flask import Blueprint, abort, render_template, request, session, url_for
from flask_login import current_user, login_required

from . import words
from .answers import answer, page_of_form
from .current import config, feed, friends, reader, sockets, users
from .expose import exposed, log_session
from .forms import comment_problem
from .ids import object_id
from .users import User

log = logging.getLogger(__name__)
pages = Blueprint("pages", __name__)
for each in words.folded, words.isolated, words.masked:
    pages.add_app_template_filter(each)

LONGEST_KEY = 100  # characters
NO_SUCH_POST = "There is no such post, or it is not for you to see."
NOBODY = "This person is not here any more."


@pages.app_context_processor
def what_every_page_shows() -> dict:
    if not current_user.is_authenticated:
        return {}
    recent, recent_end = reader.inbox()
    asking = reader.people(reader.friendships.asking)  # who has left asks no more
    shown = {"unread": reader.unread, "asking_count": len(asking), "recent": recent}
    shown |= {"recent_end": recent_end, "read_mark": reader.read_mark}
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return shown | {"friends_state": reader.friendships.state, "now": now, "most": words.COMMENT}


# The feed.


@pages.get("/dashboard")
@login_required
def dashboard():
    log_session("request", session)
    here = sockets.presence.here(reader.friendships.friends)
    reader.expect(here)
    start = as_id(request.args.get("before"))
    threads, older = reader.page(start)
    process = sockets.processes.name if config.panel else None  # shown in the panel
    shown = {"threads": threads, "start": start, "older": older, "friends_here": people(here)}
    return render_template("dashboard.html", process=process, **shown)


@pages.get("/posts/<post_id>")
@login_required
def post(post_id: str):
    try:
        return render_template("post.html", thread=reader.thread(post_id))
    except LookupError:
        abort(404, NO_SUCH_POST)


@pages.post("/comments")
@login_required
def add_comment():
    text = words.comment(request.form.get("text", ""))
    if problem := comment_problem(text):
        return answer({"error": problem}, 400)
    try:
        author = current_user._get_current_object()  # which is asked more than once
        post_id, key = request.form.get("post") or None, request.headers.get("Idempotency-Key", "")
        comment, readers, onlookers = feed.write(author, text, post_id, key[:LONGEST_KEY])
    except LookupError:
        return answer({"error": NO_SUCH_POST}, 404)
    sockets.emit_to(readers, "comment", comment)
    sockets.emit_to(onlookers, "activity", comment)  # their pages show it, without a notification
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
    mine = reader.friendships
    reader.expect([*mine.asking, *mine.asked, *mine.friends])
    return render_template(
        "friends.html",
        asking=people(mine.asking),
        asked=people(mine.asked),
        friends=people(mine.friends),
        here=sockets.presence.here(mine.friends),
        query=query,
        found=users.search(query) if query else None,
        searched_email=words.email(query),
    )


def people(user_ids: Iterable[str]) -> list[User]:
    """Return these users, by name."""
    return sorted(reader.people(user_ids).values(), key=lambda user: words.folded(user.full_name))


@pages.post("/friends")
@login_required
def add_friend():
    """Ask somebody: by email, or by the id that a search has found."""
    if "user" in request.form:
        friend, error = users.find(request.form["user"]), NOBODY
    else:
        friend = users.find_by_email(request.form.get("email", ""))
        error = "Nobody here has this email."
    if friend is None:
        return answer({"error": error}, 404)
    if friend.id == current_user.id:
        return answer({"error": "This is your own email."}, 400)
    are_friends = friends.ask(current_user.id, friend.id)
    tell_of_friendship(friend)
    said = "{} is your friend." if are_friends else "{} is asked."
    said = said.format(words.isolated(friend.full_name))
    return answer({"friend": friend.as_json()}, said=said)


@pages.post("/friends/<user_id>/accept")
@login_required
def accept_friend(user_id: str):
    friend = users.find(user_id)
    if friend is None or not friends.accept(current_user.id, friend.id):
        return answer({"error": "This request was taken back."}, 404)
    tell_of_friendship(friend)
    said = f"{words.isolated(friend.full_name)} is your friend."
    return answer({"friend": friend.as_json()}, said=said)


@pages.post("/friends/<user_id>/end")
@login_required
def end_friendship(user_id: str):
    """Decline, withdraw or end: whatever there is between the two, is no more."""
    friend = users.find(user_id)
    if friend is None:
        return answer({"error": NOBODY}, 404)
    friends.end(current_user.id, friend.id)
    tell_of_friendship(friend)
    said = f"There is nothing between you and {words.isolated(friend.full_name)} any more."
    return answer({"friend": friend.as_json()}, said=said)


def as_id(text: str | None) -> str | None:
    """Return the text if it is an id, else None: a page without a valid `before` is the first."""
    return text if object_id(text) else None


def tell_of_friendship(friend: User) -> None:
    sockets.emit_to([current_user.id, friend.id], "friends", {})


# Notifications.


@pages.get("/notifications")
@login_required
def notifications_page():
    start = as_id(request.args.get("before"))
    inbox, older = reader.inbox(start)
    return render_template("notifications.html", notifications=inbox, start=start, older=older)


@pages.post("/notifications/read")
@login_required
def read_notifications():
    up_to = request.form.get("up_to", "")
    if not object_id(up_to):
        return answer({"error": "Say up to which notification you have read."}, 400)
    feed.notifications.mark_read(current_user.id, reader.owners, up_to)
    mark = reader.read_mark or up_to  # another tab may have read further
    sockets.emit_to([current_user.id], "read", {"upTo": mark, "unread": reader.unread})
    return answer({"unread": reader.unread}, said="All read.")


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
