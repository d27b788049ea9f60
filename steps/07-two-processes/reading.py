"""Reading: a user marks notifications as read, and all tabs of the user show it."""

from flask import Blueprint, request
from flask_login import current_user, login_required

import notifications
from answers import answer
from ids import object_id
from sockets import emit_to

reading = Blueprint("reading", __name__)


@reading.post("/notifications/read")
@login_required
def read_notifications():
    up_to = object_id(request.form.get("up_to"))
    if up_to is None:
        return answer({"error": "There's nothing to mark as read."}, 400)
    notifications.mark_read(current_user.id, up_to)
    unread = notifications.unread(current_user.id)
    emit_to(current_user.id, "read", {"upTo": str(up_to), "unread": unread})
    return answer({"unread": unread}, message="Marked as read.")
