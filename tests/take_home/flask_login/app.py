"""An app with a session that requests and sockets share, and Flask-Login."""

import socketio
from flask import Flask, session
from flask_login import current_user, login_required

import sockets
from auth import load_user, login_manager
from check_settings import check_settings
from db import db
from expose import exposed
from hangup import HangUp
from routes import pages
from session import EnvironSessionInterface, SessionMiddleware
from session_store import MongoSessionStore

app = Flask(__name__)
app.config["SECRET_KEY"] = "dev"
login_manager.init_app(app)
app.register_blueprint(pages)


@app.get("/session")
def show_session():
    return exposed(session) if current_user.is_authenticated else ({"error": "log in first"}, 401)


@app.post("/wave")
@login_required
def wave():
    data = {"from": current_user.full_name}
    return {"sockets": sockets.emit_to(current_user.get_id(), "wave", data)}


sockets.app, sockets.load_user = app, load_user
store = MongoSessionStore(db.sessions, max_age=24 * 60 * 60)
app.session_interface = EnvironSessionInterface()
app.wsgi_app = SessionMiddleware(socketio.WSGIApp(sockets.sio, app.wsgi_app), store)
app.wsgi_app = HangUp(app.wsgi_app)
check_settings(app)
