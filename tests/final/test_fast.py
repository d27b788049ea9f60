"""The fast wire beside the usual one: what it has less of. That it does the same, all the other
tests say: with FAST=1 they run on it."""

import contextlib
import json
import logging
import uuid

import gevent.event
import pytest
import requests
import websocket

from final.fast import FastEngine
from final.wire import MOST_WAITING
from tests.final.guarantees.probed import running_with
from tests.steps.people import HeldRequest, Person, Socket, eventually, polling_address
from tests.steps.servers import Server

TABS = 20
EVENTS, LENGTH = 100, 60_000  # more than a connection holds, and less than is kept: some 6 MB
PROBES = f"""
import gc, gevent, engineio
from final import websocket

sio = sockets.sio
eio = sio.eio
eio.ping_interval, eio.ping_timeout = 0.2, 3  # seconds
made = []
send = websocket.ENCODER.send

def counted(event):
    made.append(event.data)
    return send(event)

websocket.ENCODER.send = counted

@app.get("/probe/greenlets")
def greenlets():
    there = [each for each in gc.get_objects() if isinstance(each, gevent.Greenlet)]
    return {{"count": len([each for each in there if not each.dead])}}

@app.get("/probe/frames")
def frames():
    return {{"count": len([each for each in made if '"wave"' in each])}}

@app.get("/probe/goodbye/<user_id>")
def goodbye(user_id):
    for sid in sockets.sids_in(f"user:{{user_id}}"):
        eio.sockets[sio.manager.eio_sid_from_sid(sid, "/")].close(wait=False)
    return {{}}

@app.get("/probe/many/<user_id>")
def many(user_id):
    for _ in range({MOST_WAITING}):
        sockets.emit_to([user_id], "one of many", {{}})
    return {{}}

@app.get("/probe/flood/<user_id>")
def flood(user_id):
    for number in range({EVENTS}):
        sockets.emit_to([user_id], "flood", {{"number": number, "filler": "x" * {LENGTH}}})
    return {{}}
"""


@pytest.fixture(scope="module", params=["0", "1"], ids=["usual", "fast"])
def server(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("probed")
    with running_with(PROBES, folder, FAST=request.param) as server:
        yield server


@pytest.fixture
def is_fast(server: Server) -> bool:
    return server.settings["FAST"] == "1"


@pytest.fixture
def ada(server: Server) -> Person:
    ada = Person(server.url, "Ada", "Lovelace")
    ada.sign_up()
    return ada


@pytest.fixture
def tabs(ada: Person):
    tabs = [Socket(ada, "websocket") for _ in range(TABS)]
    yield tabs
    for tab in tabs:
        tab.close()


def count(server: Server, what: str) -> int:
    return requests.get(f"{server.url}/probe/{what}", timeout=10).json()["count"]


def opened(person: Person) -> websocket.WebSocket:
    address = person.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
    ws = websocket.create_connection(address, cookie=f"sid={person.cookie}", timeout=10)
    ws.send("40")
    next_frame(ws, "40")
    return ws


def next_frame(ws: websocket.WebSocket, beginning: str) -> str:
    while True:
        if (frame := ws.recv()) == "2":
            ws.send("3")
        if frame.startswith(beginning):
            return frame


def test_an_open_socket_has_one_greenlet(server: Server, is_fast: bool, ada: Person):
    before = count(server, "greenlets")
    tabs = [opened(ada) for _ in range(TABS)]
    more = count(server, "greenlets") - before
    for tab in tabs:
        tab.close()
    assert more >= TABS
    assert (more < 2 * TABS) == is_fast


def test_what_is_sent_to_many_is_made_into_a_frame_once(
    server: Server, ada: Person, tabs: list[Socket]
):
    ada.post("/account/name", {"first_name": "Augusta", "last_name": uuid.uuid4().hex})
    before = count(server, "frames")
    ada.post("/wave")
    for tab in tabs:
        tab.wait_for("wave")
    assert count(server, "frames") - before == 1


def test_who_answers_no_ping_is_closed_and_who_does_stays(ada: Person):
    silent, answers = opened(ada), opened(ada)
    is_closed = False
    while not is_closed:
        next_frame(answers, "2")
        silent.settimeout(0.01)
        with contextlib.suppress(websocket.WebSocketTimeoutException):
            try:
                is_closed = silent.recv() in {"", "1"}
            except (websocket.WebSocketConnectionClosedException, ConnectionError):
                is_closed = True
    assert id_of(answers)
    answers.close()


def test_a_ping_that_fails_is_logged_and_the_others_are_sent(caplog):
    class Pinged:
        def __init__(self):
            self.event = gevent.event.Event()

        def ping(self) -> None:
            self.event.set()

    class Fails(Pinged):
        def ping(self) -> None:
            raise RuntimeError("on purpose")

    engine = FastEngine(async_mode="gevent", ping_interval=0, logger=logging.getLogger("pings"))
    engine.sockets = {"fails": Fails(), "works": Pinged()}
    for sid in engine.sockets:
        engine.ping_later(sid)
    assert engine.sockets["works"].event.wait(10)
    assert [record.exc_info[1].args for record in caplog.records] == [("on purpose",)]


def test_who_changes_over_to_a_websocket_polls_no_longer_and_misses_nothing(ada: Person):
    def polled() -> str:
        answer = requests.get(address, timeout=10)
        answer.raise_for_status()
        return answer.text

    address = polling_address(ada)
    requests.post(address, data="40", timeout=10)
    drained = ""
    while any(event not in drained for event in ("profile", "sockets", "\x1e2")):
        drained += "\x1e" + polled()
    # A ping is among it, and there is no other before this one is answered: nothing else comes now.
    upgrade = address.replace("http", "ws").replace("polling", "websocket")
    polling = HeldRequest(ada, "GET", address)
    ws = websocket.create_connection(upgrade, cookie=f"sid={ada.cookie}", timeout=10)
    ws.send("2probe")
    assert ws.recv() == "3probe"
    assert polling.finish() == b"6", "it need not wait for what comes next"
    ada.post("/wave")
    ws.send("5")
    next_frame(ws, '42["wave"')
    ws.close()


def test_who_says_nothing_more_is_hung_up_on(ada: Person):
    at_its_end, silent = opened(ada), opened(ada)
    at_its_end.send("1")  # but it stays
    upgrade = polling_address(ada).replace("http", "ws").replace("polling", "websocket")
    upgrading = websocket.create_connection(upgrade, cookie=f"sid={ada.cookie}", timeout=10)
    upgrading.send("2probe")
    for ws in at_its_end, silent, upgrading:
        all_that_comes(ws)


def test_a_ping_of_the_client_that_crosses_our_goodbye_is_no_alarm(server: Server, ada: Person):
    before = len(server.printed)
    ws = opened(ada)
    probe(server, "goodbye", id_of(ws))
    ws.ping()
    assert b"HTTP/1.1" not in all_that_comes(ws)
    assert "Traceback" not in server.printed[before:]


def test_who_reads_slowly_gets_all_in_order_and_keeps_nobody_waiting(server: Server, ada: Person):
    slow = opened(ada)
    probe(server, "flood", id_of(slow))
    numbers = [json.loads(next_frame(slow, '42["flood"')[2:])[1]["number"] for _ in range(EVENTS)]
    assert numbers == list(range(EVENTS))
    slow.close()


def test_who_takes_nothing_is_cut_off(server: Server, ada: Person):
    greedy = opened(ada)
    user_id = id_of(greedy)
    for _ in range(3):
        probe(server, "flood", user_id)
    assert len(all_that_comes(greedy)) < 3 * EVENTS * LENGTH
    assert ada.post("/wave").json() == {"sockets": 0}


def test_who_polls_and_fetches_nothing_is_cut_off(server: Server, ada: Person):
    other = opened(ada)
    address = polling_address(ada)
    requests.post(address, data="40", timeout=10)
    assert eventually(lambda: ada.post("/wave").json() == {"sockets": 2})
    probe(server, "many", id_of(other))
    assert requests.get(address, timeout=10).status_code == 400
    assert ada.post("/wave").json() == {"sockets": 1}, "the other one takes them"
    other.close()


def id_of(ws: websocket.WebSocket) -> str:
    """Return the id of the user whose this is."""
    ws.send('420["session"]')
    return json.loads(next_frame(ws, "430")[3:])[0]["data"]["_user_id"]


def probe(server: Server, what: str, user_id: str) -> None:
    requests.get(f"{server.url}/probe/{what}/{user_id}", timeout=10).raise_for_status()


def all_that_comes(ws: websocket.WebSocket) -> bytes:
    """Return what comes until the server hangs up, which it has to do."""
    come = b""
    with contextlib.suppress(ConnectionError):
        while some := ws.sock.recv(100_000):
            come += some
    return come
