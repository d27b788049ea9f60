"""Engine.IO 4: how a session opens, what it carries, how it's upgraded, kept alive and closed."""

import json
import time
from contextlib import closing

import pytest
from websocket import WebSocketBadStatusException

from tests.protocol.clients import BETWEEN_PACKETS, NOOP, PING, PONG, Answer, Door

differs = pytest.mark.differs


# Packets that no client sends in an open session, and an empty text, which isn't a packet.
FAILS = differs("python-engineio fails, and gevent writes an answer in HTTP into the WebSocket")
IGNORES = differs("python-engineio ignores packets that clients don't send")
UNKNOWN = [pytest.param(packet, marks=IGNORES) for packet in ("0{}", "5", "9", "")]


def refusal(door: Door, **query: str) -> int:
    """Return the status with which the server refuses a WebSocket."""
    with pytest.raises(WebSocketBadStatusException) as refused, door.websocket(**query):
        pass
    return refused.value.status_code


class TestHandshake:
    def test_polling_opens_a_session_that_can_be_upgraded(self, engine_io: Door):
        answer = engine_io.handshake()
        assert (answer.status, answer.text[0]) == (200, "0")
        session = json.loads(answer.text[1:])
        assert isinstance(session.pop("sid"), str)
        assert session == {
            "upgrades": ["websocket"],
            "pingInterval": 25_000,
            "pingTimeout": 20_000,
            "maxPayload": 1_000_000,
        }

    def test_a_websocket_opens_a_session_that_can_not_be_upgraded(self, engine_io: Door):
        with engine_io.websocket() as client:
            packet = client.packet()
            assert packet[0] == "0"
            session = json.loads(packet[1:])
            assert sorted(session) == [
                "maxPayload",
                "pingInterval",
                "pingTimeout",
                "sid",
                "upgrades",
            ]
            assert session["upgrades"] == []

    @differs("python-engineio tells whole seconds only: 0.3 become 0")
    def test_the_heartbeat_is_told_in_milliseconds(self, quick: Door):
        session = json.loads(quick.handshake().text[1:])
        assert (session["pingInterval"], session["pingTimeout"]) == (300, 200)

    def test_every_session_has_an_id_of_its_own(self, engine_io: Door):
        assert len({engine_io.polling().sid for _ in range(20)}) == 20

    @pytest.mark.parametrize("query", [{}, {"EIO": ""}, {"EIO": "3"}, {"EIO": "abc"}])
    def test_another_version_of_the_protocol_opens_no_session(self, engine_io: Door, query: dict):
        assert engine_io.request("GET", query | {"transport": "polling"}).status == 400
        assert refusal(engine_io, **{"EIO": ""} | query) == 400

    @differs("python-engineio asks for `EIO` only in the handshake")
    def test_every_request_names_the_version(self, engine_io: Door):
        client = engine_io.polling()
        client.post("4hello")
        assert engine_io.request("GET", {"transport": "polling", "sid": client.sid}).status == 400
        assert client.poll().text == "4hello"

    def test_an_unknown_transport_is_refused(self, engine_io: Door):
        assert engine_io.request("GET", {"EIO": "4", "transport": "abc"}).status == 400
        assert refusal(engine_io, transport="abc") == 400

    @differs("python-engineio takes a request without `transport` for polling")
    def test_a_missing_transport_is_refused(self, engine_io: Door):
        assert engine_io.request("GET", {"EIO": "4"}).status == 400

    def test_a_websocket_without_an_upgrade_is_refused(self, engine_io: Door):
        assert engine_io.request("GET", {"EIO": "4", "transport": "websocket"}).status == 400

    @pytest.mark.parametrize(
        "method",
        [
            "POST",
            pytest.param("PUT", marks=differs("python-engineio answers 405 to other methods")),
            pytest.param("DELETE", marks=differs("python-engineio answers 405 to other methods")),
        ],
    )
    def test_only_a_get_opens_a_session(self, engine_io: Door, method: str):
        assert engine_io.request(method, {"EIO": "4", "transport": "polling"}).status == 400

    def test_an_unknown_session_is_refused(self, engine_io: Door):
        query = {"EIO": "4", "transport": "polling", "sid": "nobody"}
        assert engine_io.request("GET", query).status == 400
        assert engine_io.request("POST", query, "4hello").status == 400
        assert refusal(engine_io, sid="nobody") == 400


class TestPolling:
    def test_a_message_comes_back(self, engine_io: Door):
        client = engine_io.polling()
        assert client.post("4hello").status == 200
        assert client.poll() == Answer(200, "text/plain", "4hello")

    @differs("python-engineio answers OK in capitals")
    def test_a_post_is_answered_with_ok(self, engine_io: Door):
        assert engine_io.polling().post("4hello").text == "ok"

    def test_all_that_waits_comes_in_one_answer_and_in_order(self, engine_io: Door):
        client = engine_io.polling()
        client.post("4one", "4two", "4three")
        assert client.poll().text.split(BETWEEN_PACKETS) == ["4one", "4two", "4three"]

    def test_binary_data_travels_as_base64(self, engine_io: Door):
        client = engine_io.polling()
        client.post("4hello", "bAQIDBA==")
        assert client.poll().text.split(BETWEEN_PACKETS) == ["4hello", "bAQIDBA=="]

    def test_text_is_utf_8(self, engine_io: Door):
        client = engine_io.polling()
        client.post("4héllo €🎉")
        assert client.poll().text == "4héllo €🎉"

    def test_a_poll_waits_for_a_message(self, engine_io: Door):
        client = engine_io.polling()
        waiting = client.start_poll()
        client.post("4hello")
        assert waiting.answer().text == "4hello"

    def test_messages_between_polls_are_kept(self, engine_io: Door):
        client = engine_io.polling()
        for word in "one", "two":
            client.post(f"4{word}")
        assert client.poll().text.split(BETWEEN_PACKETS) == ["4one", "4two"]

    @differs("python-engineio takes its own error for one of the app, and answers OK")
    def test_a_malformed_packet_closes_the_session(self, engine_io: Door):
        client = engine_io.polling()
        assert client.post("abc").status == 400
        assert client.poll().status == 400

    @differs("python-engineio waits with its answer until the client has polled", hangs=True)
    def test_a_body_above_the_limit_closes_the_session(self, engine_io: Door):
        client = engine_io.polling()
        assert client.post("4" + "x" * 1_000_000).status in (400, 413)
        assert client.poll().status == 400

    @differs("python-engineio lets two polls wait for the same packets", hangs=True)
    def test_a_second_poll_closes_the_session(self, engine_io: Door):
        client = engine_io.polling()
        first = client.start_poll()
        second = client.start_poll()
        client.post("4marker")  # refused too, or a server that keeps both polls sends it
        assert (first.answer().text, second.answer().status) == ("1", 400)
        assert client.poll().status == 400

    @differs("python-engineio reads two posts at once")
    def test_a_second_post_closes_the_session(self, engine_io: Door):
        client = engine_io.polling()
        with closing(client.start_post(length=100)):
            assert client.post("4hello").status == 400
        assert client.poll().status == 400


class TestWebSocket:
    def test_a_message_comes_back(self, engine_io: Door):
        with engine_io.session() as client:
            client.send("4héllo €🎉")
            assert client.packet() == "4héllo €🎉"

    def test_binary_data_comes_back_as_it_is(self, engine_io: Door):
        with engine_io.session() as client:
            client.send(b"\x00\x01\xfe\xff")
            assert client.packet() == b"\x00\x01\xfe\xff"

    def test_messages_keep_their_order(self, engine_io: Door):
        messages = [f"4{number}" for number in range(300)]
        with engine_io.session() as client:
            client.send(*messages)
            assert [client.packet() for _ in messages] == messages

    def test_a_message_as_large_as_the_limit_comes_back(self, engine_io: Door):
        message = "4" + "x" * 999_999
        with engine_io.session() as client:
            client.send(message)
            assert client.packet() == message

    def test_a_message_above_the_limit_closes_the_websocket(self, engine_io: Door):
        with engine_io.session() as client:
            client.send("4" + "x" * 1_000_000)
            _, code = client.until_closed()
            assert code

    @differs(
        "simple-websocket closes a copy of the socket, and gevent waits for a request", hangs=True
    )
    def test_the_connection_below_ends_as_well(self, engine_io: Door):
        with engine_io.session() as client:
            client.send("1")
            client.until_closed()
            assert client.is_hung_up()

    @pytest.mark.parametrize("packet", [pytest.param("abc", marks=FAILS), *UNKNOWN])
    def test_a_malformed_packet_closes_the_websocket(self, engine_io: Door, packet: str):
        with engine_io.session() as client:
            client.send(packet, "4marker")
            _, code = client.until_closed(without="4marker")
            assert code


class TestHeartbeat:
    def test_polling_stays_open_while_pings_are_answered(self, quick: Door):
        client = quick.polling()
        for _ in range(3):
            assert client.poll().text == PING
            assert client.post(PONG).status == 200

    def test_a_websocket_stays_open_while_pings_are_answered(self, quick: Door):
        with quick.session() as client:
            for _ in range(3):
                assert client.packet() == PING
                client.send(PONG)
            client.send("4hello")
            assert client.packet() == "4hello"

    def test_polling_ends_when_a_ping_is_not_answered(self, quick: Door):
        client = quick.polling()
        for _ in range(2):  # python-engineio checks the time only now and then, so it may be late
            with quick.session() as later:  # this session doesn't answer, either, and ends later
                later.until_closed()
        assert client.poll().status == 400

    def test_a_websocket_ends_when_a_ping_is_not_answered(self, quick: Door):
        with quick.session() as client:
            opened = time.monotonic()
            assert client.packet() == PING
            client.until_closed()
            assert 0.4 < time.monotonic() - opened < 5


class TestClose:
    def test_a_closed_session_is_unknown(self, engine_io: Door):
        client = engine_io.polling()
        assert client.post("1").status == 200
        assert client.poll().status == 400

    @differs("python-engineio answers the poll with nothing")
    def test_the_poll_of_a_closed_session_ends_with_a_noop(self, engine_io: Door):
        client = engine_io.polling()
        waiting = client.start_poll()
        client.post("1")
        assert waiting.answer() == Answer(200, "text/plain", NOOP)
        assert client.poll().status == 400

    def test_a_websocket_closes_when_the_client_closes_the_session(self, engine_io: Door):
        with engine_io.session() as client:
            client.send("1")
            assert client.until_closed() == ([], 1000)


class TestUpgrade:
    def test_messages_go_on_in_the_websocket(self, engine_io: Door):
        client = engine_io.polling()
        with client.upgrading() as websocket:
            websocket.send("2probe")
            assert websocket.packet() == "3probe"
            websocket.send("5", "4hello")
            assert websocket.message() == "4hello"

    def test_a_waiting_poll_ends_with_a_noop(self, engine_io: Door):
        client = engine_io.polling()
        waiting = client.start_poll()
        with client.upgrading() as websocket:
            websocket.send("2probe")
            assert websocket.packet() == "3probe"
            assert waiting.answer().text == NOOP
            websocket.send("5", "4hello")
            assert websocket.packet() == "4hello"

    @differs("python-engineio's noop for a poll waits in the queue, and goes into the WebSocket")
    def test_a_poll_during_the_upgrade_ends_with_a_noop(self, engine_io: Door):
        client = engine_io.polling()
        with client.upgrading() as websocket:
            websocket.send("2probe")
            assert websocket.packet() == "3probe"
            assert client.poll().text == NOOP
            websocket.send("5", "4hello")
            assert websocket.packet() == "4hello"

    def test_no_message_is_lost_on_the_way(self, engine_io: Door):
        client = engine_io.polling()
        client.post("4one")
        with client.upgrading() as websocket:
            client.post("4two")
            websocket.send("2probe")
            assert websocket.packet() == "3probe"
            client.post("4three")
            websocket.send("5", "4four")
            assert [websocket.message() for _ in range(4)] == ["4one", "4two", "4three", "4four"]

    def test_nothing_but_the_websocket_counts_after_the_upgrade(self, engine_io: Door):
        client = engine_io.polling()
        with client.upgrading() as websocket:
            websocket.send("2probe", "5", "4hello")
            assert [websocket.packet(), websocket.message()] == ["3probe", "4hello"]
            assert client.poll().status == 400
            assert client.post("4lost").status == 400
            assert not engine_io.lets_in(sid=client.sid)
            websocket.send("4still here")
            assert websocket.message() == "4still here"

    @differs("the transport closes the session of a client that breaks a rule", on=["transport"])
    def test_a_session_survives_a_websocket_that_probes_wrongly(self, engine_io: Door):
        client = engine_io.polling()
        with client.upgrading() as websocket:
            websocket.send("4hello")
            websocket.until_closed()
        client.post("4hello")
        assert client.poll().text == "4hello"

    def test_a_session_survives_a_websocket_that_goes_before_the_upgrade(self, engine_io: Door):
        client = engine_io.polling()
        with client.upgrading() as websocket:
            websocket.send("2probe")
            assert websocket.packet() == "3probe"
        client.post("4hello")
        packets = client.packets(1)
        assert packets[-1:] == ["4hello"] or client.packets(1) == ["4hello"]  # after the noop
