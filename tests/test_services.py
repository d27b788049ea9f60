"""`make services` starts services for two processes, and leaves nothing behind at the end."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pymongo
import pytest
import redis

from tools import mongod, programs
from tools.folders import ROOT
from tools.people import eventually
from tools.servers import INTERRUPT, OWN_GROUP, PATIENCE, free_port, signal_group

STEP = ROOT / "steps" / "07-two-processes"

pytestmark = [
    pytest.mark.skipif(
        not mongod.find_program(), reason="a test of make services needs a MongoDB program"
    ),
    pytest.mark.skipif(
        not (programs.find("redis-server") and programs.find("nginx")),
        reason=programs.how_to_get(["redis-server", "nginx"]),
    ),
]


class Services:
    """`make services`, running as in a terminal."""

    def __init__(self, folder: Path, log: Path):
        self.log = log
        with log.open("wb") as printed:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tools.services", str(folder)],
                cwd=ROOT,
                env={"PATH": "/usr/bin:/bin", "PORT": str(free_port())},
                stdin=subprocess.PIPE,
                stdout=printed,
                stderr=subprocess.STDOUT,
                **OWN_GROUP,
            )

    @property
    def printed(self) -> str:
        return self.log.read_text("utf-8")

    def say(self, words: str) -> bool:
        """Wait until these words are printed."""
        return eventually(lambda: words in self.printed or self.process.poll() is not None, 60)

    def press_enter(self) -> None:
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()

    def stop(self) -> None:
        signal_group(self.process, INTERRUPT)
        self.process.wait(PATIENCE)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "printed.txt"


@pytest.fixture
def services(log: Path) -> Iterator[Services]:
    services = Services(STEP, log)
    try:
        services.say("Press Ctrl-C")
        yield services
    finally:
        services.stop()


def answers(url: str) -> bool:
    try:
        return redis.Redis.from_url(url).ping()
    except redis.ConnectionError:
        return False


def test_all_that_two_processes_need_runs_until_it_is_stopped(services: Services):
    commands = re.findall(
        r"make serve APP=(.*) PORT=(\d+) MONGODB_URI=(.*) REDIS_URL=(.*)", services.printed
    )
    assert [command[:2] for command in commands] == [(str(STEP), "5001"), (str(STEP), "5002")]
    [mongodb_uri], [redis_url] = ({command[n] for command in commands} for n in (2, 3))
    with pymongo.MongoClient(mongodb_uri, serverSelectionTimeoutMS=5000) as client:
        assert client.admin.command("hello")["isWritablePrimary"]
    assert answers(redis_url)

    services.press_enter()
    assert services.say("Redis is killed.")
    assert not answers(redis_url)
    services.press_enter()
    assert services.say("Redis runs again.")
    assert answers(redis_url)

    services.stop()
    assert not answers(redis_url)
    assert "Traceback" not in services.printed
    port = pymongo.uri_parser.parse_uri(mongodb_uri)["nodelist"][0][1]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_what_is_missing_is_named(tmp_path: Path, log: Path):
    (tmp_path / "app.py").write_text("")
    services = Services(tmp_path, log)
    try:
        assert services.say("Press Ctrl-C")
        assert f"Missing: there is no {tmp_path}/nginx.conf yet" in services.printed
    finally:
        services.stop()


def test_a_folder_without_an_app_is_refused(tmp_path: Path, log: Path):
    services = Services(tmp_path, log)
    services.process.wait(PATIENCE)
    assert services.printed == f"{tmp_path} has no app.py. Name the folder of your app.\n"
