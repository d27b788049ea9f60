"""G35: a person who does normal things, but at a machine's speed, meets no limit."""

import re

import pytest

from tools.people import AS_BROWSER, PASSWORD, Person, Socket, eventually

TABS, FRIENDS, POSTS, RELOADS = 20, 10, 30, 10
PAGES = ["/dashboard", "/friends", "/notifications", "/account"]


@pytest.fixture
def ada(someone) -> Person:
    return someone()


@pytest.fixture
def devices(ada: Person) -> list[Person]:
    """Return Ada in three browsers, logged in to each of them."""
    devices = [ada, ada.elsewhere(), ada.elsewhere()]
    for device in devices[1:]:
        assert device.log_in().status_code == 302
    return devices


@pytest.fixture
def tabs(devices: list[Person], connect) -> list[Socket]:
    """Return Ada's twenty tabs. Some of them poll, as on a network that blocks WebSockets."""
    tabs = []
    for number in range(TABS):
        transport = "polling" if number % 5 == 0 else "websocket"
        tabs.append(connect(devices[number % len(devices)], transport))
    return tabs


QUESTIONS = {"session": {}, "notifications": {"after": None}, "state": {"shown": []}}


def load(*tabs: Socket) -> None:
    """Send the events that the scripts of a page send when its socket has connected."""
    for tab in tabs:
        for event, question in QUESTIONS.items():
            assert "error" not in tab.call(event, question), event


@pytest.fixture
def friends(ada: Person, someone) -> list[Person]:
    friends = [someone() for _ in range(FRIENDS)]
    for friend in friends:
        assert ada.post("/friends", {"email": friend.email}).status_code == 200
        assert friend.post("/friends", {"email": ada.email}).status_code == 200
    return friends


def ids(sockets: list[Socket], *events: str) -> list[list[str]]:
    """Return the IDs of the comments that each socket got with these events, in order."""
    return [[data["id"] for event in events for data in each.all(event)] for each in sockets]


def post(author: Person, text: str, **more: str) -> str:
    answer = author.post("/comments", {"text": text, **more})
    assert answer.status_code == 201
    return answer.json()["id"]


def test_g35_thirty_posts_and_replies_in_a_row_reach_every_tab(devices, tabs, friends, connect):
    load(*tabs)
    to_grace = [connect(friends[0]) for _ in range(3)]
    written = []
    for number in range(POSTS):
        device = devices[number % len(devices)]
        written.append(post(device, f"Post {number}"))
        written.append(post(device, f"Reply {number}", post=written[-1]))
    assert eventually(lambda: ids(tabs, "activity") == [written] * TABS)
    assert eventually(lambda: ids(to_grace, "comment") == [written] * 3)
    assert all(tab.is_open for tab in [*tabs, *to_grace])


def test_g35_every_tab_reads_its_notifications(devices, tabs, friends):
    load(*tabs)
    told = [post(friend, f"News {number}") for friend in friends for number in range(2)]
    assert eventually(lambda: ids(tabs, "comment") == [told] * TABS)
    for number, tab in enumerate(tabs):
        answer = tab.call("notifications", {"after": None})
        assert [each["id"] for each in answer["notifications"]] == told
        device = devices[number % len(devices)]
        assert device.post("/notifications/read", {"up_to": told[number]}).status_code == 200
    assert all(tab.wait_for("read", lambda read: read["unread"] == 0) for tab in tabs)
    assert all(tab.is_open for tab in tabs)


def test_g35_reloading_every_page_again_and_again(devices, friends, connect):
    own = post(devices[0], "To be looked at.")
    for path in [*PAGES, f"/posts/{own}"]:
        for number in range(RELOADS):
            answer = devices[number % len(devices)].get(path, headers=AS_BROWSER)
            assert answer.status_code == 200
            assert not re.search("too many|try again in", answer.text, re.I)
        for device in devices:
            page = connect(device)  # only the last reload runs the page's scripts
            load(page)
            page.close()


def test_g35_a_forgotten_password_and_a_new_name(ada: Person, devices, tabs, someone):
    phone = ada.elsewhere()
    for guess in "correct horse", "Correct horse battery", "correct horse batery", "horse", "":
        assert phone.log_in(guess).status_code == 401
    assert phone.log_in().status_code == 302
    for wrong in "correct horse", "horse":
        sent = {"password": wrong, "new_password": "a new one of hers"}
        assert ada.post("/account/password", sent).status_code == 400
    assert ada.post("/account/name", {"first_name": "Ada", "last_name": "King"}).status_code == 200
    for tab in tabs:
        assert tab.wait_for("profile", lambda profile: profile["lastName"] == "King")
    sent = {"password": PASSWORD, "new_password": "a new one of hers"}
    assert ada.post("/account/password", sent).status_code == 200
    at_home = [tab for tab in tabs if tab.person is ada]
    assert eventually(lambda: not any(tab.is_open for tab in tabs if tab not in at_home))
    assert ada.get("/dashboard").status_code == 200


def test_g35_an_evening_in_a_minute(ada: Person, devices, tabs, friends):
    """One person does all these things in a row."""
    for number in range(POSTS):
        own = post(devices[number % len(devices)], f"Post {number}")
        post(friends[number % len(friends)], "Answer", post=own)
    for path in PAGES:
        assert ada.get(path, headers=AS_BROWSER).status_code == 200
    for tab in tabs:
        assert "error" not in tab.call("notifications", {"after": None})
    told = tabs[0].call("notifications", {"after": None})["notifications"]
    assert len(told) == POSTS
    assert ada.post("/notifications/read", {"up_to": told[-1]["id"]}).status_code == 200
    assert ada.post("/wave").status_code == 200
    assert ada.post(f"/comments/{own}/delete").status_code == 200
    assert all(tab.wait_for("removed") for tab in tabs)
    assert all(len(tab.all("comment")) == POSTS for tab in tabs)
    assert ada.log_out().status_code == 302
    assert ada.log_in().status_code == 302
