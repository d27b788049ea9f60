"""The settings, each with a default that suits development."""

import os
import sys
from pathlib import Path

# The address of a MongoDB. Without one, the app runs on an embedded database.
MONGODB_URI = os.environ.get("MONGODB_URI")

# The address of a Redis, through which several processes reach each other's sockets.
REDIS_URL = os.environ.get("REDIS_URL")

# Where the embedded database is kept between two runs.
EMBEDDED_DB = Path(os.environ.get("EMBEDDED_DB") or Path(__file__).with_name("embedded-db.json"))

# How long a session lives after it was last used, in seconds.
SESSION_MAX_AGE = 24 * 60 * 60

# Not every terminal can print every name. Print an escape such as \u2026 instead of failing.
if hasattr(sys.stdout, "reconfigure"):
    sys.stdout.reconfigure(errors="backslashreplace")
