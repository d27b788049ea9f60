"""The storage: the database that MONGODB_URI names, or memory if it names none."""

import os

from . import memory, mongo

URI = os.environ.get("MONGODB_URI")

people, session_settings = mongo.connect(URI) if URI else memory.connect()
