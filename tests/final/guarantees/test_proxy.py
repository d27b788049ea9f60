"""G14: the app accepts its own pages, even behind a proxy, however their origin is written."""

import pytest
import requests

from tools.people import AS_BROWSER, PASSWORD, Person
from tools.servers import App, running

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
    """Sign up a new user. Log in with the headers of a proxy, and with these."""
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


# Both doors compare origins, however they are written.

HOST_AND_ORIGIN = [
    ("example.org", "http://example.org"),
    ("example.org", "http://example.org:80"),
    ("example.org:80", "http://example.org"),
    ("example.org:", "http://example.org"),
    ("Example.ORG:5000", "http://example.org:5000"),
    ("example.org", "HTTP://EXAMPLE.org"),
    ("xn--bcher-kva.example", "http://XN--Bcher-KVA.example"),
    ("[::1]:5000", "http://[::1]:5000"),
    ("[0:0:0:0:0:0:0:1]:80", "http://[::1]"),
]
FOREIGN = [
    ("example.org", "null"),
    ("example.org", "http://example.org."),
    ("example.org", "http://example.org:443"),
    ("example.org", "https://example.org"),
    ("example.org:443", "http://example.org"),
    ("example.org", "http://example.org/"),
    ("example.org", "http://example.org?"),
    ("example.org", "http://ada@example.org"),
    ("example.org", "http://example.org@example.com"),
    ("example.org", "http://example.org:x"),
    ("example.org", "http://example.org:99999999"),
    ("example.org", "http://["),
    ("example.org", "http://[::1"),
    ("[::1]", "http://[::g]"),
    ("[::1]", "http://[:::1]"),
    ("example.org", "ftp://example.org"),
    ("example.org", "example.org"),
    ("example.org", "http://example.org, http://example.org"),
    ("not a host", "http://not a host"),
    ("", "http://"),
]


def doors(url: str, **headers: str) -> tuple[int, int]:
    """Return the status codes for a form and a handshake with these headers."""
    form = requests.post(f"{url}/login", {"email": "nobody"}, headers=headers, timeout=30)
    handshake = f"{url}/socket.io/?EIO=4&transport=polling"
    return form.status_code, requests.get(handshake, headers=headers, timeout=30).status_code


@pytest.mark.parametrize(("host", "origin"), HOST_AND_ORIGIN)
def test_g14_an_origin_may_be_written_in_several_ways(server, host: str, origin: str):
    assert doors(server.url, Host=host, Origin=origin) == (401, 200)


@pytest.mark.parametrize(("host", "origin"), FOREIGN)
def test_g14_other_and_malformed_origins_are_foreign_at_both_doors(server, host, origin):
    assert doors(server.url, Host=host, Origin=origin) == (403, 400)
    assert "Traceback" not in server.printed


@pytest.mark.parametrize(
    "host", ["doors.example.org", "doors.example.org:443", "DOORS.example.org"]
)
def test_g14_a_proxy_may_name_the_default_port(behind_proxy, host: str):
    headers = {**FROM_PROXY, "X-Forwarded-Host": host, "Origin": SITE}
    assert doors(behind_proxy.url, **headers) == (401, 200)
    # For a WebSocket, some proxies send wss.
    assert doors(behind_proxy.url, **headers | {"X-Forwarded-Proto": "wss"})[1] == 200


def test_g14_after_a_form_the_page_that_it_came_from_is_shown_again(server):
    ada = Person(server.url, "Ada", "Lovelace")
    ada.sign_up()
    cookie = f"sid={ada.cookie}"
    for host, referer, page in [
        ("example.org:80", "http://example.org/friends?q=x", "/friends?q=x"),
        ("example.org", "http://example.com/friends", "/dashboard"),
        ("example.org", "http://[", "/dashboard"),
        ("example.org", "http://example.org//example.com", "/dashboard"),
    ]:
        headers = {**AS_BROWSER, "Host": host, "Referer": referer, "Cookie": cookie}
        answer = requests.post(
            f"{server.url}/wave", headers=headers, allow_redirects=False, timeout=30
        )
        assert (answer.status_code, answer.headers["Location"]) == (302, page)
