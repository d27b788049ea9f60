"""The app. It connects the parts that the other modules create."""

import os
from datetime import timedelta
from pathlib import Path

from flask import Flask
from flask_session import Session

from .auth import login_manager
from .db import people, session_settings
from .routes import pages
from .seed import seed
from .sockets import socketio

STEP = Path(__file__).parents[2] / "steps" / "04-friend-notify"

app = Flask(__name__, static_folder=STEP / "static", template_folder=STEP / "templates")
app.json.sort_keys = False  # keep the keys of JSON in our order
app.config.update(
    SESSION_COOKIE_NAME="sid",
    SESSION_COOKIE_SAMESITE="Lax",
    PERMANENT_SESSION_LIFETIME=timedelta(days=1),
    # Otherwise, every request would store the session and send its cookie. See sessions.renew.
    SESSION_REFRESH_EACH_REQUEST=False,
    **session_settings,
)
Session(app)
login_manager.init_app(app)
app.register_blueprint(pages)
socketio.init_app(app)

seed(people, int(os.environ.get("SEED_PEOPLE", "0")), int(os.environ.get("SEED_FRIENDS", "0")))
