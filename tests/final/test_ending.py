"""How final/ stops: it finishes requests, no open connection delays it, and pages reconnect."""

import contextlib
import socket
import sys
import time

import pytest
import websocket as websocket_client
from playwright.sync_api import expect

from final.server.wsgi import GRACEFUL_TIMEOUT
from tests.final.guarantees.frames import Frames
from tests.steps.conftest import complaints as complaints
from tests.steps.conftest import open_tab as open_tab
from tests.steps.test_02_socket_share import expect_connected
from tools import servers
from tools.cluster.instance import Instance
from tools.people import BOTH_TRANSPORTS, HeldRequest, Person, eventually
from tools.servers import FINAL, ROOT, TERMINATE, App

WAYS = ["python -m final"] + (["gunicorn"] if sys.platform != "win32" else [])
AT_ONCE = GRACEFUL_TIMEOUT / 2  # seconds, on a busy machine
REQUESTED = "performance.getEntriesByType('resource').map(({ name }) => name).join()"
NO_WEBSOCKET = """{
  const Real = WebSocket;
  WebSocket = class { constructor() { return new Real("ws://127.0.0.1:1"); } };
}"""
DISCONNECT = "41"  # the packet after which a client doesn't reconnect


@pytest.fixture(params=WAYS)
def server(request):
    """Start the app in each of the WAYS, for a single test, which may stop it."""
    is_gunicorn = request.param == "gunicorn"
    server = Instance() if is_gunicorn else servers.Server(App("final", FINAL, ROOT / "final"))
    try:
        server.start()
        yield server
    finally:
        server.close()


def tell_to_end(server: servers.Server, how: int = TERMINATE) -> None:
    """Signal the server to stop, and wait until it accepts no more connections."""
    servers.signal_group(server.process, how)
    assert eventually(lambda: not accepts(server.port))


def accepts(port: int) -> bool:
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port)).close()
        return True
    return False


def open_websocket(person: Person) -> websocket_client.WebSocket:
    """Connect by a WebSocket that doesn't answer Engine.IO's pings."""
    address = person.url.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket"
    opened = websocket_client.create_connection(address, cookie=f"sid={person.cookie}", timeout=30)
    opened.send("40")
    while not opened.recv().startswith('42["sockets"'):
        pass
    return opened


def hold_poll(person: Person) -> HeldRequest:
    """Connect by long-polling, and leave a poll open for which there is no packet yet."""
    frames = Frames(person)
    frames.send("40")
    frames.wait_for('42["sockets"')
    return HeldRequest(person, "GET", frames.address)


# Requests in progress are answered.


def test_what_is_being_served_is_finished_and_kept(server, ada: Person):
    held = HeldRequest(ada, "POST", f"{server.url}/comments", "text=just+in+time")
    tell_to_end(server)
    held.connection.send(held.body)
    answer = held.connection.getresponse()
    assert answer.status == 302
    assert answer.getheader("Connection") == "close"
    assert server.process.wait(GRACEFUL_TIMEOUT) == 0
    server.start()
    assert "just in time" in ada.get("/dashboard").text


# Open connections don't delay the stop.


def test_it_ends_at_once_whatever_is_open(server, ada: Person):
    open_connections = [
        socket.create_connection(("127.0.0.1", server.port)),
        ada.get("/dashboard"),  # its connection is kept alive
        open_websocket(ada),
        hold_poll(ada),
    ]
    begun = time.monotonic()
    tell_to_end(server)
    assert server.process.wait(GRACEFUL_TIMEOUT) == 0
    assert time.monotonic() - begun < AT_ONCE
    assert len(open_connections) == 4
    assert "Traceback" not in server.printed
    assert "ERROR" not in server.printed


# All clients reconnect.


def test_a_websocket_ends_as_if_the_connection_had_failed(server, ada: Person):
    """After a Socket.IO disconnect packet, the client wouldn't reconnect."""
    opened = open_websocket(ada)
    tell_to_end(server)
    frames = []
    with contextlib.suppress(websocket_client.WebSocketException, ConnectionError):
        while frame := opened.recv():
            frames.append(frame)
    assert DISCONNECT not in frames


def test_a_poll_ends_as_if_the_connection_had_failed(server, ada: Person):
    held = hold_poll(ada)
    tell_to_end(server)
    assert DISCONNECT not in held.connection.getresponse().read().decode()


def test_no_socket_is_opened_while_it_ends(server, ada: Person):
    with socket.create_connection(("127.0.0.1", server.port)) as early:
        early.sendall(b"GET /socket.io/?EIO=4&transport=polling HTTP/1.1\r\n")
        held = HeldRequest(ada, "POST", f"{server.url}/comments", "text=just+in+time")
        tell_to_end(server)
        early.sendall(b"Host: app\r\n\r\n")
        with early.makefile("rb") as answer:
            assert answer.readline().startswith(b"HTTP/1.1 503 ")
        held.finish()
    assert server.process.wait(GRACEFUL_TIMEOUT) == 0


@pytest.mark.parametrize("transport", BOTH_TRANSPORTS)
def test_a_page_comes_back_by_itself(server, ada: Person, open_tab, transport: str):
    tab = open_tab(ada)
    connection = tab.locator("#connection")
    if transport == "polling":
        tab.add_init_script(NO_WEBSOCKET)
        tab.reload()
    expect_connected(tab, ada.full_name)
    assert ("transport=polling" in tab.evaluate(REQUESTED)) is (transport == "polling")
    server.stop()
    expect(connection).to_have_text("disconnected")
    server.start()
    expect(connection).to_have_text("connected", timeout=1000 * AT_ONCE)
