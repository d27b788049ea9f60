"""The shared session from inside: each app from step 02 on, with a few probes added."""

import contextlib
import sys
import threading
from collections.abc import Iterator

import pytest
import socketio

from tests.final.guarantees.probed import running_with
from tools.people import Person, Socket, eventually, polling_address
from tools.servers import ROOT, App, Server, our_apps

APPS = [app for app in our_apps() if app.step >= 2]


class ProbedStep(Server):
    """A step that runs with probes."""

    def command(self) -> list[str]:
        flask = [sys.executable, "-m", "flask", "--app", "tests.probes.step"]
        return [*flask, "run", "--port", str(self.port)]


@contextlib.contextmanager
def running_step(app: App, *probes: str, **settings: str) -> Iterator[Server]:
    """Run a step with these probes."""
    settings |= {"PROBED_STEP": str(app.folder), "PROBES": " ".join(probes)}
    server = ProbedStep(app, PYTHONPATH=str(ROOT), **settings)
    try:
        server.start()
        yield server
    finally:
        server.close()


@contextlib.contextmanager
def probed(app: App) -> Iterator[Server]:
    if app.folder == ROOT / "final":
        with running_with("final_shared_session", **dict(app.settings)) as server:
            yield server
        return
    with running_step(app, "shared_session") as server:
        yield server


@pytest.fixture(scope="module", params=APPS, ids=lambda app: app.name)
def server(request) -> Iterator[Server]:
    """An app with the probes, running."""
    with probed(request.param) as server:
        yield server


@pytest.fixture
def socket(ada: Person):
    socket = Socket(ada)
    socket.wait_for("profile")
    yield socket
    socket.close()


def test_within_a_request_it_is_the_same_object(ada: Person):
    assert ada.get("/probe/same").json() == {"same": True}


def test_within_a_handshake_it_is_the_same_object(socket: Socket):
    assert socket.call("same_handshake") == {"same": True}


def test_what_one_door_changes_the_other_one_sees(ada: Person, socket: Socket):
    """G1, in both directions. The second time, the route changes something inside a value."""
    for _ in range(2):
        ada.post("/probe/set")
        assert socket.call("session")["data"]["probe"] == {"by": "route"}
        socket.call("set_by_event")
        assert ada.get("/session").json()["data"]["probe"] == {"by": "event"}


def test_a_handler_that_raises_is_answered_with_an_error(server: Server, socket: Socket):
    answer = socket.call("fails")
    assert set(answer) == {"error"}
    assert "on purpose" not in answer["error"]
    assert eventually(lambda: "RuntimeError: on purpose" in server.printed)
    assert "data" in socket.call("session"), "the socket still works"


def test_a_slow_request_does_not_bring_a_session_back(server: Server, ada: Person):
    """The request loads the session before the logout, and saves it afterwards."""
    stale = ada.with_old_cookie()
    slow = threading.Thread(target=lambda: stale.post("/probe/slow"))
    begun = server.printed.count("slow has begun")
    slow.start()
    assert eventually(lambda: server.printed.count("slow has begun") > begun)
    ada.log_out()
    ada.post("/probe/release")
    slow.join()
    assert stale.cookie, "the answer to a request of an ended session sets no cookie"
    assert stale.get("/session").status_code == 401


@pytest.mark.parametrize("server", APPS[1:], ids=lambda app: app.name, indirect=True)
def test_the_last_count_that_is_told_is_right(server: Server, ada: Person):
    """G20, even if the threads that serve two sockets overtake each other."""
    ada.post("/probe/hold")
    sockets: list[Socket] = []
    threads = [threading.Thread(target=lambda: sockets.append(Socket(ada))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    last_told = [eventually(lambda s=s: s.all("sockets")[-1:] == [{"count": 2}]) for s in sockets]
    for socket in sockets:
        socket.close()
    assert last_told == [True, True]


@pytest.mark.parametrize("server", APPS[1:], ids=lambda app: app.name, indirect=True)
def test_a_socket_that_has_died_is_counted_no_more(server: Server, ada: Person, socket: Socket):
    """The server notices a dead socket when it emits the count to it."""
    ada.post("/probe/deaf")
    for _ in range(2):
        another = Socket(ada)
        assert eventually(lambda s=another: s.all("sockets")[-1:] == [{"count": 1}])
        another.close()


@pytest.mark.parametrize("server", APPS[1:], ids=lambda app: app.name, indirect=True)
def test_a_socket_that_connects_during_the_log_out_is_refused(server: Server, ada: Person):
    ada.post("/probe/hold/profile")
    stale = ada.with_old_cookie()
    refused: list[Exception] = []

    def connect() -> None:
        try:
            Socket(stale)
        except socketio.exceptions.ConnectionError as error:
            refused.append(error)

    connecting = threading.Thread(target=connect)
    connecting.start()
    assert eventually(lambda: "a profile is held" in server.printed)
    ada.log_out()
    ada.post("/probe/let-go")
    connecting.join()
    assert refused
    ada.log_in()
    assert ada.post("/wave").json() == {"sockets": 0}


@pytest.mark.parametrize("server", APPS[1:], ids=lambda app: app.name, indirect=True)
def test_a_client_that_leaves_while_it_connects_is_not_counted(server: Server, ada: Person):
    address, twin = polling_address(ada), ada.with_old_cookie()
    connecting = threading.Thread(target=lambda: twin.http.post(address, "40", timeout=30))
    ada.post("/probe/hold/profile")
    times = server.printed.count("a profile is held")
    connecting.start()
    assert eventually(lambda: server.printed.count("a profile is held") > times)
    ada.http.post(address, "1", timeout=30)  # the client closes the connection
    ada.post("/probe/let-go")
    connecting.join()
    assert ada.post("/wave").json() == {"sockets": 0}


@pytest.mark.parametrize("server", APPS[1:], ids=lambda app: app.name, indirect=True)
def test_a_session_has_ended_before_its_sockets_are_closed(server: Server, ada: Person, socket):
    """Otherwise, a page that loads in between would connect, and stay connected."""
    ada.post("/probe/hold/disconnect")
    stale = ada.with_old_cookie()
    logging_out = threading.Thread(target=ada.log_out)
    logging_out.start()
    assert eventually(lambda: "a disconnect is held" in server.printed)
    with pytest.raises(socketio.exceptions.ConnectionError):
        Socket(stale)
    stale.post("/probe/let-go")
    logging_out.join()
    assert socket.wait_until_closed(10)
