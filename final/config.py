"""The settings, read from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

EMBEDDED_DB = Path(__file__).with_name("embedded-db.json")


@dataclass(frozen=True)
class Config:
    """How one instance of the app runs. The defaults suit development."""

    host: str = "127.0.0.1"
    port: int = 5000
    mongodb_uri: str | None = None  # None: an embedded database
    embedded_db: Path = EMBEDDED_DB
    session_max_age: int = 24 * 60 * 60  # seconds after the last use
    demo: bool = False  # people everybody may log in as

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Config:
        """Return the settings that HOST, PORT, MONGODB_URI, EMBEDDED_DB and DEMO make.

        The demo is on unless DEMO says otherwise, but never by itself on a real database.
        """
        mongodb_uri = environ.get("MONGODB_URI") or None
        return cls(
            host=environ.get("HOST", cls.host),
            port=int(environ.get("PORT", cls.port)),
            mongodb_uri=mongodb_uri,
            embedded_db=Path(environ.get("EMBEDDED_DB", cls.embedded_db)),
            demo=environ.get("DEMO", "0" if mongodb_uri else "1") == "1",
        )
