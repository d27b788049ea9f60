"""The app: builds the parts, each from its own module, and wires them together."""

from flask import Flask

from routes import pages

app = Flask(__name__)
app.register_blueprint(pages)
