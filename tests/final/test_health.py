"""/healthz tells monitoring tools whether the parts of the app answer."""

from types import SimpleNamespace

import requests
from flask import Flask
from pymongo.errors import ServerSelectionTimeoutError

from final.web import health
from tools.servers import Server


def test_all_is_well(server: Server):
    answer = requests.get(f"{server.url}/healthz", timeout=30)
    assert (answer.status_code, answer.json()) == (200, {"database": "ok"})
    assert "Set-Cookie" not in answer.headers


def test_the_database_does_not_answer():
    def find(_):
        raise ServerSelectionTimeoutError("nobody listens there")

    app = Flask(__name__)
    health.init_app(app, SimpleNamespace(find=find), None)
    answer = app.test_client().get("/healthz")
    assert (answer.status_code, answer.json) == (503, {"database": "does not answer"})
