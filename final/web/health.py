"""The health check, for monitoring."""

import logging
from typing import TYPE_CHECKING

from flask import Flask
from pymongo.errors import PyMongoError

from ..domain.stores import UserStore

if TYPE_CHECKING:
    from ..cluster.bus import Bus

log = logging.getLogger(__name__)


def init_app(app: Flask, users: UserStore, bus: "Bus | None") -> None:
    @app.get("/healthz")
    def healthz():
        """Answer 200 if the database answers, else 503, with the state of each part.

        The app works without Redis. Events from other processes only arrive later.
        """
        redis = {} if bus is None else {"redis": "ok" if bus.ping() else "does not answer"}
        try:
            users.find(None)  # finds no user, but needs the database
        except PyMongoError as error:
            log.warning("the database does not answer: %s", error)
            return {"database": "does not answer", **redis}, 503
        return {"database": "ok", **redis}
