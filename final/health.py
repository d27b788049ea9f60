"""Whether the parts answer, for whoever watches over the app."""

import logging

from flask import Flask
from pymongo.errors import PyMongoError

log = logging.getLogger(__name__)


def init_app(app: Flask, database) -> None:
    @app.get("/healthz")
    def healthz():
        """Answer 200 if the app can do its work, else 503; and say which part cannot."""
        try:
            database.users.find_one({}, {"_id": 1})
        except PyMongoError as error:
            log.warning("the database does not answer: %s", error)
            return {"database": "does not answer"}, 503
        return {"database": "ok"}
