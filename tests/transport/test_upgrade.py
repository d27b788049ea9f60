"""From long-polling to a WebSocket: nothing is lost, and there is no way back."""

import pytest

from .conftest import Held, Polling, Server, eventually
from .frames import CLOSE, RawWebSocket


def try_websocket(polling: Polling) -> RawWebSocket:
    ws = polling.server.websocket(f"&sid={polling.sid}")
    assert ws.status == 101
    return ws


def probed(polling: Polling) -> RawWebSocket:
    ws = try_websocket(polling)
    ws.send("2probe")
    assert ws.next().text == "3probe"
    return ws


def upgraded(polling: Polling) -> RawWebSocket:
    ws = probed(polling)
    ws.send("5")
    assert eventually(lambda: polling.server.show("transport", polling.sid) == "websocket")
    return ws


def test_a_client_changes_to_a_websocket(polling: Polling):
    ws = upgraded(polling)
    ws.send("4hello")
    assert ws.next().text == "4hello"
    ws.close()
    assert eventually(lambda: polling.server.ends(polling.sid) == ["transport close"])


def test_probe_and_decision_may_come_together(polling: Polling):
    ws = try_websocket(polling)
    ws.send("2probe", "5", "4hello")
    assert [ws.next().text for _ in range(2)] == ["3probe", "4hello"]
    ws.close()


def test_a_waiting_poll_is_released_by_the_probe(polling: Polling):
    held = polling.hold_poll()
    ws = probed(polling)
    assert held.answer() == (200, "6")
    assert polling.poll().text == "6", "a poll that comes in between doesn't wait long"
    ws.send("5")
    polling.server.show("send", polling.sid, 1, 10)
    assert ws.next().text == "40:xxxxxxxx"
    ws.close()


def test_waiting_packets_go_over_the_websocket_in_order(polling: Polling):
    polling.post("4one")
    ws = probed(polling)
    polling.server.show("send", polling.sid, 3, 10)
    ws.send("5", "4last")
    texts = [ws.next().text for _ in range(5)]
    assert texts == ["4one", "40:xxxxxxxx", "41:xxxxxxxx", "42:xxxxxxxx", "4last"]
    ws.close()


def test_binary_data_that_waits_goes_as_binary(polling: Polling):
    polling.post("bAQIDBA==")
    ws = upgraded(polling)
    assert ws.next().payload == b"\1\2\3\4"
    ws.close()


def test_after_the_change_polling_is_refused_and_harms_nothing(polling: Polling):
    ws = upgraded(polling)
    assert polling.poll().status_code == 400
    assert polling.post("4hello").status_code == 400
    ws.send("4hello")
    assert ws.next().text == "4hello"
    ws.close()


@pytest.mark.parametrize("first", [probed, upgraded])
def test_a_second_websocket_is_closed_and_harms_nothing(polling: Polling, first):
    ws = first(polling)
    second = try_websocket(polling)
    end = second.next()
    assert (end.opcode, end.code) == (CLOSE, 1008)
    second.close()
    if first is probed:
        ws.send("5")
    ws.send("4hello")
    assert ws.next().text == "4hello"
    ws.close()


@pytest.mark.parametrize("packets", [[], ["2probe"]], ids=["at once", "after the probe"])
def test_a_client_may_give_up_and_goes_on_polling(polling: Polling, packets: list[str]):
    ws = try_websocket(polling)
    ws.send(*packets)
    if packets:
        assert ws.next().text == "3probe"
    ws.close()
    polling.post("4hello")
    assert eventually(lambda: polling.poll().text == "4hello")
    assert polling.server.ends(polling.sid) == []
    again = upgraded(polling)
    again.close()


@pytest.mark.parametrize("packet", ["", "2", "3probe", "5", "4hello", "9", b"\x82\x80\0\0\0\0"])
def test_a_wrong_probe_closes_the_connection(server: Server, packet: str | bytes):
    polling, before = Polling(server), len(server.log)
    ws = try_websocket(polling)
    ws.send(packet)
    assert ws.rest()[-1].opcode == CLOSE
    assert polling.poll().status_code == 400
    assert server.ends(polling.sid) == ["transport error"]
    assert eventually(lambda: len(server.log) > before)
    assert [line.split()[:2] for line in server.log[before:]] == [
        ["WARNING", "final.transport.connection"]
    ]


def test_a_connection_that_closes_takes_the_tried_websocket_with_it(polling: Polling):
    ws = probed(polling)
    assert polling.post("1").status_code == 200
    assert [frame.opcode for frame in ws.rest()] == [CLOSE]


def test_a_poll_that_comes_with_the_end_is_answered(polling: Polling):
    ws = probed(polling)
    held = Held(polling)
    assert polling.post("1").status_code == 200
    assert held.answer()[0] == 400
    ws.close()
