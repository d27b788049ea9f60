"""The feed, the pages of posts and notifications, their forms, and what every header shows."""

import logging
from datetime import UTC, datetime

from flask import Blueprint, abort, g, render_template, request, url_for
from flask_login import current_user, login_required

from ..domain import texts
from ..domain.feed import AccountDeleted
from ..domain.ids import batched, object_id
from ..realtime.presence import first_online
from ..sessions.exposure import log_session
from ..settings.quotas import ASKING, FRIENDS_HERE, REMOVED_AT_ONCE, UNREAD
from .extensions import config, current_reader, feed, session, sockets
from .forms import comment_problem
from .responses import answer, page_of_form

log = logging.getLogger(__name__)
blueprint = Blueprint("posts", __name__)
for each in texts.folded, texts.isolated, texts.masked:
    blueprint.add_app_template_filter(each)

LONGEST_KEY = 100  # characters
NO_SUCH_POST = "There is no such post, or it is not for you to see."
NOT_YOURS = "You can only delete your own comments, and replies to your posts."
LEAVING = "Your account is being deleted, so your comment wasn't posted."


@blueprint.app_context_processor
def shown_on_every_page() -> dict:
    """Return what the header of each page needs."""
    if g.get("is_refused") or not current_user.is_authenticated:
        return {}
    reader = current_reader()
    recent, recent_end = reader.inbox()
    asking = len(reader.people(reader.friendships.incoming))  # without deleted accounts
    asking_count = f"{ASKING - 1}+" if asking >= ASKING else asking
    shown: dict = {"unread": reader.unread, "asking_count": asking_count, "recent": recent}
    shown |= {"recent_end": recent_end, "read_mark": reader.read_mark}
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    shown |= {"friends_state": reader.friendships.state, "now": now, "most": texts.MAX_COMMENT}
    return shown | {"most_unread": UNREAD}


# The feed.


@blueprint.get("/dashboard")
@login_required
def dashboard():
    log_session("request", session)
    reader = current_reader()
    all_here = sockets.presence.online(reader.friendships.friends)
    here = first_online(reader.friendships.friends, all_here, FRIENDS_HERE)
    reader.prefetch(here)
    start = as_id(request.args.get("before"))
    threads, older = reader.feed_page(start)
    process = sockets.processes.name if config.panel else None  # shown in the panel
    shown: dict = {"threads": threads, "start": start, "older": older, "process": process}
    shown |= {"friends_here": reader.by_name(here), "more_here": len(all_here) - len(here)}
    return render_template("dashboard.html", most_here=FRIENDS_HERE, **shown)


@blueprint.get("/posts/<post_id>")
@login_required
def post(post_id: str):
    before, reply_id = as_id(request.args.get("before")), as_id(request.args.get("reply"))
    try:
        thread = current_reader().thread(post_id, before, reply_id)
    except LookupError:
        abort(404, NO_SUCH_POST)
    return render_template("post.html", thread=thread)


@blueprint.get("/account/comments")
@login_required
def own_comments():
    """List everything the user wrote, even posts that they can no longer see in the feed."""
    reader = current_reader()
    posts, older = reader.own_posts(as_id(request.args.get("before")))
    return render_template("own.html", posts=posts, older=older, owners=reader.owners)


@blueprint.post("/comments")
@login_required
def add_comment():
    text = texts.clean_comment(request.form.get("text", ""))
    if problem := comment_problem(text):
        return answer({"error": problem}, 400)
    try:
        author = current_user._get_current_object()  # looked up once
        post_id, key = request.form.get("post") or None, request.headers.get("Idempotency-Key", "")
        comment, readers, onlookers = feed.write(author, text, post_id, key[:LONGEST_KEY])
    except LookupError:
        return answer({"error": NO_SUCH_POST}, 404)
    except AccountDeleted:
        return answer({"error": LEAVING}, 410)
    sockets.emit_to(readers, "comment", comment)
    sockets.emit_to(onlookers, "activity", comment)  # their pages show it, without a notification
    log.info("comment id=%s readers=%d", comment["id"], len(readers))
    is_older_page = post_id and page_of_form().startswith(url_for(".post", post_id=post_id) + "?")
    page = url_for(".post", post_id=post_id) if is_older_page else None  # where it is shown
    return answer(comment, 201, message="Your comment is posted.", page=page)


@blueprint.post("/comments/<post_id>/delete")
@login_required
def delete_comment(post_id: str):
    try:
        gone, viewers = feed.delete(current_user.id, post_id)
    except LookupError:
        return answer({"error": NOT_YOURS}, 404)
    for some in batched(gone, REMOVED_AT_ONCE):
        sockets.emit_to(viewers, "removed", {"ids": some})
    # The page of a deleted post is gone, so don't return to it.
    is_there = page_of_form().partition("?")[0] != url_for(".post", post_id=post_id)
    page = None if is_there else url_for(".dashboard")
    return answer({"deleted": gone[:REMOVED_AT_ONCE]}, message="It is deleted.", page=page)


def as_id(text: str | None) -> str | None:
    """Return the text if it's an ID, else None."""
    return text if object_id(text) else None


# Notifications.


@blueprint.get("/notifications")
@login_required
def notifications_page():
    start = as_id(request.args.get("before"))
    inbox, older = current_reader().inbox(start)
    return render_template("notifications.html", notifications=inbox, start=start, older=older)


@blueprint.post("/notifications/read")
@login_required
def read_notifications():
    up_to = request.form.get("up_to", "")
    if not object_id(up_to):
        return answer({"error": "`up_to` must be the ID of a notification."}, 400)
    reader = current_reader()
    feed.mark_read(current_user.id, reader.owners, up_to)
    mark = reader.read_mark or up_to  # another tab may have read further
    sockets.emit_to([current_user.id], "read", {"upTo": mark, "unread": reader.unread})
    return answer({"unread": reader.unread}, message="All read.")
