"""Step 00: the scaffold. Its pages open and have their style, but nothing works yet."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.steps.explain import check, explained
from tools.servers import Server


@pytest.mark.parametrize("path", ["/", "/signup"])
def test_pages_bring_their_style_along(server: Server, someone, path):
    visitor = someone(signed_up=False)
    page = visitor.get(path)
    check(
        page.status_code == 200,
        f"The page {path} does not exist.",
        seen=f"GET {path} answered {page.status_code}",
        hint="Give it a route that renders its template.",
        see="routes.py",
    )
    styles = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page.text)
    answers = {style: visitor.get(style).status_code for style in styles}
    check(
        answers and set(answers.values()) == {200},
        "The page's style sheets do not load.",
        seen=answers,
        hint="Installing the workshop fills the folder static/vendor/. Copy this folder, too.",
        see="templates/layout.html",
    )


def test_the_login_page_has_its_form(server: Server, page: Page):
    page.goto(server.url)
    with explained(
        "The login page lacks a heading, a field, a button or a link.",
        hint="It needs a heading, fields labelled Email and Password, a button Log in and a link "
        "Sign up.",
        see="templates/login.html",
    ):
        expect(page.get_by_role("heading", name="Log in")).to_be_visible()
        expect(page.get_by_label("Email")).to_be_editable()
        expect(page.get_by_label("Password")).to_be_editable()
        expect(page.get_by_role("button", name="Log in")).to_be_visible()
        page.get_by_role("link", name="Sign up").click()
        expect(page).to_have_url(server.url + "/signup")


def test_the_signup_page_has_its_form(server: Server, page: Page):
    page.goto(server.url + "/signup")
    with explained(
        "The sign-up page lacks a field or the button.",
        hint="It needs fields labelled First name, Last name, Email and Password and a button "
        "Sign up.",
        see="templates/signup.html",
    ):
        for label in "First name", "Last name", "Email", "Password":
            expect(page.get_by_label(label)).to_be_editable()
        expect(page.get_by_role("button", name="Sign up")).to_be_visible()
