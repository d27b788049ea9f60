"""G19 to G24: who receives what, live or by catching up, and what closed sockets leave behind."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.final.guarantees.probed import running_with
from tools.people import Person, Socket, connect_by_polling, eventually, polling_address
from tools.servers import Server


@pytest.fixture(scope="module")
def server():
    with running_with("delivery", DEMO="0") as server:
        yield server


def befriend(one: Person, *others: Person) -> None:
    for other in others:
        one.post("/friends", {"email": other.email})
        other.post("/friends", {"email": one.email})


def write(person: Person, text: str, post: str = "") -> str:
    """Write a post, or a reply to `post`. Return its ID."""
    answer = person.post("/comments", {"text": text, "post": post})
    assert answer.status_code == 201
    return answer.json()["id"]


def told(socket: Socket) -> list[str]:
    """Return the texts of the comments that a socket has received live, as notifications.

    Wait for a marker that goes to all sockets, so that everything sent earlier has arrived.
    """
    mark = uuid.uuid4().hex
    socket.person.post(f"/probe/mark/{mark}")
    socket.wait_for("mark", lambda come: come == mark)
    return [comment["text"] for comment in socket.all("comment")]


def caught_up(socket: Socket) -> list[str]:
    """Ask for missed notifications, as a page that has none yet. Return their texts."""
    answer = socket.call("notifications", {"after": None})
    return [comment["text"] for comment in answer["notifications"]]


def in_rooms(server: Server) -> set[str]:
    """Return the socket IDs that are in any room."""
    return set(requests.get(f"{server.url}/probe/in-rooms", timeout=30).json())


# G19: who gets a comment.


def test_g19_a_comment_reaches_the_authors_friends_and_no_one_else(someone, connect):
    ada, grace, alan = someone(), someone(), someone()
    befriend(ada, grace)
    alan.post("/friends", {"email": ada.email})  # a request that Ada hasn't answered
    to_ada, to_grace, to_alan = connect(ada), connect(grace), connect(alan)
    write(ada, "The note is done.")
    assert told(to_grace) == caught_up(to_grace) == ["The note is done."]
    assert told(to_ada) == caught_up(to_ada) == []
    assert told(to_alan) == caught_up(to_alan) == []


def test_g19_a_reply_reaches_only_participants_who_may_see_it(someone, connect):
    ada, grace, alan, mary, edith = (someone() for _ in range(5))
    befriend(ada, grace, mary, edith)
    befriend(grace, alan)  # Alan isn't Ada's friend, so he can't see her thread
    to_ada, to_alan, to_mary, to_edith = map(connect, (ada, alan, mary, edith))
    post = write(ada, "My post.")
    write(mary, "By Mary.", post)
    write(grace, "By Grace.", post)
    assert told(to_ada) == ["By Mary.", "By Grace."]
    assert told(to_mary) == ["My post.", "By Grace."]
    assert told(to_edith) == ["My post."], "Edith sees the thread but takes no part in it"
    assert told(to_alan) == caught_up(to_alan) == []
    assert alan.get(f"/posts/{post}").status_code == 404
    assert "By Grace." not in alan.get("/dashboard").text + alan.get("/notifications").text
    assert alan.post("/comments", {"text": "Let me in.", "post": post}).status_code == 404


# G20: several tabs.


def test_g20_each_tab_gets_each_event_once_and_closing_a_tab_leaves_the_others(someone, connect):
    ada, grace = someone(), someone()
    befriend(ada, grace)
    tabs = [connect(ada, "websocket"), connect(ada, "polling"), connect(ada, "websocket")]
    assert all(eventually(lambda t=tab: t.all("sockets")[-1:] == [{"count": 3}]) for tab in tabs)
    write(grace, "once")
    assert [told(tab) for tab in tabs] == [["once"]] * 3
    tabs[0].close()
    for tab in tabs[1:]:
        assert eventually(lambda t=tab: t.all("sockets")[-1:] == [{"count": 2}])
    assert ada.post("/wave").json() == {"sockets": 2}
    write(grace, "again")
    assert [told(tab) for tab in tabs[1:]] == [["once", "again"]] * 2


# G21: comments are stored, then sent. tests/final/test_delivery.py kills the server meanwhile.


def test_g21_returning_users_get_missed_notifications_in_order(someone, connect):
    ada, grace = someone(), someone()
    befriend(ada, grace)
    texts = [f"number {number}" for number in range(5)]
    ids = [write(ada, text) for text in texts]
    to_grace = connect(grace)
    assert caught_up(to_grace) == texts
    answer = to_grace.call("notifications", {"after": ids[2]})
    new = [each["text"] for each in answer["notifications"] if each["id"] > ids[2]]
    assert (new, answer["unread"]) == (texts[3:], 5)


def test_g21_a_stored_comment_is_delivered_even_if_its_live_event_failed(
    server: Server, someone, connect
):
    ada, grace = someone(), someone()
    befriend(ada, grace)
    to_grace = connect(grace)
    ada.post("/probe/break/comment")
    assert ada.post("/comments", {"text": "Nobody hears this."}).status_code == 500
    ada.post("/probe/mend")
    assert told(to_grace) == []
    assert caught_up(to_grace) == ["Nobody hears this."]


def test_g21_a_tab_shows_live_and_missed_comments_once_and_in_order(someone, open_tab, complaints):
    ada, grace = someone(), someone()
    befriend(ada, grace)
    write(ada, "before the page")
    page = open_tab(grace)
    expect(page.locator("#connection")).to_have_text("connected")
    write(ada, "live")
    items = page.get_by_role("list", name="Notifications").get_by_role("listitem")
    expect(items).to_have_count(2)
    in_page(page, "socket.disconnect()")
    write(ada, "while away")
    in_page(page, "socket.connect()")
    expect(items).to_have_count(3)
    in_page(page, "await catchUp()")
    write(ada, "live again")
    expect(items).to_have_text(
        [
            f"{ada.full_name}: {text}"
            for text in ("live again", "while away", "live", "before the page")
        ]
    )
    assert complaints == []


def test_g21_a_tab_does_not_show_a_comment_deleted_before_its_event_arrived(
    server: Server, someone, connect, open_tab, complaints
):
    ada, grace = someone(), someone()
    befriend(ada, grace)
    page = open_tab(grace)
    expect(page.locator("#connection")).to_have_text("connected")
    ada.post("/probe/hold/comment")
    times = server.printed.count("comment is held")
    with ThreadPoolExecutor(1) as thread:
        thread.submit(ada.with_old_cookie().post, "/comments", {"text": "Never mind."})
        try:
            assert eventually(lambda: server.printed.count("comment is held") > times)
            [told] = connect(grace).call("notifications", {"after": None})["notifications"]
            assert ada.post(f"/comments/{told['id']}/delete").ok
        finally:
            ada.post("/probe/let-go")
    write(ada, "But this.")
    items = page.get_by_role("list", name="Notifications").get_by_role("listitem")
    expect(items).to_have_text([f"{ada.full_name}: But this."])
    expect(page.locator("#unread")).to_have_text("1")
    assert complaints == []


# Milliseconds that live.js waits: for an answer, then before a retry, or after an error.
NO_ANSWER, RETRY, RETRY_LATER = 5000, 2000, 10_000


@pytest.mark.parametrize(
    ("how", "printed", "waits", "retry"),
    [
        ("break", "'notifications' failed", 0, RETRY_LATER),
        ("hold", "missed is held", NO_ANSWER, RETRY),
    ],
    ids=["an error", "no answer"],
)
def test_g21_a_tab_that_cannot_catch_up_tries_again(
    server: Server, someone, open_tab, complaints, how, printed, waits, retry
):
    ada, grace = someone(), someone()
    befriend(ada, grace)
    page = open_tab(grace)
    page.clock.install()  # a fake clock that the test can fast-forward
    before = len(server.printed)
    ada.post(f"/probe/{how}/missed")
    try:
        page.reload()
        expect(page.locator("#connection")).to_have_text("connected")
        assert eventually(lambda: printed in server.printed[before:])
        ada.post("/probe/break/comment")
        assert ada.post("/comments", {"text": "stored, but not sent"}).status_code == 500
        page.clock.fast_forward(waits)
        ada.post("/probe/mend")
        page.clock.fast_forward(retry)
        items = page.get_by_role("list", name="Notifications").get_by_role("listitem")
        expect(items).to_have_text([f"{ada.full_name}: stored, but not sent"])
    finally:
        ada.post("/probe/let-go")
    assert complaints == []


def in_page(page: Page, code: str) -> None:
    """Run code in a page, with `socket` and `catchUp` from its module live.js."""
    page.evaluate(
        "async (code) => { const { socket, catchUp } = await import('/static/live.js');"
        f" {code}; }}"
    )


# G22: which notifications are read.


def test_g22_all_tabs_of_a_user_learn_which_notifications_are_read(someone, connect):
    ada, grace, alan = someone(), someone(), someone()
    befriend(ada, grace, alan)
    tabs, to_alan = [connect(grace), connect(grace, "polling")], connect(alan)
    first, last = write(ada, "first"), write(ada, "last")
    assert grace.post("/notifications/read", {"up_to": first}).json() == {"unread": 1}
    assert grace.post("/notifications/read", {"up_to": last}).json() == {"unread": 0}
    assert grace.post("/notifications/read", {"up_to": first}).json() == {"unread": 0}
    for tab in tabs:
        tab.wait_for("read", lambda read: read["upTo"] == last and read["unread"] == 0)
        assert tab.call("notifications", {"after": last})["unread"] == 0
    assert told(to_alan) == ["first", "last"]
    assert to_alan.all("read") == []
    assert to_alan.call("notifications", {"after": last})["unread"] == 2


def test_g22_reading_in_one_tab_clears_the_badge_in_the_others(someone, open_tab, complaints):
    ada, grace = someone(), someone()
    befriend(ada, grace)
    write(ada, "to be read")
    reading, other = open_tab(grace), open_tab(grace)
    for page, path in (other, "/friends"), (reading, "/notifications"):
        page.goto(grace.url + path)
        expect(page.locator("#connection")).to_have_text("connected")
    expect(other.locator("#unread")).to_have_text("1")
    reading.get_by_role("button", name="Mark all as read").click()
    expect(reading.locator("#unread-badge")).to_be_hidden()
    expect(other.locator("#unread-badge")).to_be_hidden()
    assert complaints == []


# G23: former friends.


def test_g23_a_former_friend_gets_nothing_new(someone, connect):
    ada, grace = someone(), someone()
    befriend(ada, grace)
    to_grace = connect(grace)
    post = write(ada, "before")
    write(grace, "a reply", post)
    assert told(to_grace) == caught_up(to_grace) == ["before"]
    user_id = grace.get("/session").json()["data"]["_user_id"]
    ada.post(f"/friends/{user_id}/end")

    def nothing_is_left() -> None:
        assert told(to_grace) == ["before"], "nothing new comes live"
        assert to_grace.call("notifications", {"after": None}) == {"notifications": [], "unread": 0}
        for path in "/dashboard", "/notifications":
            assert not {"before", "after"} & set(words(grace.get(path).text)), path
        assert grace.get(f"/posts/{post}").status_code == 404
        assert grace.post("/comments", {"text": "May I?", "post": post}).status_code == 404

    write(ada, "after", post)
    write(ada, "after")
    nothing_is_left()
    grace.post("/friends", {"email": ada.email})  # a request alone doesn't make them friends
    write(ada, "after")
    nothing_is_left()


def test_g23_the_user_who_ended_the_friendship_gets_nothing_new_either(someone, connect):
    ada, grace = someone(), someone()
    befriend(ada, grace)
    to_ada, user_id = connect(ada), grace.get("/session").json()["data"]["_user_id"]
    post = write(grace, "before")
    ada.post(f"/friends/{user_id}/end")
    write(grace, "after")
    assert told(to_ada) == ["before"], "nothing new comes live"
    assert caught_up(to_ada) == []
    assert ada.get(f"/posts/{post}").status_code == 404


def words(page: str) -> list[str]:
    """Return the texts between a page's tags, without an author's name in front of them."""
    texts = (part.split("<")[0] for part in page.split(">"))
    return [text.rpartition(": ")[2].strip() for text in texts]


# G24: a handler that fails, or a client that leaves at a bad moment, leaves nothing behind.


def test_g24_a_handler_that_raises_answers_with_an_error(server: Server, someone, connect):
    ada = someone()
    socket = connect(ada)
    socket.wait_for("sockets")
    answer = socket.call("fails")
    assert set(answer) == {"error"}
    assert "on purpose" not in answer["error"]
    assert "data" in socket.call("session"), "the socket still works"
    assert ada.post("/wave").json() == {"sockets": 1}


def test_g24_a_failed_connect_leaves_no_socket_behind(server: Server, someone, connect):
    ada = someone()
    before = in_rooms(server)
    ada.post("/probe/break/users")
    answer = connect_by_polling(ada)
    ada.post("/probe/mend")
    assert answer == '44{"message":"try again later"}', "the answer hides the reason"
    assert eventually(lambda: not in_rooms(server) - before)
    assert connect(ada).wait_for("sockets") == {"count": 1}


@pytest.mark.parametrize("event", ["profile", "sockets"])
def test_g24_a_client_that_leaves_while_connecting_leaves_no_socket_behind(
    server: Server, someone, connect, event
):
    ada = someone()
    before, printed_before = in_rooms(server), len(server.printed)
    address = polling_address(ada)
    twin = ada.elsewhere()  # because two threads can't share a `requests` session
    twin.http.cookies.set("sid", ada.cookie)
    connecting = threading.Thread(target=lambda: twin.http.post(address, "40", timeout=30))
    ada.post(f"/probe/hold/{event}")
    times = server.printed.count(f"{event} is held")
    connecting.start()
    try:
        assert eventually(lambda: server.printed.count(f"{event} is held") > times)
        assert in_rooms(server) - before
        ada.http.post(address, "1", timeout=30)  # the client leaves
    finally:
        ada.post("/probe/let-go")
        connecting.join()
    assert eventually(lambda: not in_rooms(server) - before)
    assert "Traceback" not in server.printed[printed_before:]
    assert connect(ada).wait_for("sockets") == {"count": 1}


def test_g24_a_client_that_leaves_before_its_answer_causes_no_error(
    server: Server, someone, connect
):
    ada = someone()
    socket = connect(ada)
    before = len(server.printed)
    ada.post("/probe/hold/floods")
    try:
        socket.client.emit("session")
        assert eventually(lambda: "floods is held" in server.printed[before:])
        socket.close()
        assert eventually(lambda: "socket closed" in server.printed[before:])
    finally:
        ada.post("/probe/let-go")
    next_one = connect(ada)
    assert "data" in next_one.call("session")  # a marker: sent after the event above
    assert "Traceback" not in server.printed[before:]
