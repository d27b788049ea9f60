"""The second door: the Socket.IO server, and the ways to reach the sockets of its users."""

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import gevent
import socketio
from pymongo.errors import PyMongoError

from ..cluster.processes import Processes, SingleProcess
from ..domain.stores import FriendStore, UserStore
from ..server.gate import Gate
from ..server.origin import is_own_origin
from ..server.packets import MAX_SIZE, CheckedPacket
from ..sessions.session import Session
from .dispatch import Dispatcher
from .local_sockets import LocalSockets, room_of_session, room_of_user
from .presence import Announcements, Presence

if TYPE_CHECKING:
    from ..cluster.bus import Bus

log = logging.getLogger(__name__)

SHUTDOWN_WITHIN = 1  # seconds for the database to record that this process ends
COOKIE_WITHIN = 1  # seconds for a response to bring a new cookie to the browser
RENEWED = "renewed"  # an event for pages, and a topic for other processes


class Sockets:
    """The Socket.IO server of an app, and the ways to reach the sockets of its users.

    `local` are the sockets of this process. A `bus` connects them with those of other processes.
    Without a bus, each process reaches only its own.
    """

    def __init__(
        self,
        users: UserStore,
        friends: FriendStore,
        processes: Processes | SingleProcess,
        bus: "Bus | None" = None,
        gate: Gate | None = None,
        make_server: Callable[..., socketio.Server] = socketio.Server,
    ):
        manager = bus.manager if bus else socketio.Manager()
        self.sio = make_server(
            async_mode="gevent",
            client_manager=manager,
            serializer=CheckedPacket,
            max_http_buffer_size=MAX_SIZE,
            cors_allowed_origins=is_own_origin,
        )
        self.local = LocalSockets(self.sio, manager, processes.name)
        self.gate = gate or Gate()
        self.users = users
        self.processes = processes
        self.bus = bus
        self.presence = Presence(self.local.count, processes.online_elsewhere)
        self.announcements = Announcements(self, friends)
        self.dispatcher = Dispatcher(self.sio)
        if bus:
            bus.on("ended", self.local.close)
            bus.on(RENEWED, self._reconnect)

    def on(self, event: str, handler: Callable[[Session, dict], dict]) -> None:
        """Let clients send this event. The handler returns the answer."""
        self.sio.on(event, self.dispatcher.wrap(handler))

    def emit_to(self, user_ids: Iterable[str], event: str, data: dict, local: bool = False) -> None:
        """Send an event to all sockets of these users, or only to those of this process."""
        rooms = list(map(room_of_user, user_ids))
        if rooms:  # `to=[]` would send it to everybody
            self.sio.emit(event, data, to=rooms, ignore_queue=local)

    def count(self, user_id: str) -> int:
        """Return how many sockets a user has in all processes."""
        return self.local.count(user_id) + len(self.processes.elsewhere(user_id))

    def count_by_session(self, user_id: str) -> Counter[str]:
        """Return how many sockets each session of a user has, by the session's ID."""
        sockets = [*self.local.of_user(user_id), *self.processes.elsewhere(user_id)]
        return Counter(each.session_id for each in sockets)

    def close(self, session_ids: Iterable[str]) -> None:
        """Close the sockets of these sessions, which have ended, in all processes."""
        session_ids = list(session_ids)
        self.local.close(session_ids)
        self.publish("ended", session_ids)

    def reconnect(self, old_id: str, session: Session) -> None:
        """Let pages reconnect in all processes, because their session continues under a new ID.

        All sockets of the old ID are closed, because a thief may have opened one of them. Pages
        get an event before, and connect again with the new cookie. A thief has only the old one.
        """
        self._reconnect([old_id], session)
        self.publish(RENEWED, [old_id])

    def shutdown(self) -> None:
        """Close all sockets of this process, which ends. Their pages connect to another one."""
        self.gate.close()
        with gevent.Timeout(SHUTDOWN_WITHIN, False):
            self.sio.shutdown()
            self.processes.leave()

    def publish(self, topic: str, ids: Sequence[str]) -> None:
        """Tell the other processes that something has changed for these IDs."""
        if self.bus and ids:
            self.bus.publish(topic, ids)

    def spawn(self, function: Callable[..., None], *args: object) -> None:
        """Call the function in a greenlet of its own. If it fails, log that."""

        def call() -> None:
            try:
                function(*args)
            except PyMongoError as error:
                log.warning("the database does not answer: %s", error)
            except Exception:
                log.exception("%s failed", function.__name__)

        self.sio.start_background_task(call)

    def _reconnect(self, old_ids: Iterable[str], session: Session | None = None) -> None:
        """Close the sockets of an old session ID here, after COOKIE_WITHIN.

        Until then they have the renewed session. Another process doesn't know it, and answers their
        events with "log in first".
        """
        sids = []
        for room in map(room_of_session, old_ids):
            for sid in self.local.sids_in(room):
                self.sio.leave_room(sid, room)  # or the sweeper would close it without a word
                sids.append(sid)
                environ = self.sio.get_environ(sid)
                if environ and session and session.id:
                    environ["session"] = session
                    self.sio.enter_room(sid, room_of_session(session.id))

        def close() -> None:
            self.sio.sleep(COOKIE_WITHIN)
            for sid in sids:
                self.sio.emit(RENEWED, {}, to=[sid], ignore_queue=True)  # it's in this process
                self.sio.disconnect(sid, ignore_queue=True)

        self.spawn(close)
