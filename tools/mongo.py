"""A real MongoDB for the tests: the one at MONGODB_URI, or one that the tests start (mongod.py)."""

import contextlib
import os
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pymongo
from pymongo.database import Database

from final.domain.database import NAME
from tools.mongod import find_program
from tools.servers import OWN_GROUP, PATIENCE, free_port

SMALL_AND_QUICK = (  # little memory and disk, and no diagnostic data
    "--journalCommitInterval=5",  # milliseconds that a confirmed write may have to wait
    "--oplogSize=64",
    "--wiredTigerCacheSizeGB=0.25",
    "--wiredTigerEngineConfigString=log=(file_max=4MB,prealloc=false)",
    "--setParameter=diagnosticDataCollectionEnabled=false",
    "--setParameter=ttlMonitorSleepSecs=2",  # or it takes a minute until documents expire
)


class Mongod:
    """A MongoDB server of our own, a replica set of one, with its data in a temporary folder."""

    def __init__(self, program: str, port: int | None = None):
        self.program = program
        self.process: subprocess.Popen | None = None
        self.port = port or free_port()
        self.uri = f"mongodb://127.0.0.1:{self.port}/?replicaSet=rs0"
        self._folder = tempfile.TemporaryDirectory(prefix="two-doors-", ignore_cleanup_errors=True)

    def start(self) -> None:
        folder = Path(self._folder.name)
        command = [self.program, f"--dbpath={folder}", f"--port={self.port}", *SMALL_AND_QUICK]
        command += ["--bind_ip=127.0.0.1", "--replSet=rs0"]
        command += [] if os.name == "nt" else ["--nounixsocket"]
        with Path(folder, "printed.txt").open("ab") as printed:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=printed, stderr=printed, **OWN_GROUP
            )
        try:
            self.wait_until_it_can_be_written_to()
        except BaseException:
            self.stop()
            raise

    def wait_until_it_can_be_written_to(self) -> None:
        deadline = time.monotonic() + PATIENCE
        member = {"_id": 0, "host": f"127.0.0.1:{self.port}"}
        with pymongo.MongoClient(member["host"], directConnection=True) as client:
            while True:
                with contextlib.suppress(pymongo.errors.PyMongoError):
                    if client.admin.command("hello")["isWritablePrimary"]:
                        return
                    with contextlib.suppress(pymongo.errors.OperationFailure):  # already initiated
                        config = {"_id": "rs0", "members": [member]}
                        client.admin.command("replSetInitiate", config)
                if self.process.poll() is not None or time.monotonic() > deadline:
                    printed = Path(self._folder.name, "printed.txt").read_text("utf-8", "replace")
                    raise RuntimeError(f"{self.program} does not start. It printed:\n{printed}")
                time.sleep(0.05)

    def stop(self) -> None:
        """Kill the server. Writes that it has confirmed are there when it starts again."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    kill = stop

    def close(self) -> None:
        self.stop()
        self._folder.cleanup()


@contextlib.contextmanager
def real_mongodb() -> Iterator[str | None]:
    """Yield the URI of a real MongoDB that we may use, or None if there is none."""
    uri, program = os.environ.get("MONGODB_URI"), find_program()
    if uri or not program:
        yield uri
        return
    mongod = Mongod(program)
    try:
        mongod.start()
        yield mongod.uri
    finally:
        mongod.close()


def address(uri: str, database: Database) -> str:
    """Return the URI of a database on the server that `uri` names."""
    return urlsplit(uri)._replace(path=f"/{database.name}").geturl()


@contextlib.contextmanager
def database_at(uri: str) -> Iterator[Database]:
    """Yield the database that a URI names, or the app's default one if it names none."""
    with pymongo.MongoClient(uri, tz_aware=True) as client:
        yield client.get_default_database(NAME)


@contextlib.contextmanager
def new_database(uri: str, **options) -> Iterator[Database]:
    """Yield an empty database with a new name, and drop it at the end. Touch no existing one."""
    with pymongo.MongoClient(uri, tz_aware=True, **options) as client:
        database = client[f"test_{uuid.uuid4().hex}"]
        try:
            yield database
        finally:
            client.drop_database(database.name)
