"""The app: every part is made in its own module and put together here."""

from flask import Flask

from routes import pages

app = Flask(__name__)
app.register_blueprint(pages)
