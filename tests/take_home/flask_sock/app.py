"""An app with flask-sock, Flask-Login, and a session that requests and WebSockets share."""

from pathlib import Path

from flask import Flask, session
from flask_login import current_user

from auth import login_manager
from check_settings import check_settings
from expose import exposed
from routes import pages
from session import EnvironSessionInterface, SessionMiddleware
from sockets import sock
from sqlite_session_store import SqliteSessionStore

app = Flask(__name__)
app.config["SECRET_KEY"] = "dev"
login_manager.init_app(app)
app.register_blueprint(pages)
sock.init_app(app)


@app.get("/session")
def show_session():
    return exposed(session) if current_user.is_authenticated else ({"error": "log in first"}, 401)


store = SqliteSessionStore(Path(app.root_path, "sessions.db"), max_age=24 * 60 * 60)
app.session_interface = EnvironSessionInterface()
app.wsgi_app = SessionMiddleware(app.wsgi_app, store)
check_settings(app)
