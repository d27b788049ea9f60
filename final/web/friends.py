"""The friends page and its forms."""

import math
from datetime import timedelta

from flask import Blueprint, render_template, request
from flask_login import current_user, login_required
from werkzeug.exceptions import TooManyRequests

from ..domain import texts
from ..domain.friend_requests import AskedRecently, FriendsFull, OverLimit
from ..domain.friends import Friendships
from ..domain.users import User
from ..settings.quotas import FRIENDS, PAGE, REQUESTS
from .extensions import current_reader, feed, friends, sockets, users
from .posts import as_id
from .responses import answer, answer_error, wants_page

blueprint = Blueprint("friends", __name__)

NOBODY = "This account no longer exists."
REQUESTS_FULL = (
    f"You have {REQUESTS} unanswered requests, which is the most. Withdraw some, then ask again."
)
YOUR_FRIENDS_FULL = f"You have {FRIENDS:,} friends, which is the most. Remove a friend first."
THEIR_FRIENDS_FULL = f"{{}} has {FRIENDS:,} friends, which is the most."


@blueprint.get("/friends")
@login_required
def friends_page():
    reader = current_reader()
    query = request.args.get("q", "").strip()
    found = users.search(query) if query else []
    known = Friendships([], [], [])
    if found:
        known = friends.between(current_user.id, [user.id for user in found])
    mine = reader.friendships
    after = as_id(request.args.get("asking"))
    asking, older_asking = asking_page(after)
    number = request.args.get("page", "")
    is_number = number.isdecimal() and len(number) < 9
    shown, page, pages = mine.page(int(number) if is_number else 1)
    reader.prefetch([*asking, *mine.outgoing, *shown])
    return render_template(
        "friends.html",
        asking=reader.by_name(asking),
        is_older=after is not None,
        older_asking=older_asking,
        asked=reader.by_name(mine.outgoing),
        friends=reader.by_name(shown),
        page=page,
        pages=pages,
        here=sockets.presence.online(shown),
        query=query,
        found=found if query else None,
        known=known,
        searched_email=texts.clean_email(query),
    )


def asking_page(after: str | None) -> tuple[list[str], str | None]:
    """Return a page of users who sent a request, and the last one if there are more pages."""
    if after:
        asking = friends.incoming(current_user.id, PAGE + 1, after)
    else:
        asking = current_reader().friendships.incoming[: -PAGE - 2 : -1]
    return asking[:PAGE], asking[PAGE - 1] if len(asking) > PAGE else None


@blueprint.post("/friends")
@login_required
def add_friend():
    """Send a friend request, by email or by the user ID from the search results."""
    if "user" in request.form:
        friend, error = users.find(request.form["user"]), NOBODY
    else:
        friend = users.find_by_email(request.form.get("email", ""))
        error = "No account has this email."
    if friend is None:
        return answer({"error": error}, 404)
    if friend.id == current_user.id:
        return answer({"error": "This is your own email."}, 400)
    try:
        asked = friends.request(current_user.id, friend.id)
    except OverLimit as limit:
        return refused(limit, friend)
    if not users.all_active(current_user.id, friend.id):
        # A comment written since then may have counted on this friendship: see Feed.write.
        for user_id in current_user.id, friend.id:
            if not users.all_active(user_id):
                feed.forget(user_id)
        return answer({"error": NOBODY}, 404)
    if asked.is_new:
        tell_of_friendship(friend)
    message = "You and {} are now friends." if asked.are_friends else "Friend request sent to {}."
    message = message.format(texts.isolated(friend.full_name))
    return answer({"friend": friend.as_json()}, message=message)


@blueprint.post("/friends/<user_id>/accept")
@login_required
def accept_friend(user_id: str):
    friend = users.find(user_id)
    if friend is None:
        return answer({"error": NOBODY}, 404)
    try:
        is_accepted = friends.accept(current_user.id, friend.id)
    except OverLimit as limit:
        return refused(limit, friend)
    if not is_accepted:
        return answer({"error": "This request was withdrawn."}, 404)
    tell_of_friendship(friend)
    message = f"You and {texts.isolated(friend.full_name)} are now friends."
    return answer({"friend": friend.as_json()}, message=message)


@blueprint.post("/friends/<user_id>/end")
@login_required
def end_friendship(user_id: str):
    """Decline or withdraw a request, or end a friendship."""
    friend = users.find(user_id)
    if friend is None:
        return answer({"error": NOBODY}, 404)
    if friends.end(current_user.id, friend.id):
        tell_of_friendship(friend)
    message = f"You and {texts.isolated(friend.full_name)} are no longer friends."
    return answer({"friend": friend.as_json()}, message=message)


def refused(limit: OverLimit, friend: User):
    """Return an answer that names the limit and the next step."""
    name = texts.isolated(friend.full_name)
    if isinstance(limit, AskedRecently):
        message = f"You asked {name} recently. You can ask again {moment(limit.wait)}."
        if wants_page():
            return answer({"error": message})
        seconds = math.ceil(limit.wait.total_seconds())
        return answer_error(TooManyRequests(message, retry_after=seconds))
    if not isinstance(limit, FriendsFull):
        return answer({"error": REQUESTS_FULL}, 400)
    is_own = limit.user_id == current_user.id
    return answer({"error": YOUR_FRIENDS_FULL if is_own else THEIR_FRIENDS_FULL.format(name)}, 400)


def moment(wait: timedelta) -> str:
    """Return when the user can ask again, such as "in 3 hours"."""
    hours = math.ceil(wait / timedelta(hours=1))
    if hours > 20:
        return "tomorrow"
    return f"in {hours} hours" if hours > 1 else "in an hour"


def tell_of_friendship(friend: User) -> None:
    sockets.emit_to([current_user.id, friend.id], "friends", {})
