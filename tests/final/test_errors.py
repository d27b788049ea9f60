"""Errors are a page for people and JSON for programs, and never a traceback."""

from functools import partial

import pytest
import requests
from flask import request

from final.app import create_app
from final.settings.config import Config
from final.web.responses import page_above
from tools.people import AS_BROWSER, Person
from tools.servers import Server


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [("get", "/nowhere", 404), ("put", "/comments", 405), ("post", "/dashboard", 405)],
)
def test_errors_come_in_the_form_that_was_asked_for(ada: Person, method, path, code):
    ask = partial(ada.http.request, method, ada.url + path, timeout=30)
    answer = ask()
    assert (answer.status_code, set(answer.json())) == (code, {"error"})
    assert ("Allow" in answer.headers) == (code == 405)
    answer = ask(headers=AS_BROWSER)
    assert answer.status_code == code
    assert 'role="alert"' in answer.text


FORMS = {
    "/login": "/",
    "/login?next=/account": "/?next=/account",
    "/logout": "/",
    "/wave": "/",
    "/comments": "/",
    "/comments/nothing/delete": "/",
    "/friends/nobody/accept": "/friends",
    "/friends/%C3%A9/end": "/friends",
    "/notifications/read": "/notifications",
    "/account/name": "/account",
    "/account/sessions/nothing/end": "/account",
}


@pytest.mark.parametrize("form", FORMS)
def test_the_address_of_a_form_leads_a_browser_to_the_page_above_it(ada: Person, form: str):
    """A refused form leaves its address in the browser, and people open that address again."""
    for method in "GET", "HEAD":
        address = {"method": method, "url": ada.url + form, "timeout": 30}
        answer = ada.http.request(**address, headers=AS_BROWSER, allow_redirects=False)
        assert (answer.status_code, answer.headers["Location"]) == (302, FORMS[form])
        assert ada.http.request(**address, headers=AS_BROWSER).status_code == 200
        answer = ada.http.request(**address, allow_redirects=False)
        assert (answer.status_code, "POST" in answer.headers["Allow"]) == (405, True)


def test_every_form_has_a_page_above_it(tmp_path):
    app = create_app(Config(embedded_db=tmp_path / "db.json"))
    rules = list(app.url_map.iter_rules())
    readable = {rule.rule for rule in rules if "GET" in rule.methods}
    forms = [rule.rule for rule in rules if rule.rule not in readable]
    assert len(forms) >= len({form.partition("?")[0] for form in FORMS})
    for form in forms:
        with app.test_request_context(form, environ_overrides={"session": {}}):
            assert page_above(request.path) in readable


def test_a_body_over_the_limit_is_refused(ada: Person):
    answer = ada.post("/comments", {"text": "x" * 2_000_000})
    assert (answer.status_code, set(answer.json())) == (413, {"error"})


def test_a_cookie_that_is_no_text_is_that_of_a_stranger(server: Server):
    cookie = {"Cookie": b"other=\xff\xfe; sid=\xff"}
    for path, code in (("/", 200), ("/session", 401), ("/socket.io/?EIO=4&transport=polling", 200)):
        assert requests.get(server.url + path, headers=cookie, timeout=30).status_code == code
