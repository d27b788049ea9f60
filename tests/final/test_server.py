"""The WSGI server of final/, in this process: it stops as soon as no client needs it."""

import socket
from types import SimpleNamespace

import gevent
import gevent.socket
import pytest
from gevent.event import Event

from final.server.wsgi import GRACEFUL_TIMEOUT, LAST_REQUESTS, Server
from tools import people

A_WHILE = 1.5  # seconds: longer than gevent's server waits by default


class App:
    """Answers "hello". It waits for `may_go_on` first at /slow, and after "hel" at /halves."""

    def __init__(self):
        self.asked = {}
        self.waits, self.may_go_on = Event(), Event()
        self.extensions = {"background": SimpleNamespace(start=lambda: None, stop=lambda: None)}

    def __call__(self, environ, start_response):
        self.asked = environ
        if environ["PATH_INFO"] == "/slow":
            self.wait()
        start_response("200 OK", [("Content-Length", "5")])
        yield b"hel"
        if environ["PATH_INFO"] == "/halves":
            self.wait()
        yield b"lo"

    def wait(self) -> None:
        self.waits.set()
        self.may_go_on.wait()


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
def server(app: App):
    server = Server(("127.0.0.1", 0), app)
    server.start()
    yield server
    server.stop(timeout=0)


@pytest.fixture
def client(server: Server):
    """Yield a connection that the server hasn't accepted yet."""
    with socket.create_connection(server.address, timeout=30) as client:
        yield client


def ask(client: socket.socket, path: str = "/") -> None:
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: app\r\n\r\n".encode())


def ask_and_let_it_answer(client: socket.socket, server: Server) -> None:
    ask(client)
    while not any(connection.is_kept_alive for connection in server.connections):
        gevent.sleep(0.01)


def all_answers(client: socket.socket) -> str:
    with client.makefile("rb") as file:
        return file.read().decode()


def test_a_request_sent_before_its_connection_is_accepted_is_answered(
    server: Server, client: socket.socket
):
    ask(client)
    server.stop()
    answer = all_answers(client)
    assert answer.startswith("HTTP/1.1 200 OK")
    assert "\r\nConnection: close\r\n" in answer


def test_a_request_sent_while_the_server_closes_is_answered(server: Server, client: socket.socket):
    ask_and_let_it_answer(client, server)
    ask(client)
    server.stop()
    answers = all_answers(client)
    assert answers.count("HTTP/1.1 200 OK") == 2
    assert answers.count("\r\nConnection: close\r\n") == 1


def test_an_idle_connection_is_closed_immediately(server: Server, client: socket.socket):
    ask_and_let_it_answer(client, server)
    server.close()
    server.pool.join(LAST_REQUESTS / 2)
    assert not server.connections
    assert all_answers(client).count("HTTP/1.1 200 OK") == 1


def test_a_connection_with_a_response_in_progress_is_closed_after_it(server, client, app: App):
    ask(client, "/halves")
    app.waits.wait(people.patience)
    server.close_waiting = lambda: None  # as if it had already run before
    server.close()
    app.may_go_on.set()
    server.pool.join(people.patience)
    assert not server.connections
    assert all_answers(client).endswith("hello")


def test_what_takes_a_while_is_finished(server, client, app: App):
    ask(client, "/slow")
    gevent.spawn_later(A_WHILE, app.may_go_on.set)
    server.stop()
    assert all_answers(client).endswith("hello")


def test_what_is_never_finished_is_given_up(server, client, app: App):
    ask(client, "/slow")
    server.stop(timeout=0.1)
    assert not server.connections
    assert "200 OK" not in all_answers(client)


def test_half_a_head_does_not_hold_up_the_end(server: Server, client: socket.socket):
    client.sendall(b"GET / HTTP/1.1\r\nHo")
    while not server.connections or not all(each.is_waiting for each in server.connections):
        gevent.sleep(0.01)
    with gevent.Timeout(GRACEFUL_TIMEOUT / 2):
        server.stop()
    assert not server.connections


def test_websockets_get_the_socket_of_gevent_itself(server, client, app: App):
    ask_and_let_it_answer(client, server)
    assert type(app.asked["werkzeug.socket"]) is gevent.socket.socket  # a wrapper costs time
