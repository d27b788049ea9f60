"""Pages of other sites, or of other ports, can't act in a user's name."""

import pytest
import requests

from tools.people import Person, connect_by_polling
from tools.servers import Server

FOREIGN = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "https://example.com"},
    {"Origin": "https://example.com"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "null"},
    {"Origin": "http://["},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
@pytest.mark.parametrize("path", ["/login", "/signup", "/logout", "/wave", "/friends", "/comments"])
def test_a_form_of_a_foreign_page_is_refused(ada: Person, path, headers):
    answer = ada.post(path, {"text": "not by Ada"}, headers=headers)
    assert (answer.status_code, set(answer.json())) == (403, {"error"})
    assert ada.get("/session").status_code == 200, "Ada is still logged in"


def test_our_own_pages_and_programs_are_accepted(server: Server, ada: Person):
    for headers in (
        {"Sec-Fetch-Site": "same-origin", "Origin": server.url},
        {"Origin": server.url},
        {},
    ):
        assert ada.post("/wave", headers=headers).status_code == 200


def test_a_link_on_a_foreign_page_may_be_followed(ada: Person):
    assert ada.get("/dashboard", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_a_foreign_page_cannot_open_a_socket(server: Server, ada: Person):
    handshake = f"{server.url}/socket.io/?EIO=4&transport=polling"
    cookies = {"sid": ada.cookie}
    foreign = {"Origin": "http://127.0.0.1:1"}
    assert requests.get(handshake, cookies=cookies, headers=foreign, timeout=30).status_code == 400
    assert not connect_by_polling(ada).startswith("44"), "without a foreign Origin, a socket opens"
