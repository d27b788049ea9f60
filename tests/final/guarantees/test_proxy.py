"""G14: behind a proxy that does HTTPS, the app knows what the browser has asked for."""

import pytest
import requests

from tests.steps.people import PASSWORD, Person
from tests.steps.servers import App, running

SITE = "https://doors.example.org"
FROM_PROXY = {
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "doors.example.org",
    "X-Forwarded-For": "203.0.113.7",
}


@pytest.fixture(scope="module")
def behind_proxy(final: App):
    with running(final, PROXIES="1") as server:
        yield server


def log_in(url: str, **headers: str) -> requests.Response:
    """Log in as somebody new, with these headers."""
    ada = Person(url, "Ada", "Lovelace")
    ada.sign_up()
    fields = {"email": ada.email, "password": PASSWORD}
    all_headers = FROM_PROXY | headers
    return requests.post(f"{url}/login", fields, headers=all_headers, allow_redirects=False)


def test_g14_behind_a_proxy_the_sites_own_forms_and_sockets_pass(behind_proxy):
    answer = log_in(behind_proxy.url, Origin=SITE)
    assert answer.status_code == 302
    cookie = answer.headers["Set-Cookie"]
    assert "; Secure" in cookie
    handshake = f"{behind_proxy.url}/socket.io/?EIO=4&transport=polling"
    headers = {**FROM_PROXY, "Origin": SITE, "Cookie": cookie.partition(";")[0]}
    assert requests.get(handshake, headers=headers, timeout=30).status_code == 200


@pytest.mark.parametrize("origin", ["https://example.org", "http://doors.example.org"])
def test_g14_behind_a_proxy_other_sites_do_not_pass(behind_proxy, origin: str):
    assert log_in(behind_proxy.url, Origin=origin).status_code == 403


def test_g14_without_a_proxy_nobody_is_believed_to_be_one(server):
    answer = log_in(server.url)
    assert answer.status_code == 302
    assert "; Secure" not in answer.headers["Set-Cookie"]
    assert log_in(server.url, Origin=SITE).status_code == 403
