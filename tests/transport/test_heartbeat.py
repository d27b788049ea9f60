"""The heartbeat: clients that answer stay, others are closed, and one greenlet pings them all."""

from collections.abc import Iterator

import gevent.event
import pytest

from final.transport.heartbeat import Heartbeat

from .conftest import Polling, Server, eventually, running
from .frames import CLOSE, PING, PONG, TEXT, frame


@pytest.fixture(scope="module")
def quick() -> Iterator[Server]:
    with running(ping_interval=0.3, ping_timeout=0.2) as server:
        yield server


@pytest.fixture(scope="module")
def patient() -> Iterator[Server]:
    with running(ping_interval=0.3, ping_timeout=10) as server:
        yield server


def test_a_websocket_client_that_answers_stays(patient: Server):
    ws = patient.websocket()
    for _ in range(3):
        assert ws.next().text == "2"
        ws.send("3")
    ws.send("4hello")
    assert ws.next().text == "4hello"
    ws.close()


def test_a_polling_client_that_answers_stays(patient: Server):
    polling = Polling(patient)
    assert (polling.opened["pingInterval"], polling.opened["pingTimeout"]) == (300, 10_000)
    for _ in range(3):
        assert polling.poll().text == "2"
        assert polling.post("3").status_code == 200
    assert patient.ends(polling.sid) == []


def test_a_silent_websocket_client_is_closed(quick: Server):
    ws = quick.websocket()
    *packets, end = ws.rest()
    assert [each.text for each in packets] == ["2", "1"]
    assert (end.opcode, end.code) == (CLOSE, 1000)
    assert eventually(lambda: quick.ends(ws.sid) == ["ping timeout"])


def test_a_client_that_polls_without_answering_is_closed(quick: Server):
    polling = Polling(quick)
    assert polling.poll().text == "2"
    assert polling.poll().text == "1"
    assert polling.poll().status_code == 400
    assert quick.ends(polling.sid) == ["ping timeout"]


def test_a_silent_polling_client_is_closed(quick: Server):
    polling = Polling(quick)
    assert eventually(lambda: quick.ends(polling.sid) == ["ping timeout"])
    assert polling.poll().status_code == 400


def test_a_pong_without_a_ping_changes_nothing(quick: Server):
    ws = quick.websocket()
    ws.send(*["3"] * 100)
    assert [each.opcode for each in ws.rest()] == [TEXT, TEXT, CLOSE]
    assert eventually(lambda: quick.ends(ws.sid) == ["ping timeout"])


def test_pings_of_the_websocket_protocol_are_no_answer(quick: Server):
    ws = quick.websocket()
    ws.send(frame("", PING))
    assert ws.next().opcode == PONG
    assert [each.text for each in ws.rest()[:-1]] == ["2", "1"]


def test_the_heartbeat_goes_on_after_an_upgrade(quick: Server):
    polling = Polling(quick)
    ws = quick.websocket(f"&sid={polling.sid}")
    ws.send("2probe", "5")
    assert ws.next().text == "3probe"
    for _ in range(2):
        assert ws.next().text == "2"
        ws.send("3")
    ws.close()


def test_a_ping_that_fails_does_not_stop_the_others(caplog):
    class Pinged:
        def __init__(self, *errors: Exception):
            self.errors = list(errors)
            self.was_pinged = gevent.event.Event()

        def send(self, kind: int) -> None:
            self.was_pinged.set()
            for error in self.errors:
                raise error

    heartbeat = Heartbeat(interval=0, timeout=10, give_up=lambda connection: None)
    fails, works = Pinged(RuntimeError("on purpose")), Pinged()
    heartbeat.start(fails)
    heartbeat.start(works)
    assert works.was_pinged.wait(5)
    heartbeat.shut_down()
    assert [record.exc_info[1].args for record in caplog.records] == [("on purpose",)]


def test_an_idle_connection_has_no_greenlet_of_its_own_but_its_request():
    with running() as server:
        Polling(server).http.close()  # from now on there is a heartbeat
        assert eventually(lambda: server.show("greenlets") == 2)
        websockets = [server.websocket() for _ in range(20)]
        for _ in range(20):
            Polling(server).http.close()
        assert eventually(lambda: server.show("greenlets") == 22)
        for each in websockets:
            each.close()
