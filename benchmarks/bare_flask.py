"""`python -m benchmarks.bare_flask` serves pages with Flask on gevent, and does nothing else.

It has no sessions, no templates, no database and no sockets. An app on Flask can hardly be faster,
so the pages of the others are compared with these. Anyone can log in.

    PORT, HOST      the address to listen on (5000, 127.0.0.1)
    PAGE_BYTES=N    the size of the dashboard
"""

from gevent import monkey

monkey.patch_all()  # before all other imports, which would keep the unpatched functions

import os  # noqa: E402

from flask import Flask, redirect  # noqa: E402

from .gevent_server import serve  # noqa: E402

app = Flask(__name__)
page = "-" * int(os.environ.get("PAGE_BYTES") or 5_000)


@app.post("/login")
def log_in():
    response = redirect("/dashboard")
    response.set_cookie("sid", "anyone")
    return response


@app.get("/dashboard")
def dashboard():
    return page


@app.get("/session")
def session():
    return {"id": "anyone", "cookie": {"path": "/", "http_only": True}, "data": {"_user_id": "0"}}


if __name__ == "__main__":
    serve(app)
