"""The end of a connection, by either side. The app and its gate hear of it once."""

import contextlib

import pytest

from .conftest import Polling, Server, eventually
from .frames import CLOSE, TEXT, RawWebSocket, close_frame, request


def heard(server: Server, sid: str) -> list[list]:
    """Return what the app heard of the end of a connection, when it has heard everything."""
    assert eventually(lambda: len(server.show("happened", sid)) == 4)
    return [[each[0], *each[2:]] for each in server.show("happened", sid)[2:]]


def test_a_websocket_client_closes(server: Server, ws: RawWebSocket):
    ws.send("1")
    [end] = ws.rest()
    assert (end.opcode, end.code) == (CLOSE, 1000)
    assert heard(server, ws.sid) == [["closed"], ["disconnect", "client disconnect"]]


def test_a_websocket_client_closes_its_websocket(server: Server, ws: RawWebSocket):
    ws.send(close_frame(1001, b"gone"))
    [end] = ws.rest()
    assert (end.opcode, end.code) == (CLOSE, 1001)
    assert heard(server, ws.sid) == [["closed"], ["disconnect", "transport close"]]


def test_a_websocket_client_hangs_up(server: Server, ws: RawWebSocket):
    ws.close()
    assert heard(server, ws.sid) == [["closed"], ["disconnect", "transport close"]]


def test_a_polling_client_closes(polling: Polling):
    held = polling.hold_poll()
    assert polling.post("1").text == "ok"
    assert held.answer() == (200, "6")
    assert polling.poll().status_code == 400
    assert heard(polling.server, polling.sid) == [["closed"], ["disconnect", "client disconnect"]]


def test_packets_after_a_close_are_ignored(polling: Polling):
    assert polling.post("4one\x1e1\x1e4!seen\x1e1").text == "ok"
    assert polling.post("1").status_code == 400
    assert polling.poll().status_code == 400
    assert heard(polling.server, polling.sid) == [["closed"], ["disconnect", "client disconnect"]]


@pytest.mark.parametrize(
    ("how", "reason"), [("close", "server disconnect"), ("drop", "transport close")]
)
def test_the_app_ends_a_websocket(server: Server, ws: RawWebSocket, how: str, reason: str):
    server.show(how, ws.sid)
    assert ws.next().text == "1"
    assert ws.next().code == 1000
    ws.send(close_frame(1000))
    assert ws.next() is None
    assert heard(server, ws.sid) == [["closed"], ["disconnect", reason]]


@pytest.mark.parametrize(
    ("how", "reason"), [("close", "server disconnect"), ("drop", "transport close")]
)
def test_the_app_ends_polling(polling: Polling, how: str, reason: str):
    held = polling.hold_poll()
    polling.server.show(how, polling.sid)
    assert held.answer() == (200, "1")
    assert polling.poll().status_code == 400
    assert heard(polling.server, polling.sid) == [["closed"], ["disconnect", reason]]


def test_packets_after_the_end_are_ignored(server: Server, ws: RawWebSocket):
    server.show("drop", ws.sid)
    assert ws.next().text == "1"
    ws.send("4!seen", "3", close_frame(1000), "4!seen")
    assert [each.opcode for each in ws.rest()] == [CLOSE]
    assert heard(server, ws.sid) == [["closed"], ["disconnect", "transport close"]]


def test_a_client_that_does_not_say_goodbye_is_hung_up_on(server: Server, ws: RawWebSocket):
    server.show("drop", ws.sid)
    assert [ws.next().opcode, ws.next().opcode, ws.next()] == [TEXT, CLOSE, None]


def test_a_connection_that_ended_leaves_nothing_behind(server: Server, ws: RawWebSocket):
    server.show("drop", ws.sid)
    ws.rest()
    before = len(server.log)
    assert server.show("send", ws.sid, 1, 10) is None
    assert server.log[before:] == [], "what's sent to it goes nowhere"


def test_after_a_websocket_its_connection_serves_no_other_request(server: Server, ws: RawWebSocket):
    ws.send(close_frame(1000))
    assert ws.next().opcode == CLOSE
    come = b""
    with contextlib.suppress(ConnectionError):  # it may be reset
        ws.send(request("GET", "/happened/x", {"Host": "test"}))
        come = ws.file.read()
    assert come == b""
