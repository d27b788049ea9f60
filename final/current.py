"""The parts of the app that serves the current request, by name."""

from typing import TYPE_CHECKING

from flask import current_app
from werkzeug.local import LocalProxy

if TYPE_CHECKING:
    from .comments import Comments
    from .friends import Friends
    from .sockets import Sockets
    from .users import Users

users: "Users" = LocalProxy(lambda: current_app.extensions["users"])
friends: "Friends" = LocalProxy(lambda: current_app.extensions["friends"])
comments: "Comments" = LocalProxy(lambda: current_app.extensions["comments"])
sockets: "Sockets" = LocalProxy(lambda: current_app.extensions["sockets"])
