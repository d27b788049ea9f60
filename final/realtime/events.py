"""The events that a client may send. Who is asking is in the session, never in what was sent."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime

from ..domain.feed import Feed
from ..domain.ids import object_id
from ..domain.reader import Reader
from ..sessions.exposure import exposed, iso
from ..sessions.session import Session
from ..settings import quotas
from ..settings.quotas import FRIENDS_HERE
from .handlers import LOG_IN_FIRST
from .presence import first_of
from .rooms import room_of_user, shortened
from .sockets import Sockets

SHOWN = 1000  # ids


class Events:
    """The handlers. Each is given the session of whoever asks, and a dict; it returns a dict."""

    def __init__(self, sockets: Sockets, feed: Feed, panel: bool):
        self.sockets = sockets
        self.feed = feed
        sockets.on("session", self.session)
        sockets.on("notifications", self.notifications)
        sockets.on("state", self.state)
        if panel:
            sockets.on("panel", self.panel)

    def session(self, session: Session, data: dict) -> dict:
        """Show the socket's session. Somebody has pressed a button, so the session lives on."""
        session.touch()
        return exposed(session)

    def notifications(self, session: Session, data: dict) -> dict:
        """Catch up: what this user was told after the notification with the id `after`.

        The answer is in portions, oldest first, so ask again until nothing new comes. With `seen`,
        the ids of notifications that the page knows already, these are left out. Then everything
        in the answer is new, also what became visible late, before `after`.
        """
        user_id, after = session["_user_id"], data.get("after")
        if after is not None and not isinstance(after, str):
            return {"error": "`after` is the id of a notification, or null"}
        seen = data.get("seen")
        if seen is not None and not are_ids(seen):
            return {"error": f"`seen` must be a list of at most {SHOWN} ids"}
        reader = Reader(self.feed, user_id)
        missed = reader.missed(after, seen)
        if seen is None:  # the newest of what may have come late, then at least one that is new
            last = str(object_id(after) or "")
            late = [each for each in missed if each["id"] <= last]
            shown = fitting(reversed(late), quotas.ANSWER // 2)[::-1]
            shown += fitting(missed[len(late) :], quotas.ANSWER // 2)
        else:
            shown = fitting(missed, quotas.ANSWER)
        return {"notifications": shown, "unread": reader.unread}

    def state(self, session: Session, data: dict) -> dict:
        """Return the current state, for a page that may have missed an event.

        The page sends as `shown` the ids of the posts that it shows or counts. In the answer,
        `gone` has the ids of those that this user can't see now, because they were deleted or a
        friendship has ended. `now` is the server's time.

        The page may also send the ids of its `threads`, and as `after` the oldest post of its feed.
        Then `activity` has the comments that the page is missing, oldest first: replies to these
        threads, and the user's own posts since then. It has the newest ones, at most MISSED, and
        no more bytes than an answer may have. If there may be more, `from` is the id of the first
        of these, else null. A page that knows all replies up to a post sends its id as `since`, and
        gets no older ones.

        Of the friends who are here, `here` has the first FRIENDS_HERE, and those of the `people`
        that the page asks about. `hereCount` says how many there are in all.
        """
        user_id = session["_user_id"]
        shown, threads, people = (data.get(name, []) for name in ("shown", "threads", "people"))
        if not all(map(are_ids, (shown, threads, people))):
            return {"error": f"`shown`, `threads` and `people` are lists of at most {SHOWN} ids"}
        after, since = data.get("after"), data.get("since")
        if not isinstance(after, str | None) or not isinstance(since, str | None):
            return {"error": "`after` and `since` must be the id of a post, or null"}
        reader = Reader(self.feed, user_id)
        here = self.sockets.presence.here(reader.friendships.friends)
        listed = first_of(reader.friendships.friends, here, FRIENDS_HERE)
        wanted = here.intersection(listed + people)
        reader.expect([user_id, *wanted])
        missing, first = reader.not_shown(shown, threads, after, since)
        activity = fitting(reversed(missing), quotas.ANSWER // 2)[::-1]
        people = reader.people([user_id, *wanted])
        if user_id not in people:
            return {"error": LOG_IN_FIRST}
        return {
            "profile": people.pop(user_id).as_json(),
            "sockets": self.sockets.count(user_id),
            "friends": reader.friendships.state,
            "here": fitting([user.as_json() for user in people.values()], quotas.ANSWER),
            "hereCount": len(here),
            "gone": self.feed.posts.gone(shown, reader.owners),
            "activity": activity,
            "from": activity[0]["id"] if len(activity) < len(missing) else first,
            "readUpTo": self.feed.notifications.read_mark(user_id),
            "now": datetime.now(UTC).isoformat(timespec="milliseconds"),
        }

    def panel(self, session: Session, data: dict) -> dict:
        """Show the newest of this user's sockets and their rooms, for the developer's panel.

        Of a socket in another process it is known only that it is there, and since when.
        """
        sio, user_id = self.sockets.sio, session["_user_id"]
        sids = self.sockets.sids_in(room_of_user(user_id))[-quotas.PANEL_SOCKETS :]
        here = [self.sockets.opened(sid) for sid in sids]
        elsewhere = self.sockets.processes.elsewhere(user_id)[: quotas.PANEL_SOCKETS]
        rooms = {shortened(room) for each in here for room in sio.rooms(each.sid)}
        sockets = [
            {
                "sid": each.sid,
                "since": iso(each.since),
                "process": each.process,
                "transport": self.transport(each.sid) if each in here else None,
            }
            for each in [*here, *elsewhere]
        ]
        return {
            "process": self.sockets.processes.name,
            "rooms": sorted(rooms - {each.sid for each in here}),
            "sockets": sockets,
        }

    def transport(self, sid: str) -> str | None:
        """Return "polling" or "websocket", or None if the socket has just closed."""
        with contextlib.suppress(KeyError):
            return self.sockets.sio.transport(sid)
        return None


def are_ids(value: object) -> bool:
    """Return whether this is a list of at most SHOWN texts."""
    return (
        isinstance(value, list)
        and len(value) <= SHOWN
        and all(isinstance(each, str) for each in value)
    )


def fitting(items: Iterable[dict], size: int) -> list[dict]:
    """Return the first of these, the first one in any case, that have `size` bytes of JSON."""
    fit = []
    for item in items:
        size -= len(json.dumps(item))
        if size < 0 and fit:
            break
        fit.append(item)
    return fit
