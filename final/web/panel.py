"""The two routes of the developer's panel: the session of the first door, and a wave."""

from flask import Blueprint
from flask_login import current_user, login_required

from ..sessions.exposure import exposed
from .extensions import session, sockets
from .responses import answer

blueprint = Blueprint("panel", __name__)


@blueprint.get("/session")
def request_session():
    if not current_user.is_authenticated:
        return {"error": "log in first"}, 401
    return exposed(session)


@blueprint.post("/wave")
@login_required
def wave():
    count = sockets.count(current_user.id)
    sockets.emit_to([current_user.id], "wave", {"from": current_user.full_name})
    return answer({"sockets": count}, message="You have waved.")
