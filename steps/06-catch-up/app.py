"""The app: builds the parts, each from its own module, and wires them together."""

import socketio
from flask import Flask

import config
from auth import login_manager
from db import db
from hangup import HangUp
from reading import reading
from routes import pages
from session import EnvironSessionInterface, SessionMiddleware
from session_store import MongoSessionStore
from sockets import sio

app = Flask(__name__)
app.json.sort_keys = False  # keep the order of keys in JSON
login_manager.init_app(app)
app.register_blueprint(pages)
app.register_blueprint(reading)

store = MongoSessionStore(db.sessions, config.SESSION_MAX_AGE)
app.session_interface = EnvironSessionInterface()
app.wsgi_app = SessionMiddleware(socketio.WSGIApp(sio, app.wsgi_app), store)
app.wsgi_app = HangUp(app.wsgi_app)
