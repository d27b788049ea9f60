"""HTTP long-polling: what's sent, what's received, and what's malformed."""

import socket

import pytest

from .conftest import MAX_SIZE, Polling, Server, eventually
from .frames import request


def test_a_message_is_answered_by_the_next_poll(polling: Polling):
    answer = polling.post("4hello")
    assert (answer.status_code, answer.text) == (200, "ok")
    assert polling.poll().text == "4hello"


def test_messages_come_together_and_in_order(polling: Polling):
    assert polling.post("4one\x1e4two\x1e4three").text == "ok"
    assert polling.poll().text == "4one\x1e4two\x1e4three"


@pytest.mark.parametrize("text", ["", "Größe ☃ 𝄞", "\0", '{"a": 1}', "42", "b"])
def test_text_is_unchanged(polling: Polling, text: str):
    polling.post(f"4{text}".encode())
    assert polling.poll().content.decode() == f"4{text}"


def test_binary_messages_are_base64(polling: Polling):
    assert polling.post("4hello\x1ebAQIDBA==\x1eb").text == "ok"
    assert polling.poll().text == "4hello\x1ebAQIDBA==\x1eb"


def test_a_poll_waits_for_packets(polling: Polling):
    held = polling.hold_poll()
    polling.post("4hello")
    assert held.answer() == (200, "4hello")


def test_an_answer_from_a_greenlet_reaches_a_waiting_poll(polling: Polling):
    held = polling.hold_poll()
    polling.post("4!later")
    assert held.answer() == (200, "4later")


def test_many_clients_poll_and_each_gets_its_own(server: Server):
    clients = [Polling(server) for _ in range(10)]
    held = [each.hold_poll() for each in clients]
    for number, each in enumerate(clients):
        each.post(f"4{number}")
    assert [each.answer()[1] for each in held] == [f"4{number}" for number in range(10)]


MALFORMED = {
    "nothing": b"",
    "no type": b"abc",
    "a type that there is not": b"9",
    "a digit from elsewhere": "٤hello".encode(),
    "what only a server sends": b"0{}",
    "a ping": b"2",
    "a probe": b"2probe",
    "an upgrade": b"5",
    "a noop": b"6",
    "more than a pong": b"3x",
    "more than a close": b"1x",
    "an empty packet": b"4a\x1e",
    "one of two": b"4a\x1ex",
    "not UTF-8": b"4\xff",
    "half a letter": b"4\xc3",
    "a surrogate": b"4\xed\xa0\x80",
    "half base64": b"bAQI",
    "not base64": b"b!!!!",
    "a form": b"d=4a",
    "17 packets": b"\x1e".join([b"4"] * 17),
    "too long": b"4" * (MAX_SIZE + 1),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_payload_closes_its_connection_and_no_other(server: Server, body: bytes):
    polling, other = Polling(server), Polling(server)
    before = len(server.log)
    answer = polling.post(body)
    assert answer.status_code == 400
    assert answer.text
    assert polling.poll().status_code == 400
    assert server.ends(polling.sid) == ["transport error"]
    other.post("4still here")
    assert other.poll().text == "4still here", "nothing was heard of the malformed one"
    assert eventually(lambda: len(server.log) > before)
    [line] = server.log[before:]
    assert line.startswith("WARNING final.transport.connection ")


def test_a_payload_may_be_as_long_as_the_handshake_says(polling: Polling):
    longest = "4" + "x" * (MAX_SIZE - 1)
    assert polling.post(longest).status_code == 200
    assert polling.poll().text == longest


def chunked(*chunks: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(each), each) for each in chunks) + b"0\r\n\r\n"


def post_raw(polling: Polling, headers: dict[str, str], body: bytes) -> bytes:
    """Post what `requests` wouldn't, and nothing after it; return all that comes back."""
    target = polling.address.removeprefix(polling.server.url)
    with socket.create_connection(("127.0.0.1", polling.server.port), timeout=10) as sock:
        sock.sendall(request("POST", target, {"Host": "test"} | headers, body))
        sock.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: sock.recv(65536), b""))


CHUNKED = {"Transfer-Encoding": "chunked"}


def test_a_payload_may_come_in_chunks(polling: Polling):
    body = chunked(b"4he", b"l", b"lo\x1e4", b"world")
    assert post_raw(polling, CHUNKED, body).startswith(b"HTTP/1.1 200 ")
    assert polling.poll().text == "4hello\x1e4world"


def test_chunks_may_not_be_longer_together(polling: Polling):
    body = chunked(*[b"4" * 1000] * (MAX_SIZE // 1000 + 1))
    assert post_raw(polling, CHUNKED, body).startswith(b"HTTP/1.1 400 ")
    assert polling.poll().status_code == 400


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Length": "9"}, b"4hello"),
        (CHUNKED, b"6\r\n4hel"),
        (CHUNKED, b"6\r\n4hello\r\n"),
        (CHUNKED, b"x\r\n4hello\r\n0\r\n\r\n"),
        (CHUNKED, b"1\r\n4hello\r\n0\r\n\r\n"),
    ],
)
def test_a_body_that_ends_too_early_is_refused_and_changes_nothing(
    polling: Polling, headers: dict, body: bytes
):
    before = len(polling.server.log)
    smuggled = (
        request("GET", "/happened/x", {"Host": "test"}) if body.endswith(b"\r\n\r\n") else b""
    )
    answers = post_raw(polling, headers, body + smuggled)
    assert answers.count(b"HTTP/1.1 400 ") == answers.count(b"HTTP/1.1 ") == 1
    polling.post("4hello")
    assert polling.poll().text == "4hello"
    assert not [line for line in polling.server.log[before:] if "final.transport" in line]


def test_a_post_can_not_be_upgraded(polling: Polling):
    headers = {"Content-Length": "6", "Upgrade": "websocket", "Connection": "Upgrade"}
    assert post_raw(polling, headers, b"4hello").startswith(b"HTTP/1.1 400 ")


# One request of each kind at a time (the protocol says so).


def test_a_second_poll_closes_the_connection(polling: Polling):
    held = polling.hold_poll()
    assert polling.poll().status_code == 400
    assert held.answer() == (200, "1")
    assert polling.post("4hello").status_code == 400
    assert polling.server.ends(polling.sid) == ["transport error"]


def test_a_second_post_closes_the_connection(polling: Polling):
    target = polling.address.removeprefix(polling.server.url)
    with socket.create_connection(("127.0.0.1", polling.server.port), timeout=10) as sock:
        sock.sendall(request("POST", target, {"Host": "test", "Content-Length": "6"}, b"4hel"))
        assert eventually(lambda: polling.post("4hello").status_code == 400)
    assert polling.poll().status_code == 400


def test_an_error_in_a_handler_is_logged_and_the_connection_stays(polling: Polling):
    before = len(polling.server.log)
    assert polling.post("4!fail\x1e4hello").status_code == 200
    assert polling.poll().text == "4hello"
    assert eventually(lambda: "RuntimeError: on purpose" in polling.server.log[before:])
    assert "the handler of 'message' failed" in polling.server.log[before]
