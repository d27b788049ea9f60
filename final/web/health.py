"""The health check, for monitoring."""

import logging
from collections.abc import Callable

from flask import Flask
from pymongo.errors import PyMongoError

from ..domain.stores import UserStore

log = logging.getLogger(__name__)


def init_app(app: Flask, users: UserStore, ping_redis: Callable[[], bool] | None) -> None:
    @app.get("/healthz")
    def healthz():
        """Answer 200 if the database answers, else 503. The app works without Redis, too."""
        redis = {"redis": "ok" if ping_redis() else "does not answer"} if ping_redis else {}
        try:
            users.find(None)  # finds no user, but needs the database
        except PyMongoError as error:
            log.warning("the database does not answer: %s", error)
            return {"database": "does not answer", **redis}, 503
        return {"database": "ok", **redis}
