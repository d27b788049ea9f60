"""The app: builds the parts, each from its own module, and wires them together."""

from flask import Flask

import config
from auth import login_manager
from db import db
from routes import pages
from session import EnvironSessionInterface, SessionMiddleware
from session_store import MongoSessionStore

app = Flask(__name__)
app.json.sort_keys = False  # keep the order of keys in JSON
login_manager.init_app(app)
app.register_blueprint(pages)

store = MongoSessionStore(db.sessions, config.SESSION_MAX_AGE)
app.session_interface = EnvironSessionInterface()
app.wsgi_app = SessionMiddleware(app.wsgi_app, store)
