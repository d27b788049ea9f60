"""An app with Flask's own sessions, flask-sock and Flask-Login."""

from flask import Flask

from auth import login_manager
from routes import pages
from sockets import sock

app = Flask(__name__)
app.config["SECRET_KEY"] = "dev"
login_manager.init_app(app)
app.register_blueprint(pages)
sock.init_app(app)
