"""Many people at a low cost: database entries, logins, and sockets that share an event loop."""

import asyncio
import contextlib
import http.client
import itertools
import json
import time
import urllib.parse
from collections import defaultdict
from dataclasses import dataclass
from http.cookies import SimpleCookie

from bson import ObjectId
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from werkzeug.security import generate_password_hash

PASSWORD = "one of many"
# A hash that costs almost nothing, because the load is meant for the delivery, not for 500 logins.
CHEAP_HASH = generate_password_hash(PASSWORD, method="pbkdf2:sha256:1")
PATIENCE = 120  # seconds to wait for an answer, because other tests may keep the machine busy


def invented(how_many: int) -> list[dict]:
    """Return invented people, as the database stores them."""
    return [
        {
            "_id": ObjectId(),
            "first_name": "Person",
            "last_name": str(number),
            "email": f"person-{number}@example.org",
            "password": CHEAP_HASH,
        }
        for number in range(how_many)
    ]


class Door:
    """The HTTP side of a server, over one persistent connection for all people."""

    def __init__(self, url: str):
        self.connection = http.client.HTTPConnection(
            urllib.parse.urlsplit(url).netloc, timeout=PATIENCE
        )

    def post(self, path: str, cookie: str | None = None, **fields: str):
        """Post a form. Return the answer's status and JSON, and the session's cookie."""
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if cookie:
            headers["Cookie"] = f"sid={cookie}"
        self.connection.request("POST", path, urllib.parse.urlencode(fields), headers)
        answer = self.connection.getresponse()
        text = answer.read()
        is_json = answer.getheader("Content-Type") == "application/json"
        given = SimpleCookie(answer.getheader("Set-Cookie")).get("sid")
        return answer.status, json.loads(text) if is_json else None, given and given.value

    def log_in(self, email: str) -> str:
        status, _, cookie = self.post("/login", email=email, password=PASSWORD)
        assert (status, bool(cookie)) == (302, True), f"{email} cannot log in: {status}"
        return cookie


@dataclass(frozen=True)
class Event:
    """An event that a socket has received, and the time."""

    data: dict
    at: float  # time.perf_counter()


class Tab:
    """A socket: Engine.IO over a WebSocket, frame by frame. It remembers the events it receives."""

    def __init__(self, url: str, cookie: str):
        self.address = f"{url.replace('http', 'ws', 1)}/socket.io/?EIO=4&transport=websocket"
        self.cookie = cookie
        self.received: defaultdict[str, list[Event]] = defaultdict(list)  # event name → events
        self.answers: dict[int, object] = {}  # by the number of the call
        self.is_open = False  # its WebSocket is
        self.is_accepted = False  # a server may send the profile before
        self._numbers = itertools.count()
        self._websocket: ClientConnection | None = None
        self._listening: asyncio.Task | None = None
        self._changed = asyncio.Event()

    async def open(self) -> None:
        self._websocket = await connect(
            self.address,
            additional_headers={"Cookie": f"sid={self.cookie}"},
            compression=None,
            ping_interval=None,
            open_timeout=PATIENCE,
            proxy=None,
        )
        self.is_open, self.is_accepted = True, False
        self._listening = asyncio.create_task(self._listen())
        await self._websocket.send("40")
        await self.until(lambda: self.is_accepted and self.received["profile"])

    async def _listen(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for frame in self._websocket:
                if frame == "2":
                    await self._websocket.send("3")
                elif frame.startswith("40"):
                    self.is_accepted = True
                elif frame.startswith("42"):
                    name, *data = json.loads(frame[2:])
                    self.has_come(name, data and data[0])
                elif frame.startswith("43"):
                    number, data = frame[2:].split("[", 1)
                    self.answers[int(number)] = json.loads(f"[{data}")[0]
                elif frame.startswith(("41", "44")):  # the server has closed or refused it
                    break
                self._changed.set()
        self.is_open = False
        self._changed.set()

    def has_come(self, event: str, data: dict) -> None:
        self.received[event].append(Event(data, time.perf_counter()))

    async def until(self, holds) -> None:
        """Wait until `holds` returns true. Raise ConnectionError if the socket closes first."""
        async with asyncio.timeout(PATIENCE):
            while not holds():
                if not self.is_open:
                    raise ConnectionError("the server has closed a socket")
                self._changed.clear()
                await self._changed.wait()

    async def call(self, event: str, *data: object):
        """Send an event and return its answer."""
        number = next(self._numbers)
        await self._websocket.send(f"42{number}{json.dumps([event, *data])}")
        await self.until(lambda: number in self.answers)
        return self.answers.pop(number)

    async def close(self) -> None:
        await self._websocket.close()
        await self._listening

    def abandon(self) -> None:
        """Drop the connection without telling the server."""
        if self._websocket:
            self._websocket.transport.abort()
            self._listening.cancel()
