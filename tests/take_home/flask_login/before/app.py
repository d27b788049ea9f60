"""An app with Flask's own sessions and Flask-Login."""

from flask import Flask

from auth import login_manager
from routes import pages

app = Flask(__name__)
app.config["SECRET_KEY"] = "dev"
login_manager.init_app(app)
app.register_blueprint(pages)
