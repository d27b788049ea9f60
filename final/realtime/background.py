"""What goes on by itself: sockets of ended sessions are closed, processes watch each other."""

import logging
from collections.abc import Callable

import gevent
from gevent.event import Event
from pymongo.errors import PyMongoError

from ..cluster.processes import BEAT, Alone, Processes
from ..domain.database import NO_DATABASE
from ..sessions.store import MongoSessionStore
from .sockets import Sockets

log = logging.getLogger(__name__)

LOOKED_UP_AT_ONCE = 100  # sessions
LOOK_EVERY = 1  # seconds, for connections that nobody has been let in by


class Background:
    """The background work of a process. The server starts it and stops it."""

    def __init__(
        self,
        sockets: Sockets,
        store: MongoSessionStore,
        processes: Processes | Alone,
        sweep_every: float,
    ):
        self.sockets = sockets
        self.store = store
        self.processes = processes
        self.sweep_every = sweep_every  # seconds
        self._loops: list[gevent.Greenlet] = []
        self._has_warned = False
        self._is_without_database = False

    def start(self) -> None:
        self.beat()
        is_due = self.repeat(self.beat, BEAT)
        self.repeat(self.sweep, self.sweep_every)
        self.repeat(self.sockets.gate.close_overdue, LOOK_EVERY)
        if self.sockets.bus:
            self.sockets.bus.listeners |= {
                "loss": lambda _: self.look(),
                "came": lambda _: is_due.set(),
            }
            self.sockets.bus.start()

    def stop(self) -> None:
        """Close all sockets, whose pages connect again to another process, and stop the loops."""
        self.sockets.let_go()
        gevent.killall(self._loops, block=False)
        if self.sockets.bus:
            self.sockets.bus.stop()

    def repeat(self, function: Callable[[], None], every: float) -> Event:
        """Call the function each so many seconds, and when the event is set that this returns.

        If it fails, the log says so, once.
        """
        is_due = Event()

        def loop() -> None:
            fails = False
            while True:
                is_due.wait(every)
                is_due.clear()
                try:
                    function()
                    fails = False
                except PyMongoError as error:
                    if not fails:
                        log.warning("the database does not answer: %s", error)
                    fails = True
                except Exception:
                    log.exception("%s failed, and is tried again", function.__name__)

        self._loops.append(gevent.spawn(loop))
        return is_due

    def sweep(self) -> None:
        """Close the sockets whose session has ended in whatever way."""
        sessions = self.sockets.sessions_here()
        for i in range(0, len(sessions), LOOKED_UP_AT_ONCE):
            some = sessions[i : i + LOOKED_UP_AT_ONCE]
            self.sockets.close_here(set(some) - self.store.alive(some))

    def beat(self) -> None:
        """Show that this process is alive. If another one has died, tell who has lost sockets.

        If the database is gone, the pages say so; when it is back, they look what they have missed.
        """
        former_id = self.processes.id
        try:
            changed = self.processes.beat(self.sockets.all_opened)
        except PyMongoError:
            if not self._is_without_database:
                self._is_without_database = True
                self.tell_all("trouble", {"said": NO_DATABASE})
            raise
        if self._is_without_database:
            self._is_without_database = False
            log.warning("the database is back")
            self.look()
        if self.processes.id != former_id:  # the others need not wait for their next beat
            self.sockets.tell_others("came", [self.processes.id])
        self.sockets.later(self.tell_of, changed)  # the next beat must not wait for that
        if self.processes.others and not self.sockets.bus and not self._has_warned:
            self._has_warned = True
            log.warning(
                "another process serves the same database, and there is no REDIS_URL: "
                "what happens there is shown here only when pages look for it"
            )

    def tell_of(self, user_ids: set[str]) -> None:
        self.sockets.tell_count(*user_ids)
        self.sockets.tell_presence(*user_ids)

    def look(self) -> None:
        """Ask all pages that are open here to look for what they may have missed."""
        self.tell_all("look", {})

    def tell_all(self, event: str, data: dict) -> None:
        self.sockets.emit_to(self.sockets.users_here(), event, data, only_here=True)
