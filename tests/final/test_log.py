"""Log lines name the user and the session, but contain no secrets and nothing that people wrote."""

import re

from tools.people import PASSWORD, Person, Socket, eventually
from tools.servers import Server


def test_a_line_says_which_user_and_which_session(server: Server, ada: Person):
    ada.get("/dashboard")
    shown = ada.get("/session").json()
    socket = Socket(ada)
    socket.wait_for("profile")
    socket.close()
    who = f" user={shown['data']['_user_id']} session={shown['id']} "
    for door in "request", "socket":
        line = rf"^\S+T\S+ DEBUG{re.escape(who)}{door} session "
        assert eventually(lambda line=line: re.search(line, server.printed, re.M)), door


def test_no_line_holds_a_secret_or_what_somebody_wrote(server: Server, ada: Person):
    text = "only for friends to read"
    ada.get("/dashboard")
    for transport in "websocket", "polling":
        socket = Socket(ada, transport)
        socket.call("session")
        socket.close()
    ada.post("/comments", {"text": text})
    ada.log_in(password="a wrong password")
    ada.post("/account/password", {"password": PASSWORD, "new_password": "a new password"})
    cookies = [ada.cookie]
    ada.log_in(password="a new password")
    cookies.append(ada.cookie)
    ada.get("/dashboard")
    fingerprint = ada.get("/session").json()["id"]
    assert eventually(lambda: f"session={fingerprint}" in server.printed)
    ids = [cookie.partition(".")[0] for cookie in cookies]
    secrets = [*ids, PASSWORD, "a wrong password", "a new password", text]
    assert [secret for secret in secrets if secret in server.printed] == []
