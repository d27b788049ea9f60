"""A session goes on under a new ID, and the pages of its browser come back under it by themselves.

All sockets of the old ID are closed, because one of them may be of somebody who had stolen it. The
pages are told before, so they connect again, with the new cookie. A thief has only the old one.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from flask import session

from .rooms import room_of_session

if TYPE_CHECKING:
    from ..sessions.session import Session
    from ..sessions.store import MongoSessionStore
    from .sockets import Sockets

GRACE = 1  # seconds in which the answer brings the new cookie to the browser
RENEWED = "renewed"  # what pages and other processes are told


def init_sockets(sockets: Sockets) -> None:
    if sockets.bus:
        sockets.bus.listeners[RENEWED] = partial(reconnect_here, sockets)


def renew(sockets: Sockets, store: MongoSessionStore) -> bool:
    """Let this request's session go on under a new ID; return False if it has ended meanwhile."""
    old_id, *others = session.ids  # the others are in cookies of the same name
    if not store.end(session["_user_id"], old_id):
        return False
    session.regenerate(keep=True)
    session.save()
    reconnect_here(sockets, [old_id], session.reload())
    sockets.tell_others(RENEWED, [old_id])
    sockets.close(others)
    return True


def reconnect_here(
    sockets: Sockets, old_ids: Iterable[str], renewed: Session | None = None
) -> None:
    """Close this process's sockets of an old session ID soon. Until then they are of the `renewed`.

    A process that doesn't know the new ID answers their events with "log in first" meanwhile.
    """
    sio, sids = sockets.sio, []
    for room in map(room_of_session, old_ids):
        for sid in sockets.sids_in(room):
            sio.leave_room(sid, room)  # or the sweeper would close it without a word
            sids.append(sid)
            environ = sio.get_environ(sid)
            if environ and renewed and renewed.id:
                environ["session"] = renewed
                sio.enter_room(sid, room_of_session(renewed.id))

    def close() -> None:
        sio.sleep(GRACE)
        for sid in sids:
            sio.emit(RENEWED, {}, to=[sid], ignore_queue=True)  # it is in this process
            sio.disconnect(sid, ignore_queue=True)

    sockets.later(close)
