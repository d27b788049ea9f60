"""The people who use the app: each with an account, a cookie jar, sockets and browser tabs."""

import contextlib
import http.client
import itertools
import json
import threading
import time
import urllib.parse
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import engineio
import requests
import socketio

patience = 10.0  # seconds to wait for anything that should happen. --patience sets it
BOTH_TRANSPORTS = ["websocket", "polling"]
PASSWORD = "correct horse battery"
AS_BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


class Person:
    """A person with an account, who uses the app in one browser (one cookie jar)."""

    def __init__(self, url: str, first_name: str, last_name: str):
        self.url = url
        self.first_name, self.last_name = first_name, last_name
        self.email = f"{first_name}.{uuid.uuid4().hex}@example.org".lower()
        self.http = requests.Session()

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def cookie_name(self) -> str:
        return "__Host-sid" if self.url.startswith("https:") else "sid"

    @property
    def cookie(self) -> str | None:
        return self.http.cookies.get(self.cookie_name)

    def get(self, path: str, **options) -> requests.Response:
        return self.http.get(self.url + path, allow_redirects=False, timeout=30, **options)

    def post(self, path: str, fields: dict | None = None, **options) -> requests.Response:
        options = {"data": fields, "allow_redirects": False, "timeout": 30, **options}
        return self.http.post(self.url + path, **options)

    def sign_up(self, **changed: str) -> requests.Response:
        fields = {
            "first_name": self.first_name,
            "last_name": self.last_name,
            "email": self.email,
            "password": PASSWORD,
        }
        return self.post("/signup", fields | changed)

    def log_in(self, password: str = PASSWORD, **more: str) -> requests.Response:
        return self.post("/login", {"email": self.email, "password": password, **more})

    def log_out(self) -> requests.Response:
        return self.post("/logout")

    def elsewhere(self) -> "Person":
        """Return the same person in another browser, who isn't logged in there yet."""
        twin = Person(self.url, self.first_name, self.last_name)
        twin.email = self.email
        return twin

    def with_old_cookie(self) -> "Person":
        """Return the same person in another browser, which keeps a copy of the current cookie."""
        twin = self.elsewhere()
        twin.http.cookies.set(self.cookie_name, self.cookie)
        return twin


class Socket:
    """A Socket.IO client with its person's cookies. It remembers all events that it receives."""

    def __init__(self, person: Person, transport: str = "websocket", auth: dict | None = None):
        self.received: list[tuple[str, object]] = []
        self._changed = threading.Condition()
        http = requests.Session()
        http.cookies.update(person.http.cookies)  # a proxy needs them in each polling request
        self.client = socketio.Client(reconnection=False, handle_sigint=False, http_session=http)
        self.client.eio.start_background_task = self._start_in_turn
        self._messages = ThreadPoolExecutor(1)
        self.client.on("*", self._remember)
        self.client.on("disconnect", self._closed)
        self.person, self.transport = person, transport
        self.client.connect(
            person.url,
            transports=[transport],
            auth=auth,
            wait_timeout=patience,
        )

    def _start_in_turn(self, target: Callable, *args) -> object:
        """Start a task of the client. Keep messages in order, as each would have its own thread."""
        if target == self.client.eio.handlers["message"]:
            return self._messages.submit(target, *args)
        return engineio.Client.start_background_task(self.client.eio, target, *args)

    def _remember(self, event: str, data: object = None) -> None:
        with self._changed:
            self.received.append((event, data))
            self._changed.notify_all()

    def all(self, event: str) -> list:
        """Return the data of all events of this name so far, in order."""
        with self._changed:
            return [data for name, data in self.received if name == event]

    def wait_for(self, event: str, like: Callable[[object], bool] = lambda data: True):
        """Wait for an event whose data is `like` this, and return the data."""
        with self._changed:
            if not self._changed.wait_for(lambda: any(map(like, self.all(event))), patience):
                raise TimeoutError(f"no such {event!r} came; what came: {self.received}")
        return next(filter(like, self.all(event)))

    def _closed(self, reason: str) -> None:
        with self._changed:
            self._changed.notify_all()

    def call(self, event: str, *data: object):
        """Send an event. Return its answer, or None if the socket closes instead."""
        answers: list = []

        def remember(*answer: object) -> None:
            with self._changed:
                answers.append(answer[0] if answer else None)
                self._changed.notify_all()

        with contextlib.suppress(socketio.exceptions.BadNamespaceError):  # closed already
            self.client.emit(event, data, callback=remember)
            with self._changed:
                if not self._changed.wait_for(lambda: answers or not self.is_open, patience):
                    raise TimeoutError(f"the event {event!r} is not answered")
        return answers[0] if answers else None

    @property
    def is_open(self) -> bool:
        return self.client.connected

    def wait_until_closed(self, seconds: float) -> bool:
        return eventually(lambda: not self.is_open, seconds)

    def close(self) -> None:
        """Disconnect. Over polling, tell the server ourselves, as the client sometimes doesn't."""
        if self.transport == "polling" and self.is_open:
            address = (
                f"{self.person.url}/socket.io/?EIO=4&transport=polling&sid={self.client.eio.sid}"
            )
            requests.post(address, data="41\x1e1", timeout=30)
        else:
            self.client.disconnect()


class HeldRequest:
    """A request that the server has begun to serve, and can't complete until we call `finish`.

    The server has the head of the request, but not the body. A GET has no body, so the server
    itself must hold it.
    """

    def __init__(self, person: Person, method: str, address: str, body: str = ""):
        url = urllib.parse.urlsplit(address)
        kinds = {"http": http.client.HTTPConnection, "https": http.client.HTTPSConnection}
        self.connection = kinds[url.scheme](url.netloc, timeout=30)
        self.connection.putrequest(method, f"{url.path}?{url.query}")
        self.body = body.encode()
        headers = {
            "Cookie": f"{person.cookie_name}={person.cookie}",
            "Content-Length": str(len(self.body)),
        }
        headers |= {"Content-Type": "application/x-www-form-urlencoded", **AS_BROWSER}
        for name, value in headers.items():
            self.connection.putheader(name, value)
        self.connection.endheaders()
        # This comes later and takes long, so by then the server is waiting for the body.
        person.elsewhere().log_in(password="not the password")

    def finish(self) -> bytes:
        """Send the body, and return the body of the answer."""
        self.connection.send(self.body)
        answer = self.connection.getresponse().read()
        self.connection.close()
        return answer


def eventually(holds: Callable[[], bool], seconds: float | None = None) -> bool:
    """Wait until `holds` returns true. Return whether it did so in time."""
    deadline = time.monotonic() + (seconds or patience)
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def polling_address(person: Person) -> str:
    """Open a socket by a plain long-polling request. Return the URL of its further requests."""
    polling = f"{person.url}/socket.io/?EIO=4&transport=polling"
    opened = person.http.get(polling, timeout=30)
    opened.raise_for_status()
    return f"{polling}&sid={json.loads(opened.text[1:])['sid']}"


def connect_by_polling(person: Person) -> str | None:
    """Connect by plain long-polling requests. Return Socket.IO's answer, an error, or None."""
    try:
        address = polling_address(person)
        person.http.post(address, data="40", timeout=30)
        packets = (person.http.get(address, timeout=patience).text for _ in range(3))
        return next(itertools.dropwhile(lambda packet: packet in {"2", "6"}, packets))
    except requests.HTTPError as error:
        return str(error)
    except requests.Timeout:
        return None
