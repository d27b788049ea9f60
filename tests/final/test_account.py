"""Account changes show everywhere, and deleting an account removes all of its data."""

from pathlib import Path

import pytest
import requests

from tools.people import PASSWORD, Person, Socket
from tools.servers import App, running


@pytest.fixture
def grace(server) -> Person:
    person = Person(server.url, "Grace", "Hopper")
    person.sign_up()
    return person


def befriend(one: Person, other: Person) -> None:
    one.post("/friends", {"email": other.email})
    other.post("/friends", {"email": one.email})


def id_of(person: Person) -> str:
    return person.get("/session").json()["data"]["_user_id"]


def test_a_new_name_is_seen_in_all_tabs_and_by_friends(ada: Person, grace: Person):
    befriend(ada, grace)
    ada.post("/comments", {"text": "by whatever name"})
    tabs = [Socket(ada), Socket(ada, "polling")]
    ada.post("/account/name", {"first_name": "Augusta", "last_name": "King"})
    for tab in tabs:
        tab.wait_for("profile", lambda profile: profile["firstName"] == "Augusta")
        tab.close()
    for page in "/dashboard", "/friends", "/notifications", "/friends?q=augusta king":
        assert "Augusta King" in grace.get(page).text, page
        assert "Ada Lovelace" not in grace.get(page).text.partition("</header>")[2], page


def test_a_deleted_account_leaves_nothing_to_a_friend(ada: Person, grace: Person):
    befriend(ada, grace)
    post = grace.post("/comments", {"text": "by Grace"}).json()["id"]
    ada.post("/comments", {"text": "a reply by Ada", "post": post})
    its = ada.post("/comments", {"text": "a post by Ada"}).json()["id"]
    grace.post("/comments", {"text": "a reply to Ada", "post": its})
    user_id, tab, to_grace = id_of(ada), Socket(ada), Socket(grace)
    assert ada.post("/account/delete", {"password": PASSWORD}).status_code == 200
    assert tab.wait_until_closed(10)
    to_grace.wait_for("friends")
    answer = to_grace.call("notifications", {"after": None})
    to_grace.close()
    assert answer == {"notifications": [], "unread": 0}
    for path in "/dashboard", "/friends", "/notifications", f"/friends?q={ada.email}":
        page = grace.get(path).text.partition("Search results</h2>")
        page = page[2] or page[0]
        assert not [word for word in (user_id, "Ada Lovelace", "a reply") if word in page], path
    assert grace.get(f"/posts/{its}").status_code == 404
    assert "by Grace" in grace.get("/dashboard").text
    assert ada.elsewhere().log_in().status_code == 401


def test_a_deleted_account_leaves_nothing_in_the_database(final: App):
    with running(final, DEMO="0") as server:
        ada, grace, alan = (Person(server.url, name, "L") for name in ("Ada", "Grace", "Alan"))
        for person in ada, grace, alan:
            person.sign_up()
        befriend(ada, grace)
        ada.post("/friends", {"email": alan.email})
        ids = [ada.post("/comments", {"text": "by Ada"}).json()["id"]]
        theirs = grace.post("/comments", {"text": "by Grace"}).json()["id"]
        ids.append(ada.post("/comments", {"text": "a reply", "post": theirs}).json()["id"])
        ids.append(grace.post("/comments", {"text": "an answer", "post": ids[0]}).json()["id"])
        ada.post("/notifications/read", {"up_to": theirs})
        traces = [id_of(ada), ada.email, "by Ada", "a reply", "an answer", *ids]
        elsewhere = ada.elsewhere()
        elsewhere.log_in()
        ada.post("/account/delete", {"password": PASSWORD})
        assert elsewhere.get("/session").status_code == 401
        server.stop()
        stored = Path(server.database).read_text("utf-8")
    assert grace.email in stored, "the other users are still stored"
    assert [trace for trace in traces if trace in stored] == []


def test_without_the_password_no_account_is_deleted(ada: Person):
    answer = ada.post("/account/delete", {"password": "a guess"})
    assert answer.status_code == 400
    assert "password" in answer.json()["problems"]
    assert ada.elsewhere().log_in().status_code == 302


def test_who_is_not_logged_in_changes_nothing(server):
    for path in "/account/name", "/account/password", "/account/delete":
        assert requests.post(server.url + path, timeout=30).status_code == 401
