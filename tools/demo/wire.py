"""The traffic between a page and the server: requests and Socket.IO packets."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar
from urllib.parse import urlsplit

import requests
from playwright.sync_api import Error, Page, Request, WebSocket

TEXT = 26  # characters of a text that are shown
KEYS = 3  # keys of an object that are shown
ASKED_BY_US = "/session?of=demo"  # our own request for a session's fingerprint
COOKIE = re.compile(r"\bsid=([\w.-]+)")
PACKET = re.compile(r"4([0-4])(\d*)(.*)", re.DOTALL)  # Engine.IO's "message": type, ack ID, data
# Left out, because their timing varies: a page's question for the current state, and the echo of a
# comment in the tab that has posted it.
LEFT_OUT = {"state", "activity"}
CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR = "01234"


@dataclass
class Item:
    """A request, an event or another message, and its answer."""

    said: str
    answer: str = ""
    is_new: bool = True  # since the last caption

    def __str__(self) -> str:
        return f"{self.said}  {self.answer}".rstrip()


class Wire:
    """Observes a page's traffic. It only records events at first, and examines them on demand."""

    fingerprints: ClassVar[dict[str, str]] = {}  # of the sessions, by cookie

    def __init__(self, page: Page, url: str):
        self.page, self.url = page, url
        self._noted: list[tuple[Callable, tuple]] = []
        self._items: list[Item] = []
        self._sid: str | None = None  # of the socket that is open
        self._asked: dict[str, Item] = {}  # by ack ID
        self._early: list[Item] = []  # events of a socket whose ID isn't known yet
        self._questions: list[Item] = []  # of such a socket, as Playwright may report answers late
        page.on("request", lambda request: self._note(self._requested, request))
        page.on("requestfinished", lambda request: self._note(self._polled, request))
        page.on("websocket", self._websocket)

    def _note(self, look_into: Callable, *what: object) -> None:
        self._noted.append((look_into, what))

    def items(self) -> list[Item]:
        """Return the traffic so far."""
        while self._noted:
            look_into, what = self._noted.pop(0)
            look_into(*what)
        neighbours = pairwise([*self._items, Item("")])
        return [item for item, later in neighbours if not is_outdated(item, later)]

    # HTTP.

    def _requested(self, request: Request) -> None:
        path = urlsplit(request.url).path
        if request.is_navigation_request():
            self._sid = None  # the page goes away, and so does its socket
            self._asked, self._early, self._questions = {}, [], []
        if path.startswith("/socket.io/"):
            for packet in packets(request.post_data or ""):
                self._sent(packet, lambda: self._session_of(request))
        elif request.url.startswith(self.url) and not path.startswith("/static/"):
            item = Item(f"→ {request.method} {path}")
            self._items.append(item)
            response = request.response()  # waits for it
            if response is None:
                item.answer = "← no answer"
                return
            item.said += f" · {self._session_of(request)}"
            headers = response.all_headers()
            item.answer = f"← {response.status}"
            if "location" in headers:
                item.answer += f" to {headers['location']}"
            if COOKIE.search(headers.get("set-cookie", "")):
                item.answer += " · sets the cookie sid"
            if headers.get("content-type", "") == "application/json":
                item.answer += f" {shortened(response.json())}"

    def _session_of(self, request: Request) -> str:
        cookie = COOKIE.search(request.all_headers().get("cookie", ""))
        return self._fingerprint(cookie and cookie[1])

    def _fingerprint(self, cookie: str | None) -> str:
        """Return the server's fingerprint of the session with this cookie."""
        if cookie and cookie not in self.fingerprints:
            cookies = {"sid": cookie}
            answer = requests.get(self.url + ASKED_BY_US, cookies=cookies, timeout=30).json()
            if "id" not in answer:
                return "no session"
            self.fingerprints[cookie] = answer["id"]
        return f"session {self.fingerprints[cookie]}" if cookie else "no session"

    def _polled(self, request: Request) -> None:
        """Examine the answer to a long-polling request, which has every socket's first packets."""
        if urlsplit(request.url).path == "/socket.io/" and request.method == "GET":
            try:
                body = request.response().text()
            except Error:  # the page has gone
                return
            for packet in packets(body):
                self._received(packet)

    # Socket.IO.

    def _websocket(self, websocket: WebSocket) -> None:
        websocket.on("framesent", lambda frame: self._note(self._sent, frame))
        websocket.on("framereceived", lambda frame: self._note(self._received, frame))
        websocket.on("close", lambda _: self._note(self._closed))

    def _sent(self, packet: str, session: Callable[[], str] = lambda: "") -> None:
        match parsed(packet):
            case kind, _, _ if kind == CONNECT:
                self._asked[CONNECT] = Item(f"→ connect · {session()}")
                self._items.append(self._asked[CONNECT])
            case kind, number, [event, *data] if kind == EVENT and event not in LEFT_OUT:
                item = Item(f"→ {joined(event, *data)}")
                self._asked["ack" + number] = item
                self._questions.append(item)
                self._place_questions()

    def _place_questions(self) -> None:
        """Insert the questions in the right place, after the answer to their socket's connect."""
        if self._sid or CONNECT not in self._asked:
            for item in self._questions:
                item.said += f" · from socket {self._sid}"
                self._items.append(item)
            self._questions = []

    def _received(self, packet: str) -> None:
        match parsed(packet):
            case kind, _, [event, *_] if kind == EVENT and event in LEFT_OUT:
                return
            case kind, _, data if kind == CONNECT:
                self._sid = data["sid"]
                self._asked.pop(CONNECT, Item("")).answer = f"← socket {self._sid}"
                for item in self._early:
                    item.said += f" · to socket {self._sid}"
                self._early = []
                self._place_questions()
            case kind, _, data if kind == CONNECT_ERROR:
                self._asked.pop(CONNECT, Item("")).answer = f"← refused: {data['message']}"
            case kind, number, data if kind == ACK:
                self._asked.pop("ack" + number, Item("")).answer = f"← {joined(*data)}"
            case kind, _, [event, *data] if kind == EVENT and self._sid:
                self._items.append(Item(f"← {joined(event, *data)} · to socket {self._sid}"))
            case kind, _, [event, *data] if kind == EVENT and CONNECT in self._asked:
                self._early.append(Item(f"← {joined(event, *data)}"))
                self._items.append(self._early[-1])
            case kind, _, _ if kind == DISCONNECT and self._sid:
                self._items.append(Item(f"← disconnect · to socket {self._sid}"))
                self._sid = None

    def _closed(self) -> None:
        if self._sid:
            self._items.append(Item(f"✕ socket {self._sid} is closed"))
        self._sid = None


def packets(payload: str) -> list[str]:
    return payload.split("\x1e")


def parsed(packet: str | bytes) -> tuple | None:
    """Return the type, ack ID and data of a Socket.IO packet, or None for a packet of Engine.IO."""
    found = isinstance(packet, str) and PACKET.fullmatch(packet)
    if not found:
        return None
    kind, number, data = found.groups()
    return kind, number, json.loads(data) if data else None


def is_outdated(item: Item, later: Item) -> bool:
    """Return whether this is a count of sockets, followed by a newer count or the socket's end."""
    return item.said.startswith("← sockets ") and later.said.startswith(
        ("← sockets ", "← disconnect", "✕ ")
    )


def joined(event: object, *data: object) -> str:
    return " ".join([event if isinstance(event, str) else shortened(event), *map(shortened, data)])


def shortened(data: object) -> str:
    """Return data as JSON, without nested objects, and with only the beginning of long texts."""

    def short(value: object) -> object:
        if isinstance(value, str) and len(value) > TEXT:
            return value[:TEXT].rstrip() + "…"
        return value

    if isinstance(data, list) and data and all(isinstance(each, dict) for each in data):
        return f"[{', '.join(['{…}'] * len(data))}]"
    if not isinstance(data, dict):
        return json.dumps(short(data), ensure_ascii=False)
    shown = [
        f'"{key}": ' + ("{…}" if isinstance(value, dict) else shortened(value))
        for key, value in data.items()
    ]
    return "{" + ", ".join(shown[:KEYS] + ["…"] * (len(shown) > KEYS)) + "}"
