"""The settings, with defaults for development."""

import os
import sys
from pathlib import Path

# The URI of a MongoDB server. Without one, the app uses an embedded database.
MONGODB_URI = os.environ.get("MONGODB_URI")

# The file that keeps the embedded database between two runs.
EMBEDDED_DB = Path(os.environ.get("EMBEDDED_DB") or Path(__file__).with_name("embedded-db.json"))

# The idle timeout of a session, in seconds.
SESSION_MAX_AGE = 24 * 60 * 60

# How passwords are hashed. The checks use a faster method, because they sign up many people. Don't
# do that for real users, because passwords that are hashed fast can be guessed fast.
PASSWORD_METHOD = os.environ.get("PASSWORD_METHOD") or "scrypt"

# Some terminals can't print every name. Print an escape such as \u2026 instead of failing.
if hasattr(sys.stdout, "reconfigure"):
    sys.stdout.reconfigure(errors="backslashreplace")
