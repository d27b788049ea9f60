"""Errors are answered as a page to people and as JSON to programs, and are never tracebacks."""

import pytest
import requests

from tests.steps.people import AS_BROWSER, Person
from tests.steps.servers import Server


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [("get", "/nowhere", 404), ("get", "/comments", 405), ("post", "/dashboard", 405)],
)
def test_errors_come_in_the_form_that_was_asked_for(ada: Person, method, path, code):
    request = getattr(ada, method)
    answer = request(path)
    assert (answer.status_code, set(answer.json())) == (code, {"error"})
    assert ("Allow" in answer.headers) == (code == 405)
    answer = request(path, headers=AS_BROWSER)
    assert answer.status_code == code
    assert 'role="alert"' in answer.text


def test_a_body_over_the_limit_is_refused(ada: Person):
    answer = ada.post("/comments", {"text": "x" * 2_000_000})
    assert (answer.status_code, set(answer.json())) == (413, {"error"})


def test_a_cookie_that_is_no_text_is_that_of_a_stranger(server: Server):
    cookie = {"Cookie": b"other=\xff\xfe; sid=\xff"}
    for path, code in (("/", 200), ("/session", 401), ("/socket.io/?EIO=4&transport=polling", 200)):
        assert requests.get(server.url + path, headers=cookie, timeout=30).status_code == code
