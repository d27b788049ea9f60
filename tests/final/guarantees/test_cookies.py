"""G29: cookies that other apps on the same host leave in a browser."""

import pytest
import requests
import websocket
from playwright.sync_api import expect

from tests.final.story.stage import Tab
from tools.people import PASSWORD, Person, connect_by_polling
from tools.servers import App, Server, our_apps, running

FOREIGN = {
    "a name": "sid=foreign",
    "nothing": "sid=",
    "no value": "sid",
    "signed by another app": "sid=0cB5.x.Zm9yZWlnbg",
    "quoted": 'sid="a; b"',
    "no text": b"sid=\xff\xfe",
    "no text in another cookie": b"other=\xff\xfe; \xff",
    "long": f"sid={'x' * 3000}",
    "many": "; ".join(f"sid={n}.{n}" for n in range(500)),
    "nothing but semicolons": ";;; ; =; =;",
    "JSON in another cookie": 'theme={"a": "b", "sid": "c"}',
}


class Named:
    """A person's browser that sends exactly these cookies, in this order."""

    def __init__(self, person: Person, *cookies: str | bytes):
        self.url = person.url
        parts = [each if isinstance(each, bytes) else each.encode() for each in cookies]
        self.cookies = b"; ".join(parts)

    def ask(self, method: str, path: str, **options) -> requests.Response:
        headers = {"Cookie": self.cookies}
        options |= {"timeout": 30, "allow_redirects": False}
        return requests.request(method, self.url + path, headers=headers, **options)

    @property
    def http(self) -> requests.Session:
        session = requests.Session()
        session.headers["Cookie"] = self.cookies
        return session

    def answer_over_websocket(self) -> str:
        """Send a connect packet over a WebSocket. Return the packet that accepts or refuses it."""
        address = self.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
        cookie = {"Cookie": self.cookies.decode("latin-1")}
        ws = websocket.create_connection(address, header=cookie, timeout=10)
        try:
            ws.send("40")
            while not (packet := ws.recv()).startswith(("40", "44")):
                pass
            return packet
        finally:
            ws.close()


def orders(ours: str, other: str | bytes) -> list[tuple]:
    return [(ours, other), (other, ours)]


@pytest.mark.parametrize("foreign", FOREIGN.values(), ids=FOREIGN)
def test_g29_a_foreign_cookie_is_passed_over_at_both_doors(ada: Person, foreign: str | bytes):
    fingerprint = ada.get("/session").json()["id"]
    for cookies in orders(f"sid={ada.cookie}", foreign):
        browser = Named(ada, *cookies)
        assert browser.ask("GET", "/session").json()["id"] == fingerprint
        assert browser.ask("GET", "/dashboard").status_code == 200
        assert '40{"sid"' in connect_by_polling(browser)
        if isinstance(foreign, str):
            assert '40{"sid"' in browser.answer_over_websocket()
    alone = Named(ada, foreign)
    assert alone.ask("GET", "/").status_code == 200
    assert alone.ask("GET", "/dashboard").headers["Location"] == "/?next=/dashboard"
    assert connect_by_polling(alone).startswith("44")


def test_g29_the_first_cookie_with_a_stored_session_is_used(someone):
    ada, grace = someone(), someone()
    stale = ada.with_old_cookie().cookie
    ada.log_out()
    ada.log_in()
    for cookies, name in [
        ([stale, ada.cookie], "Ada"),
        ([ada.cookie, stale], "Ada"),
        ([stale, "foreign", grace.cookie, ada.cookie], "Grace"),
        ([ada.cookie, ada.cookie, grace.cookie], "Ada"),
    ]:
        browser = Named(ada, *(f"sid={each}" for each in cookies))
        user = (ada if name == "Ada" else grace).get("/session").json()
        assert browser.ask("GET", "/session").json()["id"] == user["id"]
        before = {person: person.post("/wave").json()["sockets"] for person in (ada, grace)}
        assert '40{"sid"' in connect_by_polling(browser)
        for person, count in before.items():
            is_theirs = person.first_name == name
            assert person.post("/wave").json()["sockets"] == count + is_theirs
    nobody = Named(ada, f"sid={stale}", "sid=foreign", f"sid={stale}")
    assert nobody.ask("GET", "/session").status_code == 401
    assert connect_by_polling(nobody).startswith("44")


@pytest.mark.parametrize("foreign", ["sid=foreign", b"sid=\xff"])
@pytest.mark.parametrize("is_first", [True, False])
def test_g29_logging_in_and_out_works_beside_a_foreign_cookie(
    ada: Person, foreign: str | bytes, is_first: bool
):
    def with_foreign(*ours: str) -> Named:
        return Named(ada, foreign, *ours) if is_first else Named(ada, *ours, foreign)

    credentials = {"email": ada.email, "password": PASSWORD}
    answer = with_foreign().ask("POST", "/login", data=credentials)
    assert answer.headers["Location"] == "/dashboard"
    ours = answer.headers["Set-Cookie"].partition(";")[0]
    browser = with_foreign(ours)
    assert browser.ask("GET", "/dashboard").status_code == 200
    answer = browser.ask("POST", "/logout")
    assert answer.headers["Set-Cookie"].startswith("sid=; ")
    assert browser.ask("GET", "/session").status_code == 401
    assert connect_by_polling(browser).startswith("44")
    again = browser.ask("POST", "/login", data=credentials).headers["Set-Cookie"].partition(";")[0]
    assert with_foreign(again).ask("GET", "/dashboard").status_code == 200


def test_g29_a_logout_ends_every_session_that_the_browser_sends(someone, connect):
    """Otherwise the browser's next session cookie would count, and keep a user logged in."""
    ada, grace = someone(), someone()
    there = grace.elsewhere()
    there.log_in()
    browser = Named(ada, f"sid={ada.cookie}", f"sid={grace.cookie}")
    sockets = [connect(person) for person in (ada, grace)]
    assert browser.ask("POST", "/logout").status_code == 302
    assert browser.ask("GET", "/session").status_code == 401
    assert connect_by_polling(browser).startswith("44")
    assert [socket.wait_until_closed(10) for socket in sockets] == [True, True]
    assert there.get("/session").status_code == 200


def test_g29_with_a_name_of_its_own_it_runs_beside_a_step_in_one_browser(final: App, new_context):
    [step] = [app for app in our_apps() if app.step == 4]
    with (
        running(final, SESSION_COOKIE_NAME="two_doors", DEMO="0") as ours,
        running(step) as theirs,
    ):
        context = new_context()
        tabs = [log_in(context, server) for server in (ours, theirs)]
        names = {cookie["name"] for cookie in context.cookies()}
        assert names == {"two_doors", "sid"}
        for tab in tabs * 2:
            tab.page.reload()
            tab.expect_name("Ada Lovelace")
        tabs[0].press("Log out")
        expect(tabs[0].page.get_by_role("button", name="Log in", exact=True)).to_be_visible()
        tabs[1].page.reload()
        tabs[1].expect_name("Ada Lovelace")


def log_in(context, server: Server) -> Tab:
    ada = Person(server.url, "Ada", "Lovelace")
    ada.sign_up()
    tab = Tab(context.new_page())
    tab.go(server.url)
    tab.fill_in(email=ada.email, password=PASSWORD)
    tab.press("Log in")
    tab.expect_name("Ada Lovelace")
    return tab


# Over HTTPS.

HTTPS = {"X-Forwarded-Proto": "https"}


@pytest.fixture(scope="module")
def behind_https(final: App):
    with running(final, PROXIES="1", DEMO="0") as server:
        yield server


def cookie_of(answer: requests.Response) -> tuple[str, str, set[str]]:
    """Return the name, value and attributes of the cookie that a response sets."""
    pair, *attributes = answer.headers["Set-Cookie"].split("; ")
    name, _, value = pair.partition("=")
    return name, value, set(attributes)


def sign_up_over(server: Server, **headers: str) -> tuple[Person, requests.Response]:
    ada = Person(server.url, "Ada", "Lovelace")
    ada.http.headers.update(headers)
    answer = ada.sign_up()
    assert answer.status_code == 302
    return ada, answer


def test_g29_over_https_no_other_host_can_set_the_cookie(behind_https: Server):
    ada, answer = sign_up_over(behind_https, **HTTPS)
    name, value, attributes = cookie_of(answer)
    assert name == "__Host-sid"
    assert {"Secure", "Path=/", "HttpOnly", "SameSite=Lax"} <= attributes
    assert not [each for each in attributes if each.startswith("Domain")]
    foreign = ["__Host-sid=foreign", f"sid={value}x", "sid=foreign"]
    ours = f"__Host-sid={value}"
    for cookies in [*orders(ours, foreign[0]), *orders(ours, foreign[1]), (*foreign, ours)]:
        browser = Named(ada, *cookies)
        assert ask(browser, "GET", "/session").status_code == 200
    answer = ask(Named(ada, ours), "POST", "/logout")
    assert cookie_of(answer)[:2] == ("__Host-sid", "")
    assert ask(Named(ada, ours), "GET", "/session").status_code == 401


def ask(browser: Named, method: str, path: str, **headers: str) -> requests.Response:
    headers = HTTPS | {"Cookie": browser.cookies.decode()} | headers
    options = {"headers": headers, "timeout": 30, "allow_redirects": False}
    return requests.request(method, browser.url + path, **options)


def test_g29_over_https_a_cookie_without_the_prefix_is_ignored(behind_https: Server):
    """An attacker on another subdomain or on the network could have planted that cookie."""
    ada, answer = sign_up_over(behind_https)
    name, value, attributes = cookie_of(answer)
    assert (name, "Secure" in attributes) == ("sid", False)
    planted = Named(ada, f"sid={value}")
    assert ask(planted, "GET", "/session").status_code == 401
    assert ask(planted, "GET", "/session", **{"X-Forwarded-Proto": "http"}).status_code == 200


@pytest.mark.parametrize("proto", ["https", "wss"])
def test_g29_over_https_a_socket_has_the_same_cookie(behind_https: Server, proto: str):
    ada, answer = sign_up_over(behind_https, **HTTPS)
    browser = Named(ada, f"__Host-sid={cookie_of(answer)[1]}")
    headers = {"Cookie": browser.cookies.decode(), "X-Forwarded-Proto": proto}
    address = browser.url.replace("http", "ws") + "/socket.io/?EIO=4&transport=websocket"
    origin = browser.url.replace("http", "https")
    ws = websocket.create_connection(address, header=headers, origin=origin, timeout=10)
    ws.send("40")
    while not (packet := ws.recv()).startswith(("40", "44")):
        pass
    ws.close()
    assert packet.startswith('40{"sid"')


@pytest.mark.parametrize(
    ("setting", "name"),
    [("two_doors", "__Host-two_doors"), ("__Host-x", "__Host-x"), ("__Secure-x", "__Secure-x")],
)
def test_g29_over_https_the_setting_names_the_cookie_too(final: App, setting: str, name: str):
    with running(final, PROXIES="1", DEMO="0", SESSION_COOKIE_NAME=setting) as server:
        ada, answer = sign_up_over(server, **HTTPS)
        assert cookie_of(answer)[0] == name
        browser = Named(ada, f"{name}={cookie_of(answer)[1]}")
        assert ask(browser, "GET", "/session").status_code == 200
        login = {"Referer": f"{server.url.replace('http', 'https')}/login", "Accept": "text/html"}
        tried = cookie_of(ask(Named(ada, "x=y"), "GET", "/dashboard", **login))
        assert tried[0] == f"{name}-tried"
        assert {"Secure", "Path=/"} <= tried[2]


@pytest.mark.parametrize("setting", ["__Host-x", "__Secure-x", "__host-x"])
def test_g29_over_http_a_prefix_in_the_setting_keeps_nobody_out(
    final: App, new_context, setting: str
):
    """Over HTTP, a browser rejects a cookie whose name has this prefix."""
    with running(final, DEMO="0", SESSION_COOKIE_NAME=setting) as server:
        context = new_context()
        log_in(context, server)
        assert [cookie["name"] for cookie in context.cookies()] == ["x"]
