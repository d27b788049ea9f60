"""A malformed frame closes only the socket that sent it, and logs one line (G16)."""

import contextlib
import json
import re
import socket
import threading

import pytest
import requests
import websocket

from final.realtime.socket_lifecycle import CONNECTS
from final.server.packets import MAX_LEVELS, MAX_SIZE, CheckedPacket
from tools.people import BOTH_TRANSPORTS, Person, Socket, eventually, polling_address
from tools.servers import Server

SECRET = "what-was-in-the-frame"  # must not appear in the log
PLACEHOLDER = {"_placeholder": True, "num": 0}


def event(*data: object, kind: str = "42") -> str:
    return kind + json.dumps(data)


MALFORMED = {
    "empty": "",
    "a type that there is not": f"9{SECRET}",
    "a type that is no digit": f"x{SECRET}",
    "a type that is a digit elsewhere": f"٤2{SECRET}",
    "what only the server sends": "2",
    "an upgrade out of place": "2probe",
    "a message of nothing": "4",
    "a message that is JSON": f'4{{"a": "{SECRET}"}}',
    "a packet type that there is not": f"48{SECRET}",
    "an error that only the server sends": f'44{{"message": "{SECRET}"}}',
    "a disconnect with something in it": f"41{SECRET}",
    "an event of nothing": "42",
    "an event without a name": "42[]",
    "an event that is no list": f'42{{"a": "{SECRET}"}}',
    "a name that is a number": f'42[1, "{SECRET}"]',
    "a name that is an object": f'42[{{"a": "{SECRET}"}}]',
    "a name that is null": f'42[null, "{SECRET}"]',
    "no JSON": f'42["session", "{SECRET}"',
    "more than JSON": f'42["session"]{SECRET}',
    "a number that is none": f'42["session", NaN, "{SECRET}"]',
    "a number that is too long": f'42["session", {"9" * 5000}]',
    "half a character": f'42["session", "{SECRET}\\ud800"]',
    "too deep": f"42{'[' * 30}{']' * 30}",
    "much too deep": f"42{'[' * 30_000}",
    "a huge ack id": f'42{"9" * 99}["session"]',
    "a namespace that there is not": event("session", SECRET, kind="42/admin,"),
    "an acknowledgement of nothing": "43",
    "an acknowledgement with no id": f'43["{SECRET}"]',
    "an acknowledgement of id 0": f'430["{SECRET}"]',
    "a binary acknowledgement": event(PLACEHOLDER, kind="461-1"),
    "a connect with what is no object": f'40["{SECRET}"]',
    "attachments, but none": event("session", kind="450-"),
    "attachments without a count": event("session", kind="45-"),
    "thousands of attachments": event("session", PLACEHOLDER, kind="459999-"),
    "an attachment that there is not": event("session", {**PLACEHOLDER, "num": 7}, kind="451-"),
    "an attachment of no number": event("session", {**PLACEHOLDER, "num": 0.0}, kind="451-"),
    "too long": event("session", SECRET * 5000),
}
each_malformed = pytest.mark.parametrize("frame", MALFORMED.values(), ids=MALFORMED)


class Bystander:
    """Another user with a socket of each transport, who must not notice anything."""

    def __init__(self, server: Server):
        self.server = server
        self.grace = Person(server.url, "Grace", "Hopper")
        self.grace.sign_up()
        self.sockets = [Socket(self.grace, transport) for transport in BOTH_TRANSPORTS]

    @property
    def is_connected(self) -> bool:
        return all(each.is_open for each in self.sockets)

    def leave(self) -> None:
        for each in self.sockets:
            each.close()

    def see_nothing_but_one_line(self, frame_of: Person, before: int) -> None:
        """Check that a malformed frame only closed its own socket, and logged one line.

        `before` is the length of the server's output before the frame was sent.
        """
        assert eventually(lambda: frame_of.post("/wave").json() == {"sockets": 0}), (
            "the closed socket still counts"
        )
        waves = [len(each.all("wave")) for each in self.sockets]
        assert self.grace.post("/wave").json() == {"sockets": 2}
        for each, count in zip(self.sockets, waves, strict=True):
            assert eventually(lambda each=each, n=count: len(each.all("wave")) == n + 1)
        printed = self.server.printed[before:]
        assert len(re.findall(" is closed: ", printed)) == 1, printed
        assert not re.search(f"Traceback|Error|{SECRET}", printed), printed


@pytest.fixture(scope="module")
def bystanders():
    bystanders: list[Bystander] = []
    yield bystanders
    for each in bystanders:
        each.leave()


@pytest.fixture
def bystander(server: Server, bystanders: list[Bystander]) -> Bystander:
    """Return the bystander of the previous test, or a new one if that one is disconnected."""
    if not bystanders or not bystanders[-1].is_connected:
        bystanders.append(Bystander(server))
    return bystanders[-1]


@pytest.fixture(scope="module")
def sender(server: Server) -> Person:
    person = Person(server.url, "Ada", "Lovelace")
    person.sign_up()
    return person


def connected_websocket(person: Person) -> websocket.WebSocket:
    address = person.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
    ws = websocket.create_connection(address, cookie=f"sid={person.cookie}", timeout=10)
    ws.send("40")
    received(ws, "40")
    return ws


def received(ws: websocket.WebSocket, beginning: str) -> str:
    while not (frame := ws.recv()).startswith(beginning):
        pass
    return frame


def expect_closed(ws: websocket.WebSocket) -> None:
    with contextlib.suppress(websocket.WebSocketConnectionClosedException, ConnectionError):
        while ws.recv():  # an empty text means that a close frame has come
            pass


def connected_address(person: Person) -> str:
    address = polling_address(person)
    assert person.http.post(address, data="40", timeout=10).text.lower() == "ok"
    while '40{"sid"' not in person.http.get(address, timeout=10).text:
        pass
    return address


@each_malformed
def test_a_malformed_frame_closes_the_websocket_it_came_by(server, sender, bystander, frame):
    ws = connected_websocket(sender)
    before = len(server.printed)
    ws.send(frame)
    expect_closed(ws)
    bystander.see_nothing_but_one_line(sender, before)


@each_malformed
def test_a_malformed_frame_closes_the_polling_it_came_by(server, sender, bystander, frame):
    address = connected_address(sender)
    before = len(server.printed)
    answer = sender.http.post(address, data=frame.encode(), timeout=10)
    assert answer.status_code in {200, 400}  # 200: events are handled after the answer
    assert sender.http.get(address, timeout=10).status_code == 400, "the connection is closed"
    bystander.see_nothing_but_one_line(sender, before)


ANNOUNCED = event("session", PLACEHOLDER, kind="451-")


@pytest.mark.parametrize(
    "frames",
    [[b"\x00"], [b""], [ANNOUNCED, b"\x00", b"\x00"]],
    ids=["unannounced", "empty and unannounced", "one too many"],
)
def test_an_attachment_out_of_place_closes_the_websocket(server, sender, bystander, frames):
    ws = connected_websocket(sender)
    before = len(server.printed)
    for frame in frames:
        (ws.send_binary if isinstance(frame, bytes) else ws.send)(frame)
    expect_closed(ws)
    bystander.see_nothing_but_one_line(sender, before)


@pytest.mark.parametrize(
    "frame",
    [b"\x83\x80\0\0\0\0", b"\xc1\x80\0\0\0\0", b"\x81\x82\0\0\0\0\xff\xff", b"\x81\x013"],
    ids=["unknown opcode", "unknown extension", "no UTF-8", "unmasked"],
)
def test_what_is_no_websocket_frame_closes_the_websocket(server, sender, bystander, frame):
    ws = connected_websocket(sender)
    before = len(server.printed)
    ws.sock.sendall(frame)
    expect_closed(ws)
    bystander.see_nothing_but_one_line(sender, before)


@pytest.mark.parametrize(
    "payload",
    [b"\xff", b"bA", b"b!!!!", b"d=", b"\x1e".join([b"3"] * 17), b"3\x1e", b"2" * 100_000],
    ids=["no UTF-8", "half base64", "no base64", "a form", "many frames", "one empty", "too long"],
)
def test_a_malformed_payload_closes_the_polling_it_came_by(server, sender, bystander, payload):
    address = connected_address(sender)
    before = len(server.printed)
    assert sender.http.post(address, data=payload, timeout=10).status_code == 400
    assert sender.http.get(address, timeout=10).status_code == 400, "the connection is closed"
    bystander.see_nothing_but_one_line(sender, before)


@pytest.mark.parametrize("probe", ["9", "2", "3", "5x", "42[]", ""])
def test_a_malformed_frame_in_an_upgrade_closes_the_socket(server, sender, bystander, probe):
    address = connected_address(sender)
    before = len(server.printed)
    upgrade = address.replace("http", "ws").replace("polling", "websocket")
    ws = websocket.create_connection(upgrade, cookie=f"sid={sender.cookie}", timeout=10)
    ws.send(probe)
    expect_closed(ws)
    assert sender.http.get(address, timeout=10).status_code == 400
    bystander.see_nothing_but_one_line(sender, before)


def test_a_payload_that_ends_too_early_logs_no_error(server, sender):
    address, before = connected_address(sender), len(server.printed)
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        target = address.removeprefix(sender.url)
        connection.sendall(f"POST {target} HTTP/1.1\r\nContent-Length: 9\r\n\r\n42[".encode())
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")
    assert sender.http.post(address, data="1", timeout=10).status_code == 200, (
        "the connection is still open"
    )
    assert not re.search("WARNING|ERROR|Traceback", server.printed[before:])


def chunked(*chunks: bytes) -> bytes:
    """Return a request's body that consists of these chunks (RFC 9112, 7.1)."""
    return b"".join(b"%x\r\n%s\r\n" % (len(each), each) for each in chunks) + b"0\r\n\r\n"


def post_chunked(server: Server, address: str, body: bytes) -> bytes:
    """Send a polling POST with a chunked body, stop sending, and return all responses."""
    target = address.removeprefix(server.url)
    head = f"POST {target} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(head.encode() + body)
        connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


ASKED = event("session", kind="427").encode()
LONG = event("session", "x" * (MAX_SIZE - 30), kind="427").encode()
CHUNKED = {
    "one": chunked(ASKED),
    "a byte each": chunked(*(ASKED[i : i + 1] for i in range(len(ASKED)))),
    "two frames": chunked(b"3\x1e", ASKED),
    "an extension and a trailer": b"3;a=b\r\n%s\r\n%x\r\n%s\r\n0\r\nA: b\r\n\r\n"
    % (ASKED[:3], len(ASKED) - 3, ASKED[3:]),
    "as long as may be": chunked(*(LONG[i : i + 1000] for i in range(0, len(LONG), 1000))),
}


@pytest.mark.parametrize("body", CHUNKED.values(), ids=CHUNKED)
def test_a_payload_may_come_in_chunks(server, sender, body):
    address = connected_address(sender)
    assert post_chunked(server, address, body).startswith(b"HTTP/1.1 200 ")
    while "437[{" not in sender.http.get(address, timeout=10).text:
        pass
    sender.http.post(address, data="41\x1e1", timeout=10)


NO_CHUNKS = {
    "cut off in a chunk": b"30\r\n42[",
    "cut off between chunks": b"3\r\n42[\r\n",
    "cut off in the size of one": b"3",
    "no size": b"x\r\n42[\r\n0\r\n\r\n",
    "longer than its size": b"1\r\n42[\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("body", NO_CHUNKS.values(), ids=NO_CHUNKS)
def test_a_payload_with_unfinished_chunks_logs_no_error(server, sender, body):
    address, before = connected_address(sender), len(server.printed)
    smuggled = b"POST /logout HTTP/1.1\r\nHost: a\r\n\r\n" if b"\r\n0" in body else b""
    answers = post_chunked(server, address, body + smuggled)
    assert re.findall(rb"HTTP/1.1 \d+", answers) == [b"HTTP/1.1 400"]
    end = sender.http.post(address, data="41\x1e1", timeout=10)
    assert end.status_code == 200, "the connection was still open"
    assert not re.search("WARNING|ERROR|Traceback", server.printed[before:])


def test_chunks_over_the_limit_close_the_polling_that_they_came_by(server, sender, bystander):
    address, before = connected_address(sender), len(server.printed)
    long = chunked(event("session").encode(), *[b"x" * 1000] * (MAX_SIZE // 1000 + 1))
    assert post_chunked(server, address, long).startswith(b"HTTP/1.1 400 ")
    assert sender.http.get(address, timeout=10).status_code == 400, "the connection is closed"
    bystander.see_nothing_but_one_line(sender, before)


def test_what_follows_the_end_of_a_socket_is_not_heard(server, sender, bystander):
    before = len(server.printed)
    for end in ("1", "41"):
        address = connected_address(sender)
        frames = "\x1e".join([event("session", kind="421"), end, event("session"), "41"])
        assert sender.http.post(address, data=frames, timeout=10).status_code == 200
        sender.http.post(address, data="1\x1e40", timeout=10)
    assert sender.http.post(connected_address(sender), data="9", timeout=10).status_code == 400
    bystander.see_nothing_but_one_line(sender, before)


@pytest.mark.parametrize("arguments", [0, 1, 2, 3, 100])
@pytest.mark.parametrize("name", ["connect", "disconnect", "*", "__init__", "", "no such event"])
def test_an_event_that_there_is_not_is_answered_with_an_error(sender, name, arguments):
    """G3: names that only the server may use are no exception."""
    ws = connected_websocket(sender)
    ws.send(event(name, *["x"] * arguments, kind="427"))
    assert set(*json.loads(received(ws, "437").removeprefix("437"))) == {"error"}
    assert sender.post("/wave").json() == {"sockets": 1}
    ws.close()


NONSENSE = [
    ("GET", "EIO=x"),
    ("GET", "EIO=3"),
    ("GET", "EIO=4&transport=foo"),
    ("GET", "EIO=4&transport=websocket"),
    ("GET", "EIO=4&sid=garbage"),
    ("GET", "EIO=4&sid=%00%ff%0a"),
    ("GET", "EIO=4&j=x"),
    ("POST", "EIO=4"),
    ("POST", "EIO=4&sid=garbage"),
    ("GET", ""),
]


@pytest.mark.parametrize(("method", "query"), NONSENSE)
def test_a_request_that_makes_no_sense_is_refused(server: Server, method, query):
    address = f"{server.url}/socket.io/?{query}"
    assert requests.request(method, address, data="40", timeout=10).status_code == 400


KEY = "Sec-WebSocket-Key: MDEyMzQ1Njc4OTAxMjM0NQ=="
VERSION = "Sec-WebSocket-Version: 13"
UPGRADES = {
    "no key": ["Upgrade: websocket", "Connection: Upgrade", VERSION],
    "no version": ["Upgrade: websocket", "Connection: Upgrade", KEY],
    "no upgrade": ["Upgrade: websocket", "Connection: keep-alive", KEY, VERSION],
    "another upgrade": ["Upgrade: h2c", "Connection: Upgrade", KEY, VERSION],
}


@pytest.mark.parametrize("headers", UPGRADES.values(), ids=UPGRADES)
def test_half_a_websocket_handshake_is_refused(server: Server, headers):
    before = len(server.printed)
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        head = [
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
            "Host: a",
            *headers,
        ]
        connection.sendall("\r\n".join([*head, "", ""]).encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 400 ")
    assert "Traceback" not in server.printed[before:]


def test_a_flood_of_frames_does_not_keep_the_others_waiting(server, sender, bystander):
    ws = connected_websocket(sender)
    event_frame = b"\x81\x87" + bytes(4) + b'42["x"]'
    is_over = threading.Event()

    def flood() -> None:
        with contextlib.suppress(OSError):  # the server may have closed the connection
            while not is_over.is_set():
                ws.sock.sendall(event_frame * 500)

    flooding = threading.Thread(target=flood)
    flooding.start()
    try:
        waves = [bystander.grace.post("/wave").elapsed.total_seconds() for _ in range(10)]
    finally:
        is_over.set()
        ws.sock.settimeout(1)
        flooding.join()
        ws.shutdown()
    assert max(waves) < 5


def test_a_client_that_connects_again_and_again_over_one_connection_is_cut_off(
    server, sender, bystander
):
    before = len(server.printed)
    ws = connected_websocket(sender)
    for _ in range(CONNECTS):
        ws.send("41")
        ws.send("40")
    expect_closed(ws)
    bystander.see_nothing_but_one_line(sender, before)


def test_the_depth_of_data_counts_each_list_and_each_object_once():
    for deep in ['{"a": %s}', "[%s]"]:
        data = "0"
        for _ in range(MAX_LEVELS - 2):  # besides the event's own list and the innermost value
            data = deep % data
        assert CheckedPacket(encoded_packet=f'2["session", {data}]').data[0] == "session"
        too_deep = CheckedPacket(encoded_packet=f'2["session", {deep % data}]')
        assert too_deep.data == ["malformed"]
