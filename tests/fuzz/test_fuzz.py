"""Odd inputs (G16) cause no 5xx, no traceback and no leftover socket, and disturb no other user."""

import itertools
import json
import secrets
from collections.abc import Callable, Iterator

import hypothesis
import pytest
from hypothesis import strategies as st

from tests.fuzz import inputs, raw
from tests.fuzz.watch import ServerOfFinal, Watch, usage
from tools.servers import our_apps

# One user sends all inputs, and the server should process each, not only refuse it.
UNLIMITED = {"POSTS_PER_SECOND": "100000", "COMMENTS_PER_HOUR": "1000000"}
USUAL = 20_000  # inputs
BATCH = 50  # inputs between two checks of the witness
PARTS = 4  # tests that share the inputs, each with a server of its own
# How much more a server may use at the end than after three fifths of its inputs. Its memory grows
# with the stored sessions and comments, because the embedded database keeps them there. But a
# leaked socket takes four times as much memory as an input is allowed.
TOLERANCE = {"kB": 7_000, "kB an input": 1, "threads": 1, "files": 3}


@pytest.fixture
def watch() -> Iterator[Watch]:
    server = ServerOfFinal(our_apps()[-1], DEMO="0", **UNLIMITED)
    try:
        server.start()
        watch = Watch(server)
        yield watch
        watch.close()
    finally:
        server.close()


def fuzz(
    watch: Watch, config, one: st.SearchStrategy, attack: Callable[[list], None], part: int = 0
) -> None:
    """Draw inputs, attack with a batch of them at a time, and check that nobody notices."""
    asked, seed = config.option.fuzz_inputs, config.option.fuzz_seed
    if seed is None:
        seed = secrets.randbits(32) if asked else 0
    batches = (asked or USUAL) // PARTS // BATCH
    done = itertools.count(1)
    print(f"again: --fuzz-inputs {asked or USUAL} --fuzz-seed {seed}")

    @hypothesis.seed(seed + part)
    @hypothesis.settings(
        max_examples=batches,
        deadline=None,
        database=None,
        phases=[hypothesis.Phase.generate],
    )
    @hypothesis.given(st.lists(one, min_size=BATCH, max_size=BATCH))
    def attack_and_look(batch):
        try:
            attack(batch)
            watch.look()
        except AssertionError:
            for each in batch:  # to find out if a single input is enough
                attack([each])
                watch.look()
            raise
        if next(done) == max(1, batches * 3 // 5):
            watch.warmed_up()

    attack_and_look()
    watch.finish()
    assert next(done) > batches, "fewer inputs were tried than requested"
    more = {name: n - watch.warm[name] for name, n in usage(watch.server).items()}
    print(f"held more at the end than after three fifths: {more}")
    allowed = TOLERANCE | {"kB": TOLERANCE["kB"] + TOLERANCE["kB an input"] * batches * BATCH}
    assert {name: n for name, n in more.items() if n > allowed[name]} == {}


@pytest.mark.parametrize("part", [0, 1])
def test_requests(watch: Watch, request, part):
    port, cookie = watch.server.port, watch.fuzzer.cookie
    sound = inputs.sound_requests(cookie).map(lambda data: (True, data))
    broken = inputs.broken_requests(cookie).map(lambda data: (False, data))

    def attack(batch: list[tuple[bool, bytes]]) -> None:
        together = [data for is_sound, data in batch if is_sound]
        answers = raw.codes(raw.exchange(port, together))
        assert len(answers) == len(together), (answers, together)
        for is_sound, data in batch:
            if not is_sound:
                answers += raw.codes(raw.exchange(port, [data]))
        assert max(answers, default=0) < 500, (answers, batch)

    fuzz(watch, request.config, st.one_of(*[sound] * 3, broken), attack, part)


def test_frames_over_websockets(watch: Watch, request):
    port, cookie = watch.server.port, [f"Cookie: sid={watch.fuzzer.cookie}"]
    target = "/socket.io/?EIO=4&transport=websocket"
    sound = st.tuples(
        st.just(inputs.HANDSHAKE), st.booleans(), st.lists(inputs.frames(), min_size=1, max_size=3)
    )
    odd = st.tuples(inputs.handshakes, st.just(True), st.lists(inputs.frames(), max_size=1))

    def attack(batch: list) -> None:
        connections = [raw.Connection(port) for _ in batch]
        for connection, (handshake, _, _) in zip(connections, batch, strict=True):
            connection.send(raw.request("GET", target, handshake + cookie))
        for connection, (handshake, connects, frames) in zip(connections, batch, strict=True):
            [code] = raw.codes(connection.head())
            assert code in {101, 400}, handshake
            if code == 101:
                connect = raw.websocket_frame(b"40") if connects else b""
                connection.send(connect + b"".join(frames))
        for connection in connections:
            connection.rest()

    fuzz(watch, request.config, st.one_of(*[sound] * 9, odd), attack)


def test_frames_over_polling(watch: Watch, request):
    port, cookie = watch.server.port, [f"Cookie: sid={watch.fuzzer.cookie}"]
    target = "/socket.io/?EIO=4&transport=polling"

    def attack(batch: list[bytes]) -> None:
        answers = raw.exchange(port, [raw.request("GET", target, cookie)] * len(batch))
        sids = [json.loads(part)["sid"] for part in opened(answers)]
        assert len(sids) == len(batch)
        requests = [
            raw.request("POST", f"{target}&sid={sid}", cookie, body)
            for sid, payload in zip(sids, batch, strict=True)
            for body in (b"40", payload, b"1")
        ]
        codes = raw.codes(raw.exchange(port, requests))
        assert len(codes) == len(requests)
        assert set(codes) <= {200, 400}

    fuzz(watch, request.config, inputs.payloads(), attack)


def opened(answers: bytes) -> list[bytes]:
    """Return the beginnings of the Engine.IO handshakes in these answers: {"sid": …} each."""
    return [b'{"sid"' + part.split(b"}")[0] + b"}" for part in answers.split(b'0{"sid"')[1:]]
