"""G35: friends, requests and forms have limits, and no user can keep another user's pages busy."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId
from playwright.sync_api import Page, expect
from pymongo.database import Database

from final.domain.users import name_fields
from final.settings.quotas import (
    ASKING,
    FRIENDS,
    FRIENDS_HERE,
    FRIENDS_ON_A_PAGE,
    MESSAGES,
    PAGE,
    REQUESTS,
    REQUESTS_TO_ONE,
)
from tools import mongo
from tools.people import AS_BROWSER, Person, Socket
from tools.servers import Server, running

pytestmark = pytest.mark.usefixtures("one_window")  # because the tests count attempts exactly

MANY = 10_000
JSON, HTML = {"Accept": "application/json"}, {"Accept": "text/html"}


def user_id(person: Person) -> str:
    return person.get("/session").json()["data"]["_user_id"]


def befriend(one: Person, *others: Person) -> None:
    for other in others:
        one.post("/friends", {"email": other.email})
        assert other.post("/friends", {"email": one.email}).ok


def heard(socket: Socket) -> int:
    """Return how many events about changed friendships this socket has received so far."""
    waves = len(socket.all("wave"))
    socket.person.post("/wave")  # a marker, which arrives after those events
    socket.wait_for("wave", lambda _: len(socket.all("wave")) > waves)
    return len(socket.all("friends"))


# Only changes are announced.


def test_g35_a_stranger_who_asks_again_and_again_is_announced_once(someone, connect):
    ada, stranger = someone(), someone()
    to_ada, adas_id = connect(ada), user_id(ada)
    for fields in {"email": ada.email}, {"user": adas_id}:
        for _ in range(20):
            assert stranger.post("/friends", fields).ok
    assert heard(to_ada) == 1


def test_g35_ending_and_accepting_nothing_is_not_announced(someone, connect):
    ada, stranger = someone(), someone()
    to_ada, adas_id = connect(ada), user_id(ada)
    for _ in range(20):
        assert stranger.post(f"/friends/{adas_id}/end").ok, "there is nothing to end"
        assert stranger.post(f"/friends/{adas_id}/accept").status_code == 404
    assert heard(to_ada) == 0


def test_g35_an_existing_friend_is_not_announced_again(someone, connect):
    ada, grace = someone(), someone()
    befriend(ada, grace)
    to_ada, adas_id = connect(ada), user_id(ada)
    for _ in range(5):
        assert grace.post("/friends", {"email": ada.email}).ok
        grace.post(f"/friends/{adas_id}/accept")
    assert heard(to_ada) == 0
    for _ in range(5):
        grace.post(f"/friends/{adas_id}/end")
    assert heard(to_ada) == 1


def test_g35_each_change_of_a_friendship_is_announced_to_both(someone, connect):
    ada, grace = someone(), someone()
    sockets, ids = [connect(ada), connect(grace)], [user_id(ada), user_id(grace)]
    changes = [
        lambda: ada.post("/friends", {"email": grace.email}),
        lambda: ada.post(f"/friends/{ids[1]}/end"),
        lambda: grace.post("/friends", {"email": ada.email}),
        lambda: ada.post(f"/friends/{ids[1]}/accept"),
        lambda: grace.post(f"/friends/{ids[0]}/end"),
    ]
    for number, change in enumerate(changes, 1):
        assert change().ok
        assert [heard(socket) for socket in sockets] == [number] * 2


def test_g35_a_request_that_is_made_and_withdrawn_all_the_time_soon_disturbs_nobody(
    someone, connect
):
    ada, stranger = someone(), someone()
    to_ada, adas_id = connect(ada), user_id(ada)
    for _ in range(30):
        stranger.post("/friends", {"email": ada.email})
        stranger.post(f"/friends/{adas_id}/end")
    assert heard(to_ada) == 2 * REQUESTS_TO_ONE


def test_g35_a_request_that_was_declined_can_not_be_repeated_at_once(someone, connect):
    ada, grace = someone(), someone()
    adas_id, graces_id = user_id(ada), user_id(grace)
    ada.post("/friends", {"email": grace.email})
    grace.post(f"/friends/{adas_id}/end")
    to_grace = connect(grace)
    for fields in {"email": grace.email}, {"user": graces_id}:
        answer = ada.post("/friends", fields)
        assert answer.status_code == 429
        assert 0 < int(answer.headers["Retry-After"]) <= 24 * 60 * 60
        said = f"You asked {grace.full_name} recently. You can ask again tomorrow."
        assert answer.json() == {"error": said}, "it doesn't say that Grace declined"
    assert heard(to_grace) == 0
    page = ada.post("/friends", {"email": grace.email}, headers=HTML | {"Referer": ada.url})
    assert page.status_code == 302
    assert said in ada.get("/friends", headers=AS_BROWSER).text
    assert "asking" not in grace.get("/friends", headers=AS_BROWSER).text.partition("<main")[2]

    assert grace.post("/friends", {"email": ada.email}).ok, "Grace can still ask Ada"
    assert ada.post("/friends", {"email": grace.email}).ok, "asking back accepts her request"
    assert f"friend-{graces_id}" in ada.get("/friends", headers=AS_BROWSER).text


def test_g35_a_name_that_is_not_changed_is_not_announced(someone, connect):
    ada = someone()
    to_ada = connect(ada)
    name = {"first_name": ada.first_name, "last_name": ada.last_name}
    for _ in range(5):
        assert ada.post("/account/name", name).ok
    heard(to_ada)
    assert len(to_ada.all("profile")) == 1, "the one sent on connecting"
    assert ada.post("/account/name", name | {"last_name": "King"}).ok
    heard(to_ada)
    assert len(to_ada.all("profile")) == 2


# A page does little work, however many events it gets.

HEARS = """async (times) => {
  const { socket } = await import("/static/live.js");
  for (let n = 0; n < times; n++) {
    for (const event of ["friends", "look"]) {
      for (const listener of socket.listeners(event)) listener({});
    }
    document.dispatchEvent(new Event("longer"));
    if (n % 20 === 0) await new Promise((done) => setTimeout(done, 20));
  }
}"""


def test_g35_a_page_that_gets_many_events_reloads_seldom_and_shows_the_last(
    someone, open_tab, complaints
):
    ada, grace = someone(), someone()
    page: Page = open_tab(ada)
    expect(page.locator("#connection")).to_have_text("connected")
    loads = []
    page.on("request", lambda request: loads.append(request.url))
    page.evaluate(
        "import('/static/live.js').then(({ socket }) => {"
        " globalThis.asked = 0; socket.onAnyOutgoing(() => globalThis.asked++); })"
    )
    begun = time.monotonic()
    page.evaluate(HEARS, 200)
    grace.post("/friends", {"email": ada.email})
    expect(page.locator("#nav-friends .badge")).to_contain_text("1")
    befriend(ada, grace)
    expect(page.locator("#nav-friends .badge")).to_have_count(0)
    seconds = time.monotonic() - begun
    # One reload at once, one each second, and one at the end. The two changes cause events, too.
    assert 1 <= len([url for url in loads if "/dashboard" in url]) <= seconds + 3
    assert page.evaluate("asked") <= 3 * (seconds + 3)
    assert complaints == []


# Large amounts of data, which the tests write into the database because no client could.


@pytest.fixture(scope="module")
def database(mongodb_uri: str) -> Iterator[Database]:
    with mongo.new_database(mongodb_uri) as database:
        yield database


@pytest.fixture(scope="module")
def full(final, mongodb_uri: str, database: Database) -> Iterator[Server]:
    address = mongo.address(mongodb_uri, database)
    with running(final, MONGODB_URI=address, PANEL="0") as server:
        yield server


def person_at(server: Server, first_name: str = "Ada", last_name: str = "Lovelace") -> Person:
    person = Person(server.url, first_name, last_name)
    assert person.sign_up().status_code == 302
    return person


def invent(database: Database, how_many: int, first_name: str = "Person") -> list[str]:
    """Add people to the database, and return their IDs."""
    ids = [ObjectId() for _ in range(how_many)]
    database.users.insert_many(
        {
            "_id": _id,
            **name_fields(first_name, str(n)),
            "email": f"{first_name}.{_id}@example.org".lower(),
            "password": "",
        }
        for n, _id in enumerate(ids)
    )
    return [str(_id) for _id in ids]


def relate(
    database: Database, user: str, others: list[str], accepted: bool = False, own: bool = False
) -> None:
    """Store friend requests from `others` to the user, the oldest first.

    With `own`, the user has sent the requests. With `accepted`, they are friendships.
    """
    begin = datetime.now(UTC) - timedelta(days=1)
    database.friendships.insert_many(
        {
            "_id": ":".join(sorted([user, other])),
            "members": sorted([user, other]),
            "asked_by": user if own else other,
            "accepted": accepted,
            "since": begin + timedelta(milliseconds=n),
        }
        for n, other in enumerate(others)
    )


def names_in(page: str, heading: str) -> list[str]:
    """Return the names of the people in the section with this heading."""
    section = page.partition(f"<h2>{heading}</h2>")[2].partition("</section>")[0]
    return re.findall(r'class="name" dir="auto">([^<]+)<', section)


def documents_read(database: Database, work: Callable[[], object]) -> int:
    """Call `work`, and return how many documents the database has examined for it."""
    database.command("profile", 2)
    try:
        work()
        return sum(each.get("docsExamined", 0) for each in database["system.profile"].find())
    finally:
        database.command("profile", 0)
        database.drop_collection("system.profile")


def test_g35_a_page_stays_short_and_cheap_however_many_people_ask(full: Server, database: Database):
    ada = person_at(full)
    before = {
        path: len(ada.get(path, headers=AS_BROWSER).text) for path in ("/dashboard", "/friends")
    }
    asking = invent(database, MANY)
    relate(database, user_id(ada), asking)
    for path, most in ("/dashboard", 1000), ("/friends", 40_000):
        page = ada.get(path, headers=AS_BROWSER).text
        assert f'<span class="badge">{ASKING - 1}+<' in page
        assert len(page) - before[path] < most
    for path in "/dashboard", "/friends", "/notifications", "/account":
        assert documents_read(database, lambda path=path: ada.get(path, headers=AS_BROWSER)) < 500
    socket = Socket(ada)
    assert documents_read(database, lambda: socket.call("state", {"shown": []})) < 500
    socket.close()

    newest = [f"Person {n}" for n in range(MANY - PAGE, MANY)]
    assert sorted(names_in(page, "Friend requests")) == sorted(newest)
    for number in range(1, 4):
        [address] = re.findall(r'href="(/friends\?asking=[0-9a-f]{24})">Older requests', page)
        page = ada.get(address, headers=AS_BROWSER).text
        end = MANY - number * PAGE
        expected = [f"Person {n}" for n in range(end - PAGE, end)]
        assert sorted(names_in(page, "Friend requests")) == sorted(expected)
    oldest = ada.get(f"/friends?asking={asking[5]}", headers=AS_BROWSER).text
    assert names_in(oldest, "Friend requests") == [f"Person {n}" for n in range(5)]
    assert "Older requests" not in oldest
    assert ada.post(f"/friends/{asking[0]}/accept").ok, "the oldest can be accepted, too"

    searched = ada.get("/friends?q=Person 17", headers=AS_BROWSER).text
    section = searched.partition("<h2>Search results</h2>")[2].partition("</section>")[0]
    assert "sent you a request" in section
    assert ">Add friend<" not in section


def test_g35_what_a_page_shows_of_many_requests_has_a_fingerprint(full: Server, database: Database):
    ada, grace = person_at(full), person_at(full, "Grace", "Hopper")
    relate(database, user_id(ada), invent(database, 300))
    socket = Socket(ada)
    try:

        def fingerprints() -> tuple[str, str]:
            [shown] = re.findall(r'data-friends="(\w+)"', ada.get("/friends").text)
            return shown, socket.call("state", {"shown": []})["friends"]

        seen = [fingerprints()]
        for path, fields, who in (
            ("/friends", {"email": ada.email}, grace),
            ("/friends", {"email": grace.email}, ada),
            (f"/friends/{user_id(ada)}/end", {}, grace),
        ):
            assert who.post(path, fields).ok
            seen.append(fingerprints())
        assert all(shown == told for shown, told in seen)
        assert len(set(seen)) == 3
        assert seen[0] == seen[-1], "the end of the friendship restores the first fingerprint"
    finally:
        socket.close()


def test_g35_many_friends_are_shown_a_page_at_a_time(full: Server, database: Database):
    ada = person_at(full)
    friends = invent(database, 2 * FRIENDS_ON_A_PAGE + 3, "Friend")
    relate(database, user_id(ada), friends, accepted=True)
    page, shown = ada.get("/friends", headers=AS_BROWSER).text, []
    for number in 1, 2, 3:
        names = names_in(page, "Your friends")
        assert len(names) == min(FRIENDS_ON_A_PAGE, len(friends) - len(shown))
        shown += names
        assert f"Page {number} of 3" in page
        [*older] = re.findall(r'href="(/friends\?page=\d)">Older friends', page)
        page = ada.get(older[0], headers=AS_BROWSER).text if older else ""
    assert sorted(shown) == sorted(f"Friend {n}" for n in range(len(friends)))
    for nonsense in "0", "-1", "99", "x", "9" * 400, "²":
        assert ada.get(f"/friends?page={nonsense}", headers=AS_BROWSER).ok


def test_g35_online_friends_are_listed_up_to_a_limit(full: Server, database: Database):
    ada = person_at(full)
    friends = [person_at(full, "Friend", str(n)) for n in range(FRIENDS_HERE + 2)]
    ids = [user_id(friend) for friend in friends]
    relate(database, user_id(ada), ids, accepted=True)
    stranger = person_at(full, "Grace", "Hopper")
    sockets = [Socket(person) for person in [*friends, stranger]]
    to_ada = Socket(ada)
    try:
        to_ada.wait_for("profile")
        for socket in sockets:
            socket.wait_for("sockets")
        page = ada.get("/dashboard", headers=AS_BROWSER).text
        assert len(names_in(page, "Friends online")) == FRIENDS_HERE
        assert "and <span>2</span> more" in page
        state = to_ada.call("state", {"shown": []})
        assert (len(state["here"]), state["hereCount"]) == (FRIENDS_HERE, FRIENDS_HERE + 2)
        people = [ids[-1], user_id(stranger), "f" * 24]
        state = to_ada.call("state", {"shown": [], "people": people})
        assert {each["id"] for each in state["here"]} == {*ids[:FRIENDS_HERE], ids[-1]}
        for wrong in "x", [1], ["x"] * 1001:
            assert to_ada.call("state", {"people": wrong}).keys() == {"error"}
    finally:
        for socket in [*sockets, to_ada]:
            socket.close()


def test_g35_a_refused_request_says_which_limit_it_is(full: Server, database: Database):
    ada, grace = person_at(full), person_at(full, "Grace", "Hopper")
    adas_id, graces_id = user_id(ada), user_id(grace)
    relate(database, adas_id, invent(database, REQUESTS), own=True)
    answer = ada.post("/friends", {"email": grace.email})
    assert answer.status_code == 400
    assert answer.json()["error"] == (
        "You have 100 unanswered requests, which is the most. Withdraw some, then ask again."
    )
    assert len(names_in(ada.get("/friends").text, "Requests you sent")) == REQUESTS

    relate(database, graces_id, invent(database, FRIENDS), accepted=True)
    grace.post("/friends", {"email": ada.email})
    answer = grace.post("/friends", {"email": ada.email})
    most = "You have 1,000 friends, which is the most. Remove a friend first."
    assert (answer.status_code, answer.json()) == (400, {"error": most})
    relate(database, graces_id, [adas_id], own=True)
    answer = ada.post(f"/friends/{graces_id}/accept")
    most = "Grace Hopper has 1,000 friends, which is the most."
    assert (answer.status_code, answer.json()) == (400, {"error": most})
    page = ada.post(f"/friends/{graces_id}/accept", headers=HTML)
    assert page.status_code == 302
    assert most in ada.get("/friends", headers=AS_BROWSER).text


# Forms.


def test_g35_a_user_who_sends_forms_without_a_pause_is_slowed_alone(someone, connect):
    ada, grace = someone(), someone()
    to_ada = connect(ada)
    answers = [ada.post("/wave") for _ in range(230)]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert 1 <= len(refused) <= 30
    wait = int(refused[-1].headers["Retry-After"])
    assert 1 <= wait <= 20
    assert re.fullmatch(
        r"You're doing this too often\. Try again in \d+ seconds?\.", refused[-1].json()["error"]
    )
    for path in "/friends", "/notifications/read", "/account/name", "/nowhere":
        # Forms count less as time passes, so on a slow machine some of them pass again.
        assert any(ada.post(path).status_code == 429 for _ in range(230)), path
    assert grace.post("/wave").ok
    assert ada.get("/dashboard", headers=AS_BROWSER).ok, "the user can still read"
    assert to_ada.call("state", {"shown": []})["sockets"] == 1
    assert ada.post("/comments", {"text": "Comments are counted by the hour."}).ok
    assert ada.post("/wave", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert ada.log_out().status_code == 302, "the user can always log out"
    assert ada.post("/wave").status_code == 401


def test_g35_a_page_that_says_so_is_short_and_costs_little(someone):
    ada = someone()
    while (page := ada.post("/wave", headers=HTML)).status_code != 429:
        pass
    assert "Retry-After" in page.headers
    assert re.search(r'role="alert">You&#39;re doing this too often. Try again in', page.text)
    assert "What you typed isn" in page.text
    assert "data-user" not in page.text, "the page opens no socket and sends no requests"
    assert len(page.text) < 5000


def test_g35_forms_of_another_site_do_not_use_up_the_limit(someone):
    ada = someone()
    for _ in range(250):
        assert ada.post("/wave", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert ada.post("/wave").ok


def test_g35_messages_for_the_next_page_do_not_pile_up_in_the_session(someone):
    ada = someone()
    for _ in range(MESSAGES + 5):
        ada.post("/friends", {"email": "nobody@example.org"}, headers=HTML)
    ada.post("/wave", headers=HTML)
    page = ada.get("/friends", headers=AS_BROWSER).text
    assert page.count("No account has this email.") == MESSAGES - 1
    assert page.count("You have waved.") == 1, "the newest messages are kept"


@pytest.fixture(scope="module")
def strict(final) -> Iterator[Server]:
    with running(final, COMMENTS_PER_HOUR="3", POSTS_PER_SECOND="1", DEMO="0") as server:
        yield server


def test_g35_comments_have_a_limit_of_their_own(strict: Server):
    ada, grace = person_at(strict), person_at(strict, "Grace", "Hopper")
    befriend(ada, grace)
    post = ada.post("/comments", {"text": "One."}).json()["id"]
    for fields in {"text": "Two.", "post": post}, {"text": ""}:
        ada.post("/comments", fields)
    answer = ada.post("/comments", {"text": "Four."})
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 2 * 60 * 60
    assert answer.json()["error"].startswith("You've written too many comments. Try again in ")
    assert grace.post("/comments", {"text": "By Grace.", "post": post}).ok
    feed = grace.get("/dashboard", headers=AS_BROWSER).text
    assert "Two." in feed
    assert "Four." not in feed
    assert ada.post(f"/comments/{post}/delete").ok


def test_g35_a_form_that_is_refused_keeps_what_was_typed_and_says_until_when(
    strict: Server, open_tab
):
    ada = person_at(strict)
    page: Page = open_tab(ada)
    for number in range(4):
        page.get_by_label("Comment", exact=True).fill(f"Number {number}.")
        page.get_by_role("button", name="Post").click()
        if number < 3:
            expect(page.get_by_label("Comment", exact=True)).to_have_value("")
    expect(page.locator("#composer output")).to_contain_text("Try again in ")
    expect(page.get_by_label("Comment", exact=True)).to_have_value("Number 3.")


def test_g35_a_person_who_does_normal_things_quickly_never_meets_a_limit(someone):
    ada, grace = someone(), someone()
    befriend(ada, grace)
    posts = [ada.post("/comments", {"text": f"Thought {n}."}) for n in range(30)]
    assert {answer.status_code for answer in posts} == {201}
    newest = posts[-1].json()["id"]
    tabs = [grace.post("/notifications/read", {"up_to": newest}) for _ in range(20)]
    tabs += [grace.post("/wave") for _ in range(20)]
    assert {answer.status_code for answer in tabs} == {200}
    gone = [ada.post(f"/comments/{answer.json()['id']}/delete") for answer in posts]
    assert {answer.status_code for answer in gone} == {200}
