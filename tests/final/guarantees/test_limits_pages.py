"""G35 and G36: long threads stay cheap and readable, and authors can delete what they wrote.

The tests write long threads straight into the database, because posting them would take too long.
"""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import chain
from urllib.parse import urljoin

import pytest
import requests

from final.settings.quotas import FEED_LETTERS, FEED_REPLIES, PAGE, REMOVED_AT_ONCE, THREAD_REPLIES
from tests.final.guarantees.probed import running_with
from tests.final.guarantees.test_delivery import befriend, told, write
from tools import mongo
from tools.people import AS_BROWSER, PASSWORD, Person, Socket, eventually
from tools.servers import Server

NOT_YOURS = "You can only delete your own comments, and replies to your posts."


@pytest.fixture(scope="module")
def server():
    with running_with("delivery", "threads", "deletion", DEMO="0") as server:
        yield server


def id_of(person: Person) -> str:
    return person.get("/session").json()["data"]["_user_id"]


def reply_often(person: Person, post: str, count: int, more: str = "") -> list[str]:
    """Write replies by this person straight into the database. Return their IDs."""
    fields = {"post": post, "author": id_of(person), "count": count, "more": more}
    return person.post("/probe/replies", None, json=fields).json()["ids"]


def shown(html: str) -> list[str]:
    """Return the IDs of the posts and replies on a page, from top to bottom."""
    return re.findall(r'<(?:article|li) class="(?:thread|entry)" id="post-(\w+)"', html)


def link(html: str, which: str) -> str | None:
    """Return the address of a link such as "Show earlier replies", or None if there is none."""
    found = re.search(rf'<p class="more">\s*<a class="{which}" href="([^"]+)"', html)
    return found and found[1]


@pytest.fixture
def friends(someone) -> tuple[Person, Person]:
    ada, grace = someone(), someone()
    befriend(ada, grace)
    return ada, grace


# Long threads.


def test_g35_a_page_costs_what_it_shows_however_long_the_thread_is(friends):
    ada, grace = friends
    post = write(ada, "The post.")
    sizes = {}
    for count in (FEED_REPLIES + THREAD_REPLIES, 500, 1000):
        reply_often(grace, post, count)
        for path in "/dashboard", f"/posts/{post}":
            for person in ada, grace:
                html = person.get(path).text
                assert len(shown(html)) == 1 + (
                    FEED_REPLIES if path == "/dashboard" else THREAD_REPLIES
                )
                sizes.setdefault((path, person), []).append(len(html))
    for path_and_person, found in sizes.items():
        assert max(found) - min(found) < 2000, path_and_person


def test_g35_a_page_is_bounded_however_long_the_replies_are(friends):
    ada, grace = friends
    post = write(ada, "The post.")
    longest = "🦔" * 4900  # code points, almost the maximum of a comment
    reply_often(grace, post, 100, longest)
    html = ada.get("/dashboard").text
    assert html.count("🦔") < FEED_LETTERS + 22 * 5000, "the notifications list has the rest"
    feed = html.partition('id="feed"')[2]
    assert feed.count("🦔") <= FEED_LETTERS
    assert link(feed, "earlier")


def test_g35_a_long_thread_takes_no_replies_from_the_others(friends):
    ada, grace = friends
    posts = [write(ada, f"Post {n}.") for n in range(PAGE)]
    few = {post: reply_often(grace, post, 3) for post in posts[1:]}
    reply_often(grace, posts[0], 2000)
    reply_often(grace, posts[1], 700)
    html = ada.get("/dashboard").text
    for post in posts[2:]:
        assert [each for each in shown(html) if each in few[post]] == few[post]
    assert len(shown(html)) == PAGE + 2 * FEED_REPLIES + 3 * (PAGE - 2)


def test_g35_all_replies_are_reached_by_links_each_on_one_page(friends):
    """The links lead from the feed to the first reply and back to the last, without JavaScript."""
    ada, grace = friends
    post = write(ada, "The post.")
    ids = reply_often(grace, post, 2 * THREAD_REPLIES + FEED_REPLIES + 3)
    html, seen, pages = ada.get("/dashboard").text, [], 0
    while True:
        seen = [each for each in shown(html) if each in ids] + seen
        earlier = link(html, "earlier")
        if not earlier:
            break
        html, pages = ada.get(earlier).text, pages + 1
    assert (seen, pages) == (ids, 3)
    seen = [each for each in shown(html) if each in ids]
    while later := link(html, "later"):
        html = ada.get(later).text
        seen += [each for each in shown(html) if each in ids and each not in seen]
    assert seen == ids


@pytest.mark.parametrize("place", [0, 100, -1])
def test_g35_a_notification_leads_to_its_reply_wherever_it_is(friends, place: int):
    ada, grace = friends
    post = write(ada, "The post.")
    ids = reply_often(grace, post, 200)
    inbox, address = "/notifications", None
    while not address:
        html = ada.get(inbox).text
        address = next(iter(re.findall(rf'href="(/posts/[^"]+#post-{ids[place]})"', html)), None)
        older = re.search(r'href="(/notifications\?before=\w+)"', html)
        inbox = older and older[1]
    html = ada.get(urljoin("/", address.partition("#")[0])).text
    assert ids[place] in shown(html)
    assert f"?reply={ids[place]}#post-{ids[place]}" in html, "the reply's own link leads there, too"


@pytest.mark.parametrize("query", ["before=x", "reply=x", "before=&reply=", "before=" + "f" * 24])
def test_g35_a_page_of_a_thread_that_is_none_is_the_newest(friends, query: str):
    ada, grace = friends
    post = write(ada, "The post.")
    ids = reply_often(grace, post, THREAD_REPLIES + 1)
    html = ada.get(f"/posts/{post}?{query}").text
    assert shown(html) == [post, *ids[1:]]
    assert link(html, "later") is None


def test_g35_a_page_with_a_part_of_a_thread_asks_only_for_what_is_new(friends, connect):
    """Without `since`, the page would get the earlier replies, which it leaves out on purpose."""
    ada, grace = friends
    post = write(ada, "The post.")
    ids = reply_often(grace, post, 300)
    socket = connect(ada)
    question = {"shown": [post, *ids[-FEED_REPLIES:]], "threads": [post]}
    state = socket.call("state", question)
    assert (len(state["activity"]), state["from"]) == (200, ids[100 - FEED_REPLIES])
    for malformed in 7, {"$gt": ""}:
        assert set(socket.call("state", question | {"since": malformed})) == {"error"}
    new = write(grace, "New.", post)
    state = socket.call("state", question | {"since": "f" * 24})
    assert (state["activity"], state["from"]) == ([], None)
    state = socket.call("state", question | {"since": ids[-1]})
    assert state["activity"][-1]["id"] == new, "after any replies of the minute before"


def test_g35_removed_ids_are_sent_in_portions(friends, connect):
    ada, grace = friends
    post = write(ada, "The post.")
    ids = reply_often(grace, post, 2 * REMOVED_AT_ONCE)
    to_grace = connect(grace)
    answer = ada.post(f"/comments/{post}/delete")
    assert answer.json()["deleted"] == [post, *ids][:REMOVED_AT_ONCE]
    told(to_grace)
    portions = [each["ids"] for each in to_grace.all("removed")]
    assert [len(each) for each in portions] == [REMOVED_AT_ONCE, REMOVED_AT_ONCE, 1]
    assert sorted(chain(*portions)) == sorted([post, *ids])


def test_g35_unread_notifications_are_counted_up_to_a_thousand(friends):
    ada, grace = friends
    reply_often(grace, write(ada, "The post."), 1100)
    html = ada.get("/dashboard").text
    assert '<span id="unread">999+</span>' in html


# Users keep control of what they wrote.


@pytest.fixture
def thread(someone) -> Iterator[tuple[Person, Person, Person, str, str]]:
    """Return three people, Grace's post, and Ada's reply. Grace has unfriended Ada, not Alan."""
    ada, grace, alan = someone(), someone(), someone()
    befriend(grace, ada, alan)
    post = write(grace, "The post.")
    reply = write(ada, "The reply.", post)
    grace.post(f"/friends/{id_of(ada)}/end")
    return ada, grace, alan, post, reply


@pytest.mark.parametrize("who", ["author", "owner"])
def test_a_reply_can_be_deleted_by_its_author_and_by_the_owner_of_the_thread(
    thread, connect, who: str
):
    ada, grace, alan, post, reply = thread
    assert "The reply." in alan.get(f"/posts/{post}").text
    sockets = [connect(person) for person in (ada, grace, alan)]
    person = ada if who == "author" else grace
    assert person.post(f"/comments/{reply}/delete").json() == {"deleted": [reply]}
    for socket in sockets:
        assert socket.wait_for("removed") == {"ids": [reply]}
    assert "The reply." not in alan.get(f"/posts/{post}").text


def test_others_can_delete_nothing_and_learn_nothing(thread, someone):
    ada, _, alan, post, reply = thread
    stranger = someone()
    for person, each in (
        (alan, reply),
        (alan, post),
        (ada, post),
        (stranger, reply),
        (stranger, "f" * 24),
        (stranger, "nothing"),
    ):
        answer = person.post(f"/comments/{each}/delete")
        assert (answer.status_code, answer.json()) == (404, {"error": NOT_YOURS})
    assert "The reply." in alan.get(f"/posts/{post}").text


def test_users_find_all_their_own_posts_even_if_they_cannot_see_the_thread(thread):
    ada, _, _, post, reply = thread
    own = write(ada, "A post of my own.")
    assert "/account/comments" in ada.get("/account").text
    html = ada.get("/account/comments").text
    assert shown(html) == [own, reply]
    assert f"/posts/{own}#post-{own}" in html
    assert f"/posts/{post}" not in html, "Ada can't see that thread any more"
    answer = ada.post(
        f"/comments/{reply}/delete", headers=AS_BROWSER | {"Referer": ada.url + "/account/comments"}
    )
    assert answer.headers["Location"] == "/account/comments"
    assert shown(ada.get("/account/comments").text) == [own]


def test_the_list_of_a_users_own_posts_comes_in_pages(someone):
    ada = someone()
    post = write(ada, "The post.")
    ids = [post, *reply_often(ada, post, 2 * PAGE + 5)]
    address, seen = "/account/comments", []
    while address:
        html = ada.get(address).text
        seen += shown(html)
        assert len(shown(html)) <= PAGE
        older = re.search(r'href="(/account/comments\?before=\w+)"', html)
        address = older and older[1]
    assert seen == ids[::-1]


def test_g35_a_reply_from_an_older_page_is_shown_next_without_javascript(friends):
    ada, grace = friends
    post = write(ada, "The post.")
    ids = reply_often(grace, post, THREAD_REPLIES + 1)
    referrer = {"Referer": f"{ada.url}/posts/{post}?before={ids[1]}"}
    answer = ada.post("/comments", {"text": "Late.", "post": post}, headers=AS_BROWSER | referrer)
    assert answer.headers["Location"] == f"/posts/{post}"
    answer = ada.post(f"/comments/{post}/delete", headers=AS_BROWSER | referrer)
    assert answer.headers["Location"] == "/dashboard", "the post's page is gone"


# A deleted account leaves nothing behind.


@pytest.fixture(params=["one process", "two processes"])
def addresses(request) -> Iterator[tuple[str, str]]:
    """Yield two addresses of one app: of one process, or of two with the same MongoDB."""
    with ExitStack() as running:
        if request.param == "one process":
            server = running.enter_context(running_with("delivery", "threads", DEMO="0"))
            yield server.url, server.url
            return
        database = request.getfixturevalue("mongodb")
        uri = mongo.address(request.getfixturevalue("mongodb_uri"), database)
        servers = []
        for _ in range(2):
            server = running_with("delivery", "threads", DEMO="0", MONGODB_URI=uri)
            servers.append(running.enter_context(server))
        one, two = servers
        yield one.url, two.url


def test_g36_an_account_that_is_deleted_while_it_writes_leaves_nothing(addresses):
    here, there = addresses
    ada, grace, alan = (Person(here, name, "L") for name in ("Ada", "Grace", "Alan"))
    for person in ada, grace, alan:
        person.sign_up()
    befriend(ada, grace)
    hers, graces = write(ada, "By Ada."), write(grace, "By Grace.")
    user_id = id_of(ada)
    twins = [ada.with_old_cookie() for _ in range(4)]
    for twin in twins[::2]:
        twin.url = there
    graces_twin = grace.with_old_cookie()
    graces_twin.url = there
    written: list[int] = []
    is_over: list[bool] = []

    def keep(act) -> None:
        while not is_over:
            written.append(act().status_code)

    acts = [
        lambda: twins[0].post("/comments", {"text": "A post."}),
        lambda: twins[1].post("/comments", {"text": "A reply.", "post": graces}),
        lambda: twins[2].post("/friends", {"email": alan.email}),
        lambda: twins[3].post("/notifications/read", {"up_to": graces}),
        lambda: graces_twin.post("/comments", {"text": "To her.", "post": hers}),
        lambda: grace.with_old_cookie().post("/comments", {"text": "To all."}),
        lambda: alan.with_old_cookie().post("/friends", {"email": ada.email}),
        lambda: ada.elsewhere().log_in(),
    ]
    with ThreadPoolExecutor(len(acts)) as threads:
        done = [threads.submit(keep, act) for act in acts]
        assert eventually(lambda: written.count(201) > 20)
        assert ada.post("/account/delete", {"password": PASSWORD}).status_code == 200
        before = len(written)
        assert eventually(lambda: len(written) > before + 50)
        is_over.append(True)
    for each in done:
        each.result()
    assert not [code for code in written if code >= 500]
    stored = grace.get("/probe/stored").json()
    assert [name for name, text in stored.items() if user_id in text] == []
    assert "A post." not in stored["posts"]
    assert "To all." in stored["posts"]


@contextmanager
def held_deletion(server: Server, ada: Person) -> Iterator[str]:
    """Delete Ada's account, but hold the last step until the block ends. Yield her user ID."""
    user_id, held = id_of(ada), server.printed.count("deletion is held")
    ada.post("/probe/hold/deletion")
    twin = ada.with_old_cookie()
    with ThreadPoolExecutor(1) as threads:
        deletion = threads.submit(twin.post, "/account/delete", {"password": PASSWORD})
        try:
            assert eventually(lambda: server.printed.count("deletion is held") > held)
            yield user_id
        finally:
            requests.post(f"{server.url}/probe/let-go", timeout=30)
        assert deletion.result().status_code == 200


def traces(person: Person, user_id: str) -> list[str]:
    """Return the names of the collections that still contain this user's ID."""
    stored = person.get("/probe/stored").json()
    return [name for name, text in stored.items() if user_id in text]


def test_g36_nothing_can_be_written_for_an_account_that_is_being_deleted(
    server: Server, friends, someone
):
    ada, grace = friends
    alan, graces = someone(), write(grace, "By Grace.")
    with held_deletion(server, ada) as user_id:
        answer = ada.post("/comments", {"text": "My last post."})
        assert (answer.status_code, set(answer.json())) == (410, {"error"})
        assert ada.post("/comments", {"text": "A reply.", "post": graces}).status_code == 404
        assert ada.post("/friends", {"email": alan.email}).status_code == 404
        assert alan.post("/friends", {"email": ada.email}).status_code == 404
        ada.post("/notifications/read", {"up_to": graces})
        grace.post("/comments", {"text": "Good-bye!"})
    assert traces(grace, user_id) == []


def test_g36_a_login_during_an_account_deletion_leaves_no_session(server: Server, friends):
    ada, grace = friends
    elsewhere = ada.elsewhere()
    with held_deletion(server, ada) as user_id:
        assert elsewhere.log_in().status_code == 302
    assert elsewhere.get("/session").status_code == 401
    assert traces(grace, user_id) == []


def test_g36_the_posts_of_a_deleted_account_are_announced_in_portions(friends, connect):
    ada, grace = friends
    post = write(grace, "By Grace.")
    ids = reply_often(ada, post, REMOVED_AT_ONCE + 1)
    to_grace: Socket = connect(grace)
    assert ada.post("/account/delete", {"password": PASSWORD}).status_code == 200
    told(to_grace)
    portions = [each["ids"] for each in to_grace.all("removed")]
    assert [len(each) for each in portions] == [REMOVED_AT_ONCE, 1]
    assert sorted(chain(*portions)) == sorted(ids)
