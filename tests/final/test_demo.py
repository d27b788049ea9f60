"""The demo people exist when the demo is on, and only then."""

from collections.abc import Iterator
from contextlib import contextmanager

import requests
from playwright.sync_api import Page, expect

from tools import mongo
from tools.people import AS_BROWSER, PASSWORD, Person
from tools.servers import App, Server, running

PEOPLE = ["Ada Lovelace", "Grace Hopper", "Alan Turing"]
EMAILS = ["ada@example.org", "grace@example.org", "alan@example.org"]
PUBLIC = "look-around"


def test_one_click_logs_in_as_a_demo_person(server: Server, new_context):
    def be(name: str) -> Page:
        page = new_context().new_page()
        page.goto(server.url)
        page.get_by_role("button", name=f"Continue as {name}").click()
        expect(page.locator("#full-name")).to_have_text(name)
        return page

    ada, grace, alan = (be(name) for name in PEOPLE)
    ada.get_by_label("Comment").fill("Grace is a friend from the start.")
    ada.get_by_role("button", name="Post").click()
    expect(grace.get_by_text("Grace is a friend from the start.")).to_be_visible()

    alan.get_by_role("button", name="Wave").click()  # this event arrives after the comment
    expect(alan.get_by_text("Alan Turing waves")).to_be_visible()
    strangers = alan.get_by_role("list", name="Notifications")
    expect(strangers.get_by_role("listitem")).to_have_count(0)


def test_a_restart_invites_the_same_people_again(final: App):
    with running(final) as server:
        before = requests.get(server.url, timeout=30).text
        server.stop()
        server.start()
        after = requests.get(server.url, timeout=30).text
    assert before == after
    assert before.count("Continue as Ada Lovelace") == 1


def test_there_are_no_demo_people_when_the_demo_is_off(final: App):
    with running(final, DEMO="0") as server:
        page = requests.get(server.url, timeout=30).text
        assert not [name for name in PEOPLE if name in page]
        login = {"email": "ada@example.org", "password": "look-around"}
        assert requests.post(f"{server.url}/login", login, timeout=30).status_code == 401


# On a database that outlives the app.


@contextmanager
def started(final: App, uri: str, database, demo: bool) -> Iterator[str]:
    """Start the app on this database; return its URL."""
    settings = {"MONGODB_URI": mongo.address(uri, database), "DEMO": str(int(demo))}
    with running(final, **settings) as server:
        yield server.url


def person(url: str, email: str, name: str = "Ada Lovelace") -> Person:
    person = Person(url, *name.split())
    person.email = email
    return person


def codes(url: str, *emails: str, password: str = PUBLIC) -> list[int]:
    """Return the status code of a login with each of these emails."""
    return [person(url, email).log_in(password).status_code for email in emails]


def offered(url: str) -> list[str]:
    """Return the demo people whose "Continue as" button is on the login page."""
    page = requests.get(url, timeout=30).text
    return [name for name in PEOPLE if f"Continue as {name}" in page]


def test_g36_demo_people_leave_with_the_demo(final: App, mongodb_uri: str, mongodb):
    with started(final, mongodb_uri, mongodb, demo=True) as url:
        ada = person(url, EMAILS[0])
        assert ada.log_in(PUBLIC).status_code == 302
        ada.post("/account/name", {"first_name": "Augusta", "last_name": "King"})
        grace = person(url, EMAILS[1])
        grace.log_in(PUBLIC)
        new = {"password": PUBLIC, "new_password": PASSWORD}
        assert grace.post("/account/password", new).ok
        visitor = Person(url, "Ada", "Byron")
        visitor.sign_up()
        visitor.post("/friends", {"email": EMAILS[0]})
        ada.post("/friends", {"email": visitor.email})
    with started(final, mongodb_uri, mongodb, demo=False) as url:
        assert codes(url, *EMAILS) == [401] * 3
        assert codes(url, EMAILS[1], password=PASSWORD) == [401]
        for guest in ada, grace:
            guest.url = url
            assert guest.get("/session").status_code == 401
        visitor.url = url
        assert visitor.get("/session").status_code == 200
        page = visitor.get("/friends", headers=AS_BROWSER).text + visitor.get("/dashboard").text
        assert "King" not in page
    assert [user["email"] for user in mongodb.users.find()] == [visitor.email]
    assert mongodb.posts.count_documents({}) == 0
    assert mongodb.friendships.count_documents({}) == 0
    with started(final, mongodb_uri, mongodb, demo=True) as url:
        assert offered(url) == PEOPLE
        assert codes(url, *EMAILS) == [302] * 3


def test_g36_a_changed_password_of_a_demo_person_is_reset_at_the_next_start(
    final: App, mongodb_uri: str, mongodb
):
    with started(final, mongodb_uri, mongodb, demo=True) as url:
        ada = person(url, EMAILS[0])
        ada.log_in(PUBLIC)
        assert ada.post("/account/password", {"password": PUBLIC, "new_password": PASSWORD}).ok
    with started(final, mongodb_uri, mongodb, demo=True) as url:
        assert codes(url, *EMAILS) == [302] * 3


def test_g36_a_user_with_the_email_of_a_demo_person_stays_unchanged(
    final: App, mongodb_uri: str, mongodb
):
    with started(final, mongodb_uri, mongodb, demo=False) as url:
        ada = person(url, EMAILS[0], "Ada Byron")
        ada.sign_up()
        ada.post("/comments", {"text": "I was here before."})
    for demo in True, False:
        with started(final, mongodb_uri, mongodb, demo) as url:
            assert offered(url) == (PEOPLE[1:] if demo else [])
            assert "Ada Byron" not in requests.get(url, timeout=30).text
            assert codes(url, EMAILS[0], password=PASSWORD) == [302]
            assert codes(url, *EMAILS) == ([401, 302, 302] if demo else [401] * 3)
            ada.url = url
            assert "I was here before." in ada.get("/dashboard").text
    assert mongodb.users.count_documents({}) == 1


def test_g36_demo_people_from_before_they_were_marked_leave_too(
    final: App, mongodb_uri: str, mongodb
):
    with started(final, mongodb_uri, mongodb, demo=True) as url:
        grace = person(url, EMAILS[1])
        grace.log_in(PUBLIC)
        grace.post("/account/password", {"password": PUBLIC, "new_password": PASSWORD})
    mongodb.users.update_many({}, {"$unset": {"demo": True}})
    with started(final, mongodb_uri, mongodb, demo=False) as url:
        assert codes(url, *EMAILS) == [401] * 3
        assert codes(url, EMAILS[1], password=PASSWORD) == [302], "she may be a visitor by now"
    assert [user["email"] for user in mongodb.users.find()] == [EMAILS[1]]
