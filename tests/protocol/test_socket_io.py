"""Socket.IO 5: namespaces, events, acknowledgements and binary data, over both transports."""

import json

import pytest

from tests.protocol.clients import Door

differs = pytest.mark.differs
EVERYWHERE = ["stock", "transport"]
PLACEHOLDERS = '{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}'


class TestConnect:
    @pytest.mark.parametrize("namespace", ["", "/custom,"])
    @pytest.mark.parametrize("auth", ["", '{"token":"123"}'])
    def test_a_namespace_accepts_and_tells_the_socket_id(
        self, accepting_first: Door, namespace: str, auth: str
    ):
        with accepting_first.session() as client:
            client.send(f"40{namespace}{auth}")
            accepted, event = client.packet(), client.packet()
            assert accepted.startswith(f"40{namespace}{{")
            assert list(json.loads(accepted.removeprefix(f"40{namespace}"))) == ["sid"]
            assert event == f'42{namespace}["auth",{auth or "{}"}]'

    @differs(
        "python-socketio accepts after `connect` returns, unless told always_connect", on=EVERYWHERE
    )
    def test_what_connect_emits_comes_after_the_acceptance(self, socket_io: Door):
        with socket_io.session() as client:
            client.send("40")
            assert [client.packet()[:2], client.packet()[:2]] == ["40", "42"]

    def test_an_unknown_namespace_refuses(self, socket_io: Door):
        with socket_io.connected() as client:
            client.send("40/random")
            assert client.packet().startswith("44/random,")
            client.send('42["message","still here"]')
            assert client.packet() == '42["message-back","still here"]'

    @differs("python-socketio says it in its own words, and as a string", on=EVERYWHERE)
    def test_an_unknown_namespace_says_so(self, socket_io: Door):
        with socket_io.session() as client:
            client.send("40/random")
            assert client.packet() == '44/random,{"message":"Invalid namespace"}'

    def test_a_refusal_has_the_words_of_the_app(self, socket_io: Door):
        with socket_io.session() as client:
            client.send("40/closed")
            assert client.packet() == '44/closed,{"message":"not you"}'

    def test_an_event_before_the_connection_is_ignored(self, socket_io: Door):
        with socket_io.session() as client:
            client.send('42["message","too early"]', "40")
            assert {client.packet()[:2], client.packet()[:2]} == {"40", "42"}
            client.send('42["message","in time"]')
            assert client.packet() == '42["message-back","in time"]'


class TestDisconnect:
    def test_leaving_the_main_namespace_keeps_the_session(self, socket_io: Door):
        with socket_io.connected() as client:
            client.send("41", '42["message","gone"]', "40")
            assert {client.packet()[:2], client.packet()[:2]} == {"40", "42"}
            client.send('42["message","back"]')
            assert client.packet() == '42["message-back","back"]'

    def test_leaving_another_namespace_keeps_the_main_one(self, socket_io: Door):
        with socket_io.connected() as client:
            client.send("40/custom,")
            assert {client.packet()[:4], client.packet()[:4]} == {"40/c", "42/c"}
            client.send("41/custom,", '42["message","still here"]')
            assert client.packet() == '42["message-back","still here"]'


class TestEvents:
    def test_an_event_keeps_its_arguments(self, socket_io: Door):
        with socket_io.connected() as client:
            client.send('42["message",1,"2",{"3":[true,null,"€🎉"]}]')
            packet = client.packet()
            assert json.loads(packet[2:]) == ["message-back", 1, "2", {"3": [True, None, "€🎉"]}]

    def test_an_event_that_nobody_handles_is_ignored(self, socket_io: Door):
        with socket_io.connected() as client:
            client.send('42["unknown"]', '42["message"]')
            assert client.packet() == '42["message-back"]'

    def test_an_event_can_be_acknowledged(self, socket_io: Door):
        with socket_io.connected() as client:
            client.send('42456["message-with-ack",1,"2",{"3":[false]}]')
            assert client.packet() == '43456[1,"2",{"3":[false]}]'

    def test_the_server_hears_an_acknowledgement(self, socket_io: Door):
        with socket_io.connected() as client:
            client.send('42["ask","who?"]')
            assert client.packet() == '421["question","who?"]'
            client.send('431["Ada",1815]')
            assert client.packet() == '42["answered","Ada",1815]'

    def test_binary_data_follows_its_event(self, socket_io: Door):
        with socket_io.connected() as client:
            client.send(f'452-["message",{PLACEHOLDERS}]', b"\x01\x02\x03", b"\x04\x05\x06")
            assert client.packet() == f'452-["message-back",{PLACEHOLDERS}]'
            assert [client.packet(), client.packet()] == [b"\x01\x02\x03", b"\x04\x05\x06"]

    def test_binary_data_can_be_acknowledged(self, socket_io: Door):
        with socket_io.connected() as client:
            client.send(f'452-789["message-with-ack",{PLACEHOLDERS}]', b"\x01", b"\x02")
            assert client.packet() == f"462-789[{PLACEHOLDERS}]"
            assert [client.packet(), client.packet()] == [b"\x01", b"\x02"]

    def test_events_travel_by_polling_too(self, socket_io: Door):
        client = socket_io.polling()
        client.post("40")
        assert {packet[:2] for packet in client.packets(2)} == {"40", "42"}
        client.post('451-["message",{"_placeholder":true,"num":0}]', "bAQID")
        assert client.packets(2) == [
            '451-["message-back",{"_placeholder":true,"num":0}]',
            "bAQID",
        ]


class TestMalformed:
    @differs("python-engineio logs what python-socketio raises, and goes on")
    @pytest.mark.parametrize("packet", ["4abc", "42{}", '42abc["message"]', "4", "49"])
    def test_a_malformed_packet_closes_the_websocket(self, socket_io: Door, packet: str):
        with socket_io.connected() as client:
            client.send(packet, '42["message","marker"]')
            client.until_closed(without='42["message-back","marker"]')
