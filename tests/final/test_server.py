"""What serves final/, alone and in this process: it goes on only while it is waited for."""

import socket
from types import SimpleNamespace

import gevent
import pytest
from gevent.event import Event

from final.server import Server


@pytest.fixture
def never():
    """What /never waits for."""
    return Event()


@pytest.fixture
def server(never: Event):
    """The server, of an app that says hello."""

    def app(environ, start_response):
        if environ["PATH_INFO"] == "/never":
            never.wait()
        start_response("200 OK", [("Content-Length", "5")])
        return [b"hello"]

    app.extensions = {"sockets": SimpleNamespace(let_go=lambda: None)}
    server = Server(("127.0.0.1", 0), app)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def client(server: Server):
    """A connection that the server does not know of yet."""
    with socket.create_connection(server.address, timeout=30) as client:
        yield client


def ask(client: socket.socket, path: str = "/") -> None:
    client.sendall(f"GET {path} HTTP/1.1\r\nHost: app\r\n\r\n".encode())


def ask_and_let_it_answer(client: socket.socket, server: Server) -> None:
    ask(client)
    while not any(connection.is_kept for connection in server.connections):
        gevent.sleep(0.01)


def all_answers(client: socket.socket) -> str:
    with client.makefile("rb") as file:
        return file.read().decode()


def test_who_has_asked_before_it_is_accepted_is_answered(server: Server, client: socket.socket):
    ask(client)
    server.stop()
    answer = all_answers(client)
    assert answer.startswith("HTTP/1.1 200 OK")
    assert "\r\nConnection: close\r\n" in answer


def test_who_asks_again_as_it_closes_is_answered(server: Server, client: socket.socket):
    ask_and_let_it_answer(client, server)
    ask(client)
    server.stop()
    answers = all_answers(client)
    assert answers.count("HTTP/1.1 200 OK") == 2
    assert answers.count("\r\nConnection: close\r\n") == 1


def test_who_asks_no_more_is_let_go_at_once(server: Server, client: socket.socket):
    ask_and_let_it_answer(client, server)
    server.close()
    while server.connections:
        gevent.sleep(0)
    assert all_answers(client).count("HTTP/1.1 200 OK") == 1


def test_what_is_never_finished_is_given_up(server: Server, client: socket.socket, never: Event):
    ask(client, "/never")
    server.stop(timeout=0.1)
    assert not server.connections
    assert "200 OK" not in all_answers(client)
