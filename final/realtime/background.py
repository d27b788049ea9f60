"""The work that no client asks for: the heartbeat, and closing sockets of ended sessions."""

import logging
from collections.abc import Callable

import gevent
from gevent.event import Event
from pymongo.errors import PyMongoError

from ..cluster.processes import HEARTBEAT_EVERY
from ..domain.database import NO_DATABASE
from ..domain.ids import batched
from ..sessions.store import SessionStore
from .sockets import Sockets

log = logging.getLogger(__name__)

BATCH_SIZE = 100  # sessions that the sweeper looks up together
CLOSE_OVERDUE_EVERY = 1  # seconds


class Background:
    """The background work of a process. The server starts it and stops it."""

    def __init__(self, sockets: Sockets, store: SessionStore, sweep_every: float):
        self.sockets = sockets
        self.processes = sockets.processes
        self.store = store
        self.sweep_every = sweep_every  # seconds: the setting SWEEP_EVERY
        self._loops: list[gevent.Greenlet] = []
        self._is_without_database = False
        self._has_warned = False  # that there is no Redis

    def start(self) -> None:
        """Announce this process to the others, and start the loops."""
        self.heartbeat()
        is_due = self._repeat(self.heartbeat, HEARTBEAT_EVERY)
        self._repeat(self.sweep, self.sweep_every)
        self._repeat(self.sockets.gate.close_overdue, CLOSE_OVERDUE_EVERY)
        if bus := self.sockets.bus:
            bus.on("came", lambda _: is_due.set())
            bus.on("loss", lambda _: self.ask_pages_to_catch_up())
            bus.start()

    def stop(self) -> None:
        """Close all sockets, whose pages connect to another process, and stop the loops."""
        self.sockets.shutdown()
        gevent.killall(self._loops, block=False)
        self._loops.clear()
        if self.sockets.bus:
            self.sockets.bus.stop()

    def sweep(self) -> None:
        """Close the sockets whose session has ended in any way, such as by expiry."""
        session_ids = list({each.session_id for each in self.sockets.local.all()})
        for batch in batched(session_ids, BATCH_SIZE):
            self.sockets.local.close(set(batch) - self.store.alive(list(batch)))

    def heartbeat(self) -> None:
        """Show that this process is alive, and announce the users of processes that have died.

        If the database is gone, tell the pages. When it's back, ask them to catch up.
        """
        former_id = self.processes.id
        try:
            changed = self.processes.heartbeat(self.sockets.local.all)
        except PyMongoError:
            if not self._is_without_database:
                self._is_without_database = True
                self._emit_to_all_pages("trouble", {"said": NO_DATABASE})
            raise
        if self._is_without_database:
            self._is_without_database = False
            log.warning("the database is back")
            self.ask_pages_to_catch_up()
        if self.processes.id != former_id:  # the others needn't wait for their next heartbeat
            self.sockets.publish("came", [self.processes.id])
        if changed:  # spawn the announcements, so that the next heartbeat doesn't wait for them
            self.sockets.spawn(self.sockets.announcements.announce_count, *changed)
            self.sockets.spawn(self.sockets.announcements.announce_presence, *changed)
        if self.processes.others and not self.sockets.bus and not self._has_warned:
            self._has_warned = True
            log.warning(
                "another process serves the same database, and there is no REDIS_URL: "
                "its news is shown here only when pages ask for it"
            )

    def ask_pages_to_catch_up(self) -> None:
        """Ask the pages that are open here to catch up, because they may have missed events."""
        self._emit_to_all_pages("look", {})

    def _emit_to_all_pages(self, event: str, data: dict) -> None:
        user_ids = {each.user_id for each in self.sockets.local.all()}
        self.sockets.emit_to(user_ids, event, data, local=True)

    def _repeat(self, function: Callable[[], None], every: float) -> Event:
        """Start a loop that calls the function every `every` seconds.

        Return an event that makes the next call due immediately. If a call fails, log that and go
        on. While the database is gone, log that only once.
        """
        is_due = Event()

        def loop() -> None:
            has_failed = False
            while True:
                is_due.wait(every)
                is_due.clear()
                try:
                    function()
                    has_failed = False
                except PyMongoError as error:
                    if not has_failed:
                        log.warning("the database does not answer: %s", error)
                    has_failed = True
                except Exception:
                    log.exception("%s failed, trying again", function.__name__)

        self._loops.append(gevent.spawn(loop))
        return is_due
