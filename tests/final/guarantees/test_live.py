"""G19, G21 and G23: people who can see a comment get it live, or when their page asks."""

import pytest
import requests

from tests.final.guarantees.probed import running_with
from tests.final.guarantees.test_delivery import befriend, caught_up, told, write
from tools.people import BOTH_TRANSPORTS, Person, Socket

LIMIT = 200  # replies in one answer
AT_MOST = 1000  # ids in one question


@pytest.fixture(scope="module")
def server():
    with running_with("delivery", "friendship_ends", DEMO="0") as server:
        yield server


def activity(socket: Socket) -> list[str]:
    """Return the texts of the comments that a socket has got as activity, not as notifications."""
    told(socket)
    return [comment["text"] for comment in socket.all("activity")]


def look(socket: Socket, shown=(), threads=(), **more) -> dict:
    return socket.call("state", {"shown": [*shown], "threads": [*threads], **more})


def user_id(person: Person) -> str:
    return person.get("/session").json()["data"]["_user_id"]


# G19: who gets a comment live.


@pytest.mark.parametrize("transport", BOTH_TRANSPORTS)
def test_g19_everyone_who_can_see_a_thread_receives_its_replies(someone, connect, transport):
    owner, replier, onlooker, stranger = (someone() for _ in range(4))
    befriend(owner, replier, onlooker)
    befriend(replier, stranger)  # the stranger can't see the owner's thread
    post = write(owner, "The post.")
    people = owner, replier, onlooker, stranger
    to_owner, to_replier, to_onlooker, to_stranger = (connect(one, transport) for one in people)
    reply = write(replier, "The reply.", post)
    assert (told(to_owner), activity(to_owner)) == (["The reply."], [])
    assert (told(to_onlooker), activity(to_onlooker)) == ([], ["The reply."])
    assert (told(to_replier), activity(to_replier)) == ([], ["The reply."]), "for their other tabs"
    assert (told(to_stranger), activity(to_stranger)) == ([], [])
    assert "The reply." not in caught_up(to_onlooker), "an onlooker isn't notified"
    [heard] = to_onlooker.all("activity")
    assert (heard["id"], heard["post"]) == (reply, post)
    assert heard["author"]["id"] == user_id(replier)


def test_g19_a_post_reaches_the_other_tabs_of_its_author(someone, connect):
    ada, grace, alan = someone(), someone(), someone()
    befriend(ada, grace)
    tabs, to_grace, to_alan = [connect(ada), connect(ada, "polling")], connect(grace), connect(alan)
    write(ada, "My post.")
    assert [activity(tab) for tab in tabs] == [["My post."]] * 2
    assert [told(tab) for tab in tabs] == [[], []]
    assert (told(to_grace), activity(to_grace)) == (["My post."], []), "only once"
    assert (told(to_alan), activity(to_alan)) == ([], [])


def test_g19_a_post_of_somebody_without_friends_reaches_only_themselves(someone, connect):
    ada, alan = someone(), someone()
    to_ada, to_alan = connect(ada), connect(alan)
    post = write(ada, "Alone.")
    write(ada, "Still alone.", post)
    assert activity(to_ada) == ["Alone.", "Still alone."]
    assert (told(to_alan), activity(to_alan)) == ([], [])


def test_g19_a_reply_that_was_not_stored_reaches_nobody(someone, connect):
    ada, grace = someone(), someone()
    befriend(ada, grace)
    to_grace = connect(grace)
    post = write(ada, "Soon gone.")
    ada.post(f"/comments/{post}/delete")
    assert grace.post("/comments", {"text": "Too late.", "post": post}).status_code == 404
    assert activity(to_grace) == []


# G21: when a page asks for the state, it gets the comments that it didn't get live.


def test_g21_a_look_brings_the_replies_that_a_page_does_not_show_in_order(someone, connect):
    owner, replier, onlooker = (someone() for _ in range(3))
    befriend(owner, replier, onlooker)
    post, other = write(owner, "The post."), write(owner, "Another one.")
    replies = [write(replier, f"Reply {n}.", post) for n in range(4)]
    write(replier, "Elsewhere.", other)
    to_onlooker = connect(onlooker)
    shown = [post, replies[2]]
    state = look(to_onlooker, shown, [post])
    assert [each["text"] for each in state["activity"]] == ["Reply 0.", "Reply 1.", "Reply 3."]
    assert {each["post"] for each in state["activity"]} == {post}
    assert state["gone"] == []
    assert look(to_onlooker, [post, *replies], [post])["activity"] == []
    assert look(to_onlooker, shown)["activity"] == [], "only the threads that it names get replies"


def test_g21_a_look_brings_a_part_of_many_replies_and_then_the_rest(someone, connect):
    ada = someone()
    post = write(ada, "The post.")
    replies = [write(ada, f"Reply {n}.", post) for n in range(LIMIT + 5)]
    to_ada, shown = connect(ada), [post]
    newest = [each["id"] for each in look(to_ada, shown, [post])["activity"]]
    assert newest == replies[-LIMIT:]
    shown += newest
    # A page that shows more posts than fit into one question names only the newest part of them.
    assert look(to_ada, newest, [post])["activity"] == []
    rest = [each["id"] for each in look(to_ada, shown, [post])["activity"]]
    assert rest == replies[:-LIMIT]


def test_g21_a_look_brings_the_users_own_posts_of_other_tabs(someone, connect):
    ada, grace = someone(), someone()
    befriend(ada, grace)
    ids = [write(ada, f"Post {n}.") for n in range(3)]
    write(grace, "By Grace.")
    to_ada = connect(ada)
    own = look(to_ada, ids[:1], after=ids[0])["activity"]
    assert [each["text"] for each in own] == ["Post 1.", "Post 2."]
    assert len(look(to_ada, after="")["activity"]) == 3
    assert look(to_ada, ids[:1])["activity"] == [], "without `after`, own posts aren't sent"
    write(ada, "A reply.", ids[2])
    assert look(to_ada, ids, after=ids[0])["activity"] == [], "a reply isn't a post"


# G23: a former friend gets nothing, neither live nor when a page asks for the state.


def test_g23_a_former_friend_hears_of_nothing_and_finds_nothing(someone, connect):
    owner, replier, former = (someone() for _ in range(3))
    befriend(owner, replier, former)
    befriend(replier, former)
    post, own = write(owner, "The post."), write(former, "My own.")
    reply, mine = write(former, "A reply.", post), write(owner, "To yours.", own)
    replied = write(replier, "From a friend.", post)
    to_former, to_owner = connect(former), connect(owner)
    shown = [post, own, reply, mine, replied]
    assert look(to_former, shown, [post, own])["gone"] == []
    owner.post(f"/friends/{user_id(former)}/end")
    write(replier, "After.", post)
    write(owner, "After, too.", post)
    assert (told(to_former), activity(to_former)) == ([], [])
    state = look(to_former, shown, [post, own])
    assert sorted(state["gone"]) == sorted([post, reply, replied]), "their own thread stays"
    assert state["activity"] == []
    state = look(to_owner, shown, [post, own])
    assert sorted(state["gone"]) == sorted([own, mine])
    assert [each["text"] for each in state["activity"]] == ["After.", "After, too."]


def test_g23_asking_about_the_threads_of_a_stranger_finds_nothing(someone, connect):
    ada, alan = someone(), someone()
    post = write(ada, "For friends.")
    reply = write(ada, "Also for friends.", post)
    to_alan = connect(alan)
    assert look(to_alan, [post], [post], after="")["activity"] == []
    assert look(to_alan, threads=[post])["activity"] == []
    state = look(to_alan, [post, reply, "f" * 24, "no id"])
    assert sorted(state["gone"]) == sorted([post, reply, "f" * 24])


def test_g23_a_reply_under_way_when_a_friendship_ends_is_not_sent(server, someone, connect):
    """After storing a reply, the app looks up again who can see it."""
    owner, replier, former = (someone() for _ in range(3))
    befriend(owner, replier, former)
    post = write(owner, "The post.")
    to_former = connect(former)
    path = f"/probe/end-while-storing/{user_id(owner)}/{user_id(former)}"
    requests.post(server.url + path, timeout=30).raise_for_status()
    write(replier, "Under way.", post)
    assert (told(to_former), activity(to_former)) == ([], [])


# G16: a malformed question gets an error.


@pytest.mark.parametrize(
    "question",
    [
        {"shown": "5f0c0a1b2c3d4e5f60718293"},
        {"shown": [1]},
        {"shown": ["x"] * (AT_MOST + 1)},
        {"threads": None},
        {"threads": [["x"]]},
        {"threads": ["x"] * (AT_MOST + 1)},
        {"after": 7},
        {"after": {"$gt": ""}},
    ],
    ids=lambda question: str(question)[:40],
)
def test_g16_a_malformed_question_is_answered_with_an_error(someone, connect, question):
    assert set(connect(someone()).call("state", question)) == {"error"}


def test_a_page_can_ask_about_the_maximum_number_of_ids(someone, connect):
    ada = someone()
    post = write(ada, "The post.")
    state = look(connect(ada), [post, *["f" * 24] * (AT_MOST - 1)], [post])
    assert set(state["gone"]) == {"f" * 24}
