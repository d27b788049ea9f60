"""The session store on SQLite, for an app without MongoDB."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from session_store import hashed


class SqliteSessionStore:
    """Keeps sessions in a table: an ID's hash, the data as JSON, and two times."""

    def __init__(self, file: Path, max_age: int):
        self.file = file
        self.max_age = timedelta(seconds=max_age)
        columns = "id TEXT PRIMARY KEY, data TEXT, last_modified TEXT, expires TEXT"
        self._run(f"CREATE TABLE IF NOT EXISTS sessions ({columns})")

    def load(self, sid: str) -> dict | None:
        """Return the data and times of a session, or None if it has ended."""
        rows, _ = self._run(
            "SELECT data, last_modified, expires FROM sessions WHERE id = ? AND expires > ?",
            hashed(sid),
            as_text(datetime.now(UTC)),
        )
        for data, last_modified, expires in rows:
            return {
                "data": json.loads(data),
                "last_modified": datetime.fromisoformat(last_modified),
                "expires": datetime.fromisoformat(expires),
            }
        return None

    def save(self, session, is_new: bool) -> bool:
        """Write the session. Return False if it no longer exists."""
        values = json.dumps(session), as_text(session.last_modified), as_text(session.expires)
        if is_new:
            self._run("DELETE FROM sessions WHERE expires < ?", as_text(datetime.now(UTC)))
            self._run("INSERT INTO sessions VALUES (?, ?, ?, ?)", hashed(session.sid), *values)
            return True
        # Never an upsert, which would bring a session back that was destroyed in the meantime.
        change = "UPDATE sessions SET data = ?, last_modified = ?, expires = ? WHERE id = ?"
        return self._run(change, *values, hashed(session.sid))[1] == 1

    def touch(self, session) -> bool:
        """Write only the new time of expiry. Return False if the session no longer exists."""
        change = "UPDATE sessions SET expires = ? WHERE id = ?"
        return self._run(change, as_text(session.expires), hashed(session.sid))[1] == 1

    def destroy(self, session) -> None:
        self._run("DELETE FROM sessions WHERE id = ?", hashed(session.sid))

    def _run(self, statement: str, *values: str) -> tuple[list[tuple], int]:
        """Run a statement. Return the rows that it has found, and how many it has changed."""
        with closing(sqlite3.connect(self.file)) as database, database:
            cursor = database.execute(statement, values)
            return cursor.fetchall(), cursor.rowcount


def as_text(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")
