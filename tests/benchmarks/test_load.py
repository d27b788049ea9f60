"""The load of the benchmarks measures a server that works correctly, and no other."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.contenders import BARE_FLASK, CEILING, CONTENDERS, Contender, Running
from benchmarks.load import wire
from benchmarks.load.__main__ import SIZES, named
from tools.folders import ROOT

[CEILING_ALONE] = [one for one in CONTENDERS if one.name == CEILING]
[BARE_FLASK_ALONE] = [one for one in CONTENDERS if one.name == BARE_FLASK]
FRIENDS = "last_friend:10"
PROFILE_OF_PERSON = b'42["profile",{"firstName":"Person","lastName":"0"}]'


@pytest.fixture(scope="module")
def ceiling() -> Iterator[Running]:
    running = Running(CEILING_ALONE, core=None)
    running.start()
    yield running
    running.close()


@pytest.fixture
def faulty(request) -> Iterator[Running]:
    """Run the ceiling with the fault that is the parameter of the test."""
    command = (sys.executable, "-m", "tests.benchmarks.faulty", request.param)
    running = Running(Contender("faulty", command), core=None)
    running.start()
    yield running
    running.close()


def put_load_on(running: Running, *words: str) -> tuple[int, list[dict]]:
    """Run the load on a server. Return its exit code, and the lines of its output."""
    load = [sys.executable, "-m", "benchmarks.load", *words, "--url", running.url, "--quick"]
    done = subprocess.run(load, cwd=ROOT, capture_output=True, text=True)
    assert done.stderr == ""
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_what_it_measures(ceiling):
    words = ["handshakes", "dashboard", "session", "last_friend:10", "sustained"]
    words += ["strangers:500", "latency"]
    code, lines = put_load_on(ceiling, *words)
    assert code == 0, lines
    assert [line.pop("measure") for line in lines] == [
        "handshakes",
        "dashboard",
        "session",
        "last_friend:10",
        "sustained:100",
        "sustained:500",
        "strangers:500",
        "latency",
    ]
    assert all(number > 0 for line in lines for number in line.values()), lines


def test_pages_of_a_server_without_sockets():
    running = Running(BARE_FLASK_ALONE, core=None, PAGE_BYTES="1234")
    running.start()
    try:
        code, lines = put_load_on(running, "dashboard", "session", "--no-sockets")
        assert code == 0, lines
        assert [line["measure"] for line in lines] == ["dashboard", "session"]
        assert lines[0]["bytes"] == 1234
        assert all(line["per_second"] > 0 for line in lines)
    finally:
        running.close()


@pytest.mark.parametrize(
    "packets",
    [[b'40{"sid":"0"}', PROFILE_OF_PERSON], [PROFILE_OF_PERSON, b'40{"sid":"0"}']],
    ids=["accepted first", "profile first"],
)
def test_a_socket_is_open_when_it_is_accepted_and_has_its_profile(packets: list[bytes]):
    """Before that, some servers don't know the socket yet, so they would lose a comment."""

    async def open_one() -> list[bool]:
        socket, is_open = wire.Socket(b"127.0.0.1", "cookie"), []
        for packet in packets:
            socket.heard(packet)
            is_open.append(socket.is_connected.done())
        return is_open

    with ThreadPoolExecutor(1) as threads:  # this thread may have a loop, left by Playwright
        assert threads.submit(lambda: asyncio.run(open_one())).result() == [False, True]


if sys.platform == "linux":

    def test_what_it_measures_of_the_process(ceiling):
        pid = str(ceiling.process.pid)
        code, lines = put_load_on(ceiling, "memory", "held", FRIENDS, "friends:10", "--pid", pid)
        assert code == 0, lines
        memory, held, friends, cost = lines
        assert memory["sockets"] == 300
        assert (held["sockets"], held["dropped"]) == (500, 0)
        assert friends["server"] > 0
        assert cost["cpu_ms"] > 0


def test_what_it_measures_if_nothing_is_named():
    measures = [name for name, _ in named([*SIZES])]
    assert len(measures) == len({*named([*SIZES])})
    assert {*measures} == {*SIZES}


@pytest.mark.parametrize(
    ("faulty", "measure", "said"),
    [
        ("loses", FRIENDS, "comment 0 is not with 1 of 10 friends after 1.0 seconds"),
        ("loses", "sustained:10", "is not with 1 of 10 friends"),
        ("loses", "latency", "is not with 1 of 10 friends"),
        ("doubles", FRIENDS, "have come twice to a friend"),
        ("tells_everybody", "strangers:500", "comments have come that were for somebody else"),
        ("hangs_up", FRIENDS, "1 of 10 sockets are lost"),
        ("fails", FRIENDS, "a comment is answered with 500"),
        ("fails", "sustained:10", "a comment is answered with 500"),
        ("fails", "dashboard", "/dashboard is answered with 500"),
        ("says_nothing", FRIENDS, "POST /comments is not answered within 1.0 seconds"),
        ("lets_nobody_in", "handshakes", "person 0 cannot log in: 401"),
        ("knows_nobody", "handshakes", "the server closes a socket: b'44"),
        ("mistakes", "handshakes", "somebody else's profile has come"),
        ("is_silent", "handshakes", "a handshake takes more than 1.0 seconds"),
    ],
    indirect=["faulty"],
)
def test_a_server_with_a_fault_gets_no_number(faulty, measure, said):
    code, [line] = put_load_on(faulty, measure, "--patience", "1")
    assert code == 1
    assert line == {"measure": measure, "fault": line["fault"]}
    assert said in line["fault"]


def test_after_a_fault_it_goes_on_with_the_next_measure(ceiling):
    code, lines = put_load_on(ceiling, "friends:11", "last_friend:10")
    assert code == 1
    assert ["fault" in line for line in lines] == [True, False]


def test_a_server_that_is_not_there(ceiling):
    gone = Running(CEILING_ALONE, core=None)
    code, [line] = put_load_on(gone, "handshakes")
    assert (code, f"{gone.port} cannot be reached" in line["fault"]) == (1, True)
