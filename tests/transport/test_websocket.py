"""WebSocket frames, sound ones and others: the kinds of cases that implementations get wrong."""

import pytest

from .conftest import MAX_SIZE, Server, eventually
from .frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    Frame,
    RawWebSocket,
    close_frame,
    frame,
)

# Messages.


@pytest.mark.parametrize("size", [0, 1, 124, 125, 126, 127, 128, 4095, 4096, MAX_SIZE - 1])
def test_text_of_any_length(ws: RawWebSocket, size: int):
    ws.send("4" + "x" * size)
    assert ws.next().text == "4" + "x" * size


def test_text_longer_than_two_bytes_can_say(server: Server, ws: RawWebSocket):
    server.show("send", ws.sid, 1, 70_000)
    assert ws.next().text == "40:" + "x" * 69_998


@pytest.mark.parametrize("data", [b"", b"\0", bytes(range(256)), b"x" * MAX_SIZE])
def test_binary_data_is_unchanged(ws: RawWebSocket, data: bytes):
    ws.send(frame(data, BINARY))
    assert (answer := ws.next()).opcode == BINARY
    assert answer.payload == data


@pytest.mark.parametrize("text", ["Größe", "☃", "𝄞", "\0", "\ufffe", "e\u0301"])
def test_letters_of_all_alphabets(ws: RawWebSocket, text: str):
    ws.send("4" + text)
    assert ws.next().text == "4" + text


def test_letters_cut_anywhere(ws: RawWebSocket):
    data = "4Größe ☃ 𝄞".encode()
    parts = [frame(data[:1], TEXT, fin=False)]
    parts += [frame(data[i : i + 1], CONTINUATION, fin=False) for i in range(1, len(data))]
    ws.send(*parts, frame(b"", CONTINUATION))
    assert ws.next().payload == data


def test_frames_cut_anywhere(ws: RawWebSocket):
    for byte in frame("4hello") + frame(b"\1\2", BINARY):
        ws.send(bytes([byte]))
    assert [ws.next().payload, ws.next().payload] == [b"4hello", b"\1\2"]


def test_many_messages_in_one_piece(ws: RawWebSocket):
    ws.send(*[f"4{number}" for number in range(500)])
    assert [ws.next().text for _ in range(500)] == [f"4{number}" for number in range(500)]


def test_parts_with_nothing_in_them(ws: RawWebSocket):
    empty = frame(b"", CONTINUATION, fin=False)
    ws.send(frame("4he", fin=False), *[empty] * 1000, frame("llo", CONTINUATION))
    assert ws.next().text == "4hello"


def test_all_answers_to_one_message_come_in_order(ws: RawWebSocket):
    ws.send("4!three")
    assert [ws.next().text for _ in range(3)] == ["40", "41", "42"]


def test_answers_do_not_wait_for_a_handler_that_takes_long(server: Server, ws: RawWebSocket):
    ws.send("4!blocks")
    assert [ws.next().text for _ in range(3)] == ["40", "41", "42"]
    server.show("release")
    ws.send("4hello")
    while ws.next().text != "4hello":
        pass


# Control frames.


@pytest.mark.parametrize("payload", [b"", b"hello", bytes(125)])
def test_a_ping_is_answered_with_the_same(ws: RawWebSocket, payload: bytes):
    ws.send(frame(payload, PING))
    assert ws.next() == Frame(PONG, payload)


def test_pings_are_answered_in_order(ws: RawWebSocket):
    ws.send(*[frame(str(number), PING) for number in range(100)])
    assert [ws.next().text for _ in range(100)] == [str(number) for number in range(100)]


def test_a_ping_between_parts_is_answered_at_once(ws: RawWebSocket):
    ws.send(frame("4he", fin=False), frame("now", PING))
    assert ws.next() == Frame(PONG, b"now")
    ws.send(frame("llo", CONTINUATION))
    assert ws.next().text == "4hello"


def test_a_pong_is_nothing(ws: RawWebSocket):
    ws.send(frame("", PONG), frame("unasked", PONG), frame("4he", fin=False), frame("", PONG))
    ws.send(frame("llo", CONTINUATION))
    assert ws.next().text == "4hello"


# Closing.


@pytest.mark.parametrize("code", [1000, 1001, 1002, 1003, 1007, 1011, 3000, 3999, 4000, 4999])
def test_a_close_is_answered_with_the_same_code(server: Server, ws: RawWebSocket, code: int):
    before = len(server.log)
    ws.send(close_frame(code, "Tschüß".encode()))
    [end] = ws.rest()
    assert (end.opcode, end.code) == (CLOSE, code)
    assert eventually(lambda: server.ends(ws.sid) == ["transport close"])
    assert server.log[before:] == []


def test_a_close_without_a_code_is_answered(ws: RawWebSocket):
    ws.send(frame(b"", CLOSE))
    assert [end.opcode for end in ws.rest()] == [CLOSE]


def test_nothing_after_a_close_is_heard(ws: RawWebSocket):
    ws.send(close_frame(1000), "4hello", frame("", PING), b"\xff" * 100)
    assert [end.opcode for end in ws.rest()] == [CLOSE]


# What breaks the protocol, and the code that the server closes with.

WRONG_CODES = [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535]
BROKEN: dict[str, tuple[int, list[bytes]]] = {
    **{f"reserved bits {bits:03b}": (1002, [frame("4a", reserved=bits)]) for bits in range(1, 8)},
    "a reserved bit in a ping": (1002, [frame("", PING, reserved=4)]),
    **{f"opcode {code}": (1002, [frame("", code)]) for code in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]},
    "not masked": (1002, [frame("4a", masked=False)]),
    "a ping that isn't masked": (1002, [frame("", PING, masked=False)]),
    "a length in two bytes": (1002, [frame("4a", length=b"\x7e\0\2")]),
    "a length in eight bytes": (1002, [frame("4a", length=b"\x7f" + bytes(7) + b"\2")]),
    "a negative length": (1002, [frame("4a", length=b"\x7f\x80" + bytes(6) + b"\2")]),
    "a long ping": (1002, [frame(bytes(126), PING)]),
    "a long close": (1002, [frame(b"\x03\xe8" + b"x" * 124, CLOSE)]),
    "a ping in parts": (1002, [frame("a", PING, fin=False)]),
    "a close in parts": (1002, [frame(b"\x03", CLOSE, fin=False)]),
    "a part of nothing": (1002, [frame("4a", CONTINUATION)]),
    "a part of nothing that goes on": (1002, [frame("4a", CONTINUATION, fin=False)]),
    "a message within a message": (1002, [frame("4a", fin=False), frame("4b")]),
    "binary data within text": (1002, [frame("4a", fin=False), frame("b", BINARY)]),
    "not UTF-8": (1007, [frame(b"4\xff")]),
    "half a letter": (1007, [frame(b"4\xe2\x98")]),
    "half a letter at the end": (1007, [frame(b"4\xe2", fin=False), frame(b"\x98", CONTINUATION)]),
    "a letter in too many bytes": (1007, [frame(b"4\xc0\xaf")]),
    "a surrogate": (1007, [frame(b"4\xed\xa0\x80")]),
    "beyond Unicode": (1007, [frame(b"4\xf4\x90\x80\x80")]),
    "not UTF-8 in the first part": (1007, [frame(b"4\xff", fin=False)]),
    "half a code": (1002, [frame(b"\x03", CLOSE)]),
    "a reason that isn't UTF-8": (1007, [close_frame(1000, b"\xff")]),
    **{f"code {code}": (1002, [close_frame(code)]) for code in WRONG_CODES},
    "too long": (1009, [frame("4" + "x" * MAX_SIZE)]),
    "too long in bytes": (1009, [frame("4" + "☃" * (MAX_SIZE // 3 + 1))]),
    "too long in parts": (1009, [frame("4", fin=False), *[frame("x" * 999, 0, fin=False)] * 21]),
    "binary data that is too long": (1009, [frame(bytes(MAX_SIZE + 1), BINARY)]),
    "a length without an end": (1009, [frame("4" * 30_000, length=b"\x7f" + b"\x7f" * 8)]),
}


@pytest.mark.parametrize(("code", "frames"), BROKEN.values(), ids=BROKEN)
def test_a_broken_frame_closes_its_websocket_and_no_other(
    server: Server, ws: RawWebSocket, code: int, frames: list[bytes]
):
    other, before = server.websocket(), len(server.log)
    ws.send("4first")
    assert ws.next().text == "4first"
    ws.send(*frames)
    [end] = ws.rest()
    assert (end.opcode, end.code) == (CLOSE, code)
    other.send("4hello")
    assert other.next().text == "4hello"
    other.close()
    assert eventually(lambda: server.ends(ws.sid) == ["transport error"])
    assert eventually(lambda: len(server.log) > before)
    [line] = server.log[before:]
    assert line.startswith("WARNING final.transport.connection a connection is closed: malformed")


@pytest.mark.parametrize(
    "packet", ["", "abc", "0{}", "2", "2probe", "5", "6", "9", "3x", "1x", "٤a"]
)
def test_a_packet_that_clients_do_not_send_closes_the_websocket(
    server: Server, ws: RawWebSocket, packet: str
):
    ws.send(packet, "4hello")
    *packets, end = ws.rest()
    assert [each.text for each in packets] == ["1"]
    assert (end.opcode, end.code) == (CLOSE, 1000)
    assert eventually(lambda: server.ends(ws.sid) == ["transport error"])


def test_an_error_in_a_handler_is_logged_and_the_connection_stays(server: Server, ws: RawWebSocket):
    before = len(server.log)
    ws.send("4!fail", "4hello")
    assert ws.next().text == "4hello"
    assert eventually(lambda: "RuntimeError: on purpose" in server.log[before:])
