"""Two processes with Redis between them give the same guarantees as a single process."""

import pytest

from tests.scale.group import Group
from tools.people import (
    BOTH_TRANSPORTS,
    PASSWORD,
    Person,
    Socket,
    connect_by_polling,
    eventually,
)

COMMENTS = 40


def texts(socket: Socket) -> list[str]:
    return [comment["text"] for comment in socket.all("comment")]


def wait_for_count(count: int, *sockets: Socket) -> None:
    """Wait until the last `sockets` event of each socket has this count."""
    for socket in sockets:
        assert eventually(lambda socket=socket: socket.all("sockets")[-1:] == [{"count": count}])


@pytest.mark.parametrize("transport", BOTH_TRANSPORTS)
def test_g19_a_comment_reaches_friends_in_every_process_and_no_one_else(
    group: Group, ada, grace, connect, transport
):
    alan = group.person("Alan", at=1)
    friend, stranger, own = (connect(each, transport) for each in (grace, alan, ada))
    ada.post("/comments", {"text": "For friends."})
    friend.wait_for("comment")
    alan_here = group.at(0, alan)
    alan_here.post("/wave")  # this event comes later, by the same route
    stranger.wait_for("wave")
    assert texts(friend) == ["For friends."]
    assert texts(stranger) == texts(own) == []


def test_g20_the_tabs_of_a_user_are_counted_in_all_processes(group: Group, ada, connect):
    one, two = connect(ada), connect(group.at(1, ada))
    wait_for_count(2, one, two)
    three = connect(group.at(1, ada))
    wait_for_count(3, one, two, three)
    assert ada.post("/wave").json() == {"sockets": 3}
    for socket in one, two, three:
        socket.wait_for("wave")
    three.close()
    wait_for_count(2, one, two)
    assert group.at(1, ada).post("/wave").json() == {"sockets": 2}
    for socket in one, two:
        assert eventually(lambda socket=socket: len(socket.all("wave")) == 2)


def test_g20_tabs_that_open_at_once_in_two_processes_are_all_counted(group: Group, connect):
    for _ in range(10):
        ada = group.person("Ada")
        there = group.at(1, ada)
        sockets = [connect(each) for each in (ada, there, ada, there)]
        wait_for_count(4, *sockets)


def test_g21_comments_by_way_of_two_processes_are_in_order(group: Group, ada, grace, connect):
    friend, away = connect(grace), group.at(0, grace)
    ways = [ada, group.at(1, ada)]
    sent = []
    for number in range(COMMENTS):
        text = f"Comment {number}"
        assert ways[number % 2].post("/comments", {"text": text}).status_code == 201
        sent.append(text)
        # One comment at a time, because only those of the other process pass through Redis.
        assert eventually(lambda: len(texts(friend)) == len(sent))
    assert eventually(lambda: len(texts(friend)) == COMMENTS)
    ids = [comment["id"] for comment in friend.all("comment")]
    assert ids == sorted(ids)
    assert texts(friend) == sent
    caught_up = connect(away).call("notifications", {"after": None})["notifications"]
    assert [comment["text"] for comment in caught_up] == sent


def test_g22_notifications_read_in_one_process_are_read_in_the_other(
    group: Group, ada, grace, connect
):
    there, here = connect(grace), connect(group.at(0, grace))
    comment = ada.post("/comments", {"text": "To be read."}).json()["id"]
    grace.post("/notifications/read", {"up_to": comment})
    for socket in here, there:
        assert socket.wait_for("read") == {"upTo": comment, "unread": 0}


def test_g23_a_friend_removed_in_one_process_gets_nothing_in_the_other(
    group: Group, ada, grace, connect
):
    friend = connect(grace)
    ada.post("/comments", {"text": "Before."})
    friend.wait_for("comment")
    graces_id = ada.post("/friends", {"email": grace.email}).json()["friend"]["id"]
    ada.post(f"/friends/{graces_id}/end")
    friend.wait_for("friends")
    ada.post("/comments", {"text": "After."})
    group.at(0, grace).post("/wave")  # this event comes later, by the same route
    friend.wait_for("wave")
    assert texts(friend) == ["Before."]
    assert friend.call("notifications", {"after": None})["notifications"] == []


# Sessions.


@pytest.mark.parametrize("transport", BOTH_TRANSPORTS)
def test_g5_a_logout_closes_the_tabs_in_every_process(group: Group, ada, connect, transport):
    elsewhere = ada.elsewhere()
    elsewhere.log_in()
    kept = connect(group.at(1, elsewhere))
    tabs = [connect(group.at(number, ada), transport) for number in (0, 1, 1)]
    twins = [group.at(number, ada) for number in (0, 1)]
    ada.log_out()
    for tab in tabs:
        assert tab.wait_until_closed(3)  # sooner than the sweeper comes
    for twin in twins:
        assert connect_by_polling(twin) == '44{"message":"log in first"}'
    assert "data" in kept.call("session"), "Ada's other session goes on"


def test_g10_a_session_is_ended_from_another_process_at_once(group: Group, ada, connect):
    other = ada.elsewhere()
    other.log_in()
    there = connect(group.at(1, other))
    session_id = ending(ada, other)
    ada.post(f"/account/sessions/{session_id}/end")
    assert there.wait_until_closed(3)
    assert group.at(1, other).get("/session").status_code == 401


def test_g10_a_new_password_ends_the_sessions_in_every_process(group: Group, ada, connect):
    other = ada.elsewhere()
    other.log_in()
    there = connect(group.at(1, other))
    fields = {"password": PASSWORD, "new_password": "another one of hers"}
    assert ada.post("/account/password", fields).ok
    assert there.wait_until_closed(3)


@pytest.mark.parametrize("transport", BOTH_TRANSPORTS)
def test_g36_after_a_new_password_pages_in_every_process_are_told_to_come_back(
    group: Group, ada, connect, transport
):
    tabs = [connect(group.at(number, ada), transport) for number in (0, 1)]
    old = group.at(1, ada)
    fields = {"password": PASSWORD, "new_password": "another one of hers"}
    assert ada.post("/account/password", fields).ok
    for tab in tabs:
        assert tab.wait_until_closed(3)  # sooner than the sweeper comes
        assert tab.all("renewed") == [{}]
    assert connect_by_polling(old) == '44{"message":"log in first"}'
    for number in 0, 1:
        assert "data" in connect(group.at(number, ada), transport).call("session")


def test_g10_a_page_says_how_many_sockets_a_session_has_in_all_processes(
    group: Group, ada, connect
):
    sockets = [connect(group.at(number, ada)) for number in (0, 1, 1)]
    wait_for_count(3, *sockets)
    for number in (0, 1):
        page = group.at(number, ada).get("/account", headers={"Accept": "text/html"}).text
        assert "3 tabs open" in page


def ending(person: Person, other: Person) -> str:
    """Return the ID with which the person's account page offers to end the other session."""
    page = person.get("/account", headers={"Accept": "text/html"}).text
    ids = {part.split("/end")[0] for part in page.split("/account/sessions/")[1:]}
    prefix = other.get("/session").json()["id"].rstrip("…")
    [session_id] = [each for each in ids if each.startswith(prefix)]
    return session_id
