"""The events that a client may send. The session names the sender, never the data of an event."""

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
from .dispatch import LOG_IN_FIRST
from .local_sockets import shortened
from .presence import first_online
from .sockets import Sockets

MAX_IDS = 1000  # in a list that a page sends


class Events:
    """The handlers. Each gets the sender's session and the data, a dict, and returns a dict."""

    def __init__(self, sockets: Sockets, feed: Feed, panel: bool):
        self.sockets = sockets
        self.feed = feed
        sockets.on("session", self.session)
        sockets.on("notifications", self.notifications)
        sockets.on("state", self.state)
        if panel:
            sockets.on("panel", self.panel)

    def session(self, session: Session, data: dict) -> dict:
        """Return what the session exposes. A person pressed a button, so the session lives on."""
        session.touch()
        return exposed(session)

    def notifications(self, session: Session, data: dict) -> dict:
        """Return the user's notifications after the one with the ID `after`, oldest first.

        One answer holds a portion, so a page asks again until nothing new comes. The page may send
        as `seen` the IDs of notifications that it knows. The answer leaves these out, and includes
        older ones that became visible only later.
        """
        user_id, after = session["_user_id"], data.get("after")
        if after is not None and not isinstance(after, str):
            return {"error": "`after` must be the ID of a notification, or null"}
        seen = data.get("seen")
        if seen is not None and not are_ids(seen):
            return {"error": f"`seen` must be a list of at most {MAX_IDS} IDs"}
        reader = Reader(self.feed, user_id)
        missed = reader.missed(after, seen)
        if seen is None:  # the newest of those that may be late, then at least one that's new
            last = str(object_id(after) or "")
            late = [each for each in missed if each["id"] <= last]
            shown = fitting(reversed(late), quotas.ANSWER // 2)[::-1]
            shown += fitting(missed[len(late) :], quotas.ANSWER // 2)
        else:
            shown = fitting(missed, quotas.ANSWER)
        return {"notifications": shown, "unread": reader.unread}

    def state(self, session: Session, data: dict) -> dict:
        """Return the current state, for a page that may have missed an event.

        A page sends up to MAX_IDS IDs in each list:
        - `shown`: the posts that it shows or counts. `gone` in the answer has those of them that
          the user can't see now, because they were deleted or a friendship has ended.
        - `threads`, and `after`: its threads, and the oldest post of its feed. `activity` in the
          answer has the newest comments that the page misses, oldest first: replies in these
          threads, and the user's own posts since `after`. If there may be older ones, `from` is
          the ID of the first comment in `activity`, else null.
        - `since`: the page knows all replies up to this post, and gets no older ones.
        - `people`: users that it asks about. `here` in the answer has the first FRIENDS_HERE
          friends who are online, and those of `people` who are. `hereCount` counts all friends
          who are online.
        """
        user_id = session["_user_id"]
        shown, threads, people = (data.get(name, []) for name in ("shown", "threads", "people"))
        if not all(map(are_ids, (shown, threads, people))):
            lists = "`shown`, `threads` and `people`"
            return {"error": f"{lists} must be lists of at most {MAX_IDS} IDs"}
        after, since = data.get("after"), data.get("since")
        if not isinstance(after, str | None) or not isinstance(since, str | None):
            return {"error": "`after` and `since` must be the ID of a post, or null"}
        reader = Reader(self.feed, user_id)
        online = self.sockets.presence.online(reader.friendships.friends)
        listed = first_online(reader.friendships.friends, online, FRIENDS_HERE)
        wanted = online.intersection(listed + people)
        reader.prefetch([user_id, *wanted])
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
            "hereCount": len(online),
            "gone": self.feed.posts.no_longer_visible(shown, reader.owners),
            "activity": activity,
            "from": activity[0]["id"] if len(activity) < len(missing) else first,
            "readUpTo": self.feed.notifications.read_mark(user_id),
            "now": datetime.now(UTC).isoformat(timespec="milliseconds"),
        }

    def panel(self, session: Session, data: dict) -> dict:
        """Return the user's newest sockets, and the rooms of those in this process."""
        sio, user_id = self.sockets.sio, session["_user_id"]
        here = self.sockets.local.of_user(user_id)[-quotas.PANEL_SOCKETS :]
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
    """Return whether this is a list of at most MAX_IDS strings."""
    return (
        isinstance(value, list)
        and len(value) <= MAX_IDS
        and all(isinstance(each, str) for each in value)
    )


def fitting(items: Iterable[dict], size: int) -> list[dict]:
    """Return the first items, as many as have `size` bytes in JSON together, but at least one."""
    fit: list[dict] = []
    for item in items:
        size -= len(json.dumps(item))
        if size < 0 and fit:
            break
        fit.append(item)
    return fit
