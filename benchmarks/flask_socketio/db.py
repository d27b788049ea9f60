"""Where everything is kept: in the database that MONGODB_URI names, else in memory."""

import os

from . import memory, mongo

URI = os.environ.get("MONGODB_URI")

people, session_settings = mongo.connect(URI) if URI else memory.connect()
