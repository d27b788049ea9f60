"""The second door: a socket is opened with the same cookie, and so it has the same session."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

import gevent
import socketio
from pymongo.errors import PyMongoError

from ..cluster.processes import GRACE, Alone, Opened, Processes
from ..domain.friends import Friends
from ..domain.users import User, Users
from ..server.gate import Gate
from ..server.origin import is_own_origin
from ..server.packets import MAX_SIZE, CheckedPacket
from ..sessions.session import Session, current_session
from ..settings import quotas
from .handlers import Authenticated
from .pacing import InTurn, Paced
from .presence import Presence
from .rooms import Members, room_of_session, room_of_user

if TYPE_CHECKING:
    from ..cluster.bus import Bus

log = logging.getLogger(__name__)

LEAVE_WITHIN = 1  # seconds for the database to note that this process ends
COUNTS_PER_SECOND = 1000  # sockets of one user that are told how many they are


class Sockets(Members):
    """The Socket.IO server of an app: who may connect, what is answered, who is sent what.

    A socket is in two rooms. Its user's is where it is sent things. Its session's is never sent
    anything: it says which sockets to close when that session ends. A room has members in any
    process, and `bus` joins them, if there is one: without it, each process knows its own.
    """

    def __init__(
        self,
        users: Users,
        friends: Friends,
        processes: Processes | Alone,
        bus: Bus | None = None,
        gate: Gate | None = None,
        make_server: Callable[..., socketio.Server] = socketio.Server,
    ):
        """Make the Socket.IO server, of python-socketio itself or by `make_server`."""
        manager = bus.manager if bus else socketio.Manager()
        sio = make_server(
            async_mode="gevent",
            client_manager=manager,
            serializer=CheckedPacket,
            max_http_buffer_size=MAX_SIZE,
            cors_allowed_origins=is_own_origin,
        )
        super().__init__(sio, manager, processes)
        self.gate = gate or Gate()
        self.users = users
        self.friends = friends
        self.bus = bus
        self.presence = Presence(self.count_here, processes.here_elsewhere)
        self.authenticated = Authenticated(self.sio)
        self.show_count = Paced(InTurn(self._show_counts), self.rest, self.later)
        self.show_presence = InTurn(self._show_presence)
        if bus:
            bus.listeners |= {
                "ended": self.close_here,
                "count": lambda ids: self.later(self.show_count, *ids),
                "presence": lambda ids: self.later(self.show_presence, *ids),
            }

    def on(self, event: str, handler: Callable[[Session, dict], dict]) -> None:
        """Let clients send this event. What the handler returns is the answer."""
        self.sio.on(event, self.authenticated(handler))

    # What the rest of the app asks for.

    def emit_to(
        self, user_ids: Iterable[str], event: str, data: dict, only_here: bool = False
    ) -> None:
        """Send an event to all sockets of these users, and to nobody else.

        It is encoded once, whatever their number. `only_here`: to those of this process.
        """
        rooms = [room_of_user(user_id) for user_id in user_ids]
        if rooms:  # to no room at all would be to everybody
            self.sio.emit(event, data, to=rooms, ignore_queue=only_here)

    def count(self, user_id: str) -> int:
        """Return how many sockets a user has, in all processes."""
        return self.count_here(user_id) + len(self.processes.elsewhere(user_id))

    def sessions_of(self, user_id: str) -> Counter[str]:
        """Return how many sockets each session of a user has, by the session's id."""
        here = [self.opened(sid).session_id for sid in self.sids_in(room_of_user(user_id))]
        return Counter(here + [each.session_id for each in self.processes.elsewhere(user_id)])

    def close(self, session_ids: Iterable[str]) -> None:
        """Close the sockets of these sessions, which have ended, in all processes."""
        session_ids = list(session_ids)
        self.close_here(session_ids)
        self.tell_others("ended", session_ids)

    def close_here(self, session_ids: Iterable[str]) -> None:
        for room in map(room_of_session, session_ids):
            for sid in self.sids_in(room):
                self.sio.leave_room(sid, room)  # one that is just connecting will look for it
                self.sio.disconnect(sid, ignore_queue=True)  # it is in this process

    def let_go(self) -> None:
        """Close all sockets of this process, which ends; their clients connect again at once."""
        self.gate.close()
        with gevent.Timeout(LEAVE_WITHIN, False):
            self.processes.leave()

    # What changes with those who come and go. Each process tells its own sockets, and what holds
    # when it does so. Sent from one to the other it could be overtaken by what came later.

    def tell_count(self, *user_ids: str) -> None:
        """Tell the sockets of these users how many each of them has."""
        self.show_count(*user_ids)
        self.tell_others("count", user_ids)

    def tell_presence(self, *user_ids: str) -> None:
        """Tell the friends of these users whether they are here."""
        self.show_presence(*user_ids)
        self.tell_others("presence", user_ids)

    def tell_others(self, what: str, ids: Sequence[str]) -> None:
        if self.bus and ids:
            self.bus.tell(what, ids)

    def rest(self, user_id: str) -> float:
        """Return how many seconds to wait before this user's sockets are told their number again.

        To open one more socket costs as much as to tell one, however many there are.
        """
        return self.count_here(user_id) / COUNTS_PER_SECOND

    def _show_counts(self, user_ids: list[str]) -> None:
        user_ids = [user_id for user_id in user_ids if self.count_here(user_id)]
        others = self.processes.elsewhere(*user_ids)
        elsewhere = Counter(each.user_id for each in others)
        for user_id in user_ids:
            count = self.count_here(user_id) + elsewhere[user_id]
            if count > quotas.SOCKETS_PER_USER:
                self.drop_newest(user_id, others)
            self.emit_to([user_id], "sockets", {"count": count}, only_here=True)

    def _show_presence(self, user_ids: list[str]) -> None:
        friends = self.friends.of_each(user_ids)
        here = self.presence.here(friends)
        users = self.users.find_many(here) if here else {}
        for user_id, friend_ids in friends.items():
            user = users.get(user_id)
            told = {"id": user_id, "here": bool(user), **(user.as_json() if user else {})}
            self.emit_to(friend_ids, "presence", told, only_here=True)

    # What goes on by itself.

    def later(self, function: Callable[..., None], *args: object) -> None:
        """Call the function in a greenlet of its own. If it fails, the log says so."""

        def call() -> None:
            try:
                function(*args)
            except PyMongoError as error:
                log.warning("the database does not answer: %s", error)
            except Exception:
                log.exception("%s failed", function.__name__)

        self.sio.start_background_task(call)

    def arrive(self, session: Session, user: User, opened: Opened) -> None:
        current_session.set(session)
        log.info("socket opened sid=%s", opened.sid)
        self.processes.add(opened)
        if not self.is_open(opened.sid):  # it was quick, and is not to be left behind
            self.processes.remove(opened)
            return
        is_new = self.presence.arrive(user.id)
        self.tell_count(user.id)
        if is_new:
            self.tell_presence(user.id)

    def leave(self, session: Session, opened: Opened, reason: str) -> None:
        current_session.set(session)
        log.info("socket closed sid=%s reason=%r", opened.sid, reason)
        user_id = opened.user_id
        self.presence.lose(user_id)
        self.processes.close(opened)
        self.later(self.tell_count, user_id)
        self.sio.sleep(GRACE)
        self.processes.remove(opened)
        if self.presence.leave(user_id):
            self.tell_presence(user_id)
