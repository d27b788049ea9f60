"""An app with Flask-SocketIO, Flask-Login, and a session that requests and sockets share."""

from flask import Flask, session
from flask_login import current_user, login_required

from auth import login_manager
from check_settings import check_settings
from db import db
from event_session import EventSessionInterface
from expose import exposed
from hangup import HangUp
from routes import pages
from session import SessionMiddleware
from session_store import MongoSessionStore
from sockets import socketio, sockets_of

app = Flask(__name__)
app.config["SECRET_KEY"] = "dev"
login_manager.init_app(app)
app.register_blueprint(pages)
socketio.init_app(app)


@app.post("/wave")
@login_required
def wave():
    socketio.emit("wave", {"from": current_user.full_name}, to=current_user.get_id())
    return {"sockets": len(sockets_of(current_user.get_id()))}


@app.get("/session")
def show_session():
    return exposed(session) if current_user.is_authenticated else ({"error": "log in first"}, 401)


store = MongoSessionStore(db.sessions, max_age=24 * 60 * 60)
app.session_interface = EventSessionInterface()
app.wsgi_app = SessionMiddleware(app.wsgi_app, store)
app.wsgi_app = HangUp(app.wsgi_app)
check_settings(app)
