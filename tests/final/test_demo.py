"""The demo people: there when, and only when, the demo is on."""

import requests
from playwright.sync_api import Page, expect

from tests.steps.servers import App, Server, running

PEOPLE = ["Ada Lovelace", "Grace Hopper", "Alan Turing"]


def test_one_can_be_a_demo_person_by_one_click(server: Server, new_context):
    def be(name: str) -> Page:
        page = new_context().new_page()
        page.goto(server.url)
        page.get_by_role("button", name=f"Be {name}").click()
        expect(page.locator("#full-name")).to_have_text(name)
        return page

    ada, grace, alan = (be(name) for name in PEOPLE)
    ada.get_by_label("Comment").fill("Grace is a friend from the start.")
    ada.get_by_role("button", name="Post").click()
    expect(grace.get_by_text("Grace is a friend from the start.")).to_be_visible()

    alan.get_by_role("button", name="Wave").click()  # comes later than the comment
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
    assert before.count("Be Ada Lovelace") == 1


def test_there_are_no_demo_people_when_the_demo_is_off(final: App):
    with running(final, DEMO="0") as server:
        page = requests.get(server.url, timeout=30).text
        assert not [name for name in PEOPLE if name in page]
        login = {"email": "ada@example.org", "password": "look-around"}
        assert requests.post(f"{server.url}/login", login, timeout=30).status_code == 401
