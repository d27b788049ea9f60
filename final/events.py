"""The events that a client may send. Who is asking is in the session, never in what was sent."""

from __future__ import annotations

from .expose import exposed, iso
from .feed import Feed
from .session import Session
from .sockets import Sockets, room_of_user, shortened


class Events:
    """The handlers. Each is given the session of whoever asks, and a dict; it returns a dict."""

    def __init__(self, sockets: Sockets, feed: Feed, panel: bool):
        self.sockets = sockets
        self.feed = feed
        sockets.on("session", self.session)
        sockets.on("notifications", self.notifications)
        if panel:
            sockets.on("panel", self.panel)

    def session(self, session: Session, data: dict) -> dict:
        """Show the socket's session. Somebody has pressed a button, so the session lives on."""
        session.touch()
        return exposed(session)

    def notifications(self, session: Session, data: dict) -> dict:
        """Catch up: what this user was told after the notification with the id `after`."""
        user_id, after = session["_user_id"], data.get("after")
        if after is not None and not isinstance(after, str):
            return {"error": "`after` is the id of a notification, or null"}
        missed = self.feed.missed(user_id, after)
        return {"notifications": missed, "unread": self.feed.unread(user_id)}

    def panel(self, session: Session, data: dict) -> dict:
        """Show the rooms of this user's sockets, for the developer's panel."""
        sio = self.sockets.sio
        sids = self.sockets.sids_in(room_of_user(session["_user_id"]))
        sockets = [
            {
                "sid": sid,
                "transport": sio.transport(sid),
                "since": iso(sio.get_environ(sid)["since"]),
                "rooms": [shortened(room) for room in sio.rooms(sid) if room != sid],
            }
            for sid in sids
        ]
        rooms = sorted({room for socket in sockets for room in socket["rooms"]})
        return {"rooms": rooms, "sockets": sockets}
