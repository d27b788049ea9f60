"""nginx with the settings of final/deploy/ serves HTTPS and routes each person to one instance.

These tests of G14 use a real proxy. tests/final/guarantees/test_proxy.py tests the app alone.
"""

import json
import sys
import time
from collections.abc import Iterator

import pytest
import requests
import websocket as websocket_client
from playwright.sync_api import BrowserContext, Page, expect
from requests.adapters import HTTPAdapter

from final.web.headers import ALWAYS
from tests.final.guarantees.frames import Frames
from tests.scale.group import befriend
from tools.cluster import Cluster, running_cluster, what_is_missing
from tools.cluster.instance import Instance
from tools.people import PASSWORD, Person, eventually
from tools.servers import ROOT

SOMEWHERE = "203.0.113.7"  # an address that nobody has
AT_ONCE = 5  # seconds, on a busy machine
MAX_BODY = 1024 * 1024  # bytes
BOTH_USED_BY = 40  # people, who are almost certainly not all at the same one of two instances


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """Run two instances behind nginx, which serves HTTPS."""
    if problem := what_is_missing():
        pytest.skip(problem)
    with running_cluster(plain=False) as cluster:
        yield cluster


def new_person(cluster: Cluster) -> Person:
    person = Person(cluster.url, "Ada", "Lovelace")
    person.http.trust_env = False  # there may be other certificates in the environment
    person.http.verify = str(cluster.nginx.certificate)
    assert person.sign_up().status_code == 302
    return person


@pytest.fixture
def ada(cluster: Cluster) -> Person:
    return new_person(cluster)


@pytest.fixture
def browser_context_args(browser_context_args: dict) -> dict:
    return browser_context_args | {"ignore_https_errors": True}


def open_page(context: BrowserContext, person: Person) -> Page:
    """Open a person's feed, and wait until its socket is connected."""
    cookie = {"name": person.cookie_name, "value": person.cookie, "url": person.url}
    context.add_cookies([{**cookie, "secure": True}])
    page = context.new_page()
    page.goto(f"{person.url}/dashboard")
    expect_connected(page)
    return page


def expect_connected(page: Page) -> None:
    expect(page.locator("#connection")).to_have_text("connected", timeout=1000 * AT_ONCE)


def one_that_says(cluster: Cluster, text: str) -> Instance:
    """Return the instance whose log has this text."""
    assert eventually(lambda: any(text in instance.printed for instance in cluster.instances))
    [instance] = [each for each in cluster.instances if text in each.printed]
    return instance


def instance_of(cluster: Cluster, person: Person) -> Instance:
    """Return the instance that serves the forms of this person."""
    comment = person.post("/comments", {"text": "Where am I?"}).json()["id"]
    return one_that_says(cluster, f"comment id={comment} ")


# HTTPS.


def test_g14_a_browser_signs_up_writes_and_has_a_live_page(cluster: Cluster, context):
    complaints = []
    page = context.new_page()
    page.on("console", lambda said: said.type == "error" and complaints.append(said.text))
    loaded = page.goto(f"{cluster.url}/signup")
    assert loaded.header_value("Strict-Transport-Security").startswith("max-age=")
    for label, text in ("First name", "Ada"), ("Last name", "Lovelace"), ("Email", "ada@a.org"):
        page.get_by_label(label).fill(text)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    expect_connected(page)
    [cookie] = context.cookies()
    assert (cookie["name"], cookie["secure"]) == ("__Host-sid", True)
    page.get_by_label("Comment").fill("By way of a proxy.")
    page.get_by_role("button", name="Post").click()
    expect(page.get_by_text("By way of a proxy.")).to_be_visible()
    assert complaints == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "{site}"}, 302),
        ({"Origin": "{site}", "Sec-Fetch-Site": "same-origin"}, 302),
        ({"Origin": "http://127.0.0.1"}, 403),
        ({"Origin": "https://example.org"}, 403),
        ({"Origin": "https://example.org", "X-Forwarded-Host": "example.org"}, 403),
    ],
)
def test_g14_forms_of_the_site_pass_and_of_no_other(cluster, ada: Person, headers, status):
    headers = {name: value.format(site=cluster.url) for name, value in headers.items()}
    answer = ada.post("/wave", headers={"Accept": "text/html", **headers})
    assert answer.status_code == status


@pytest.mark.parametrize(("origin", "is_ours"), [("{site}", True), ("https://example.org", False)])
def test_g14_sockets_of_the_site_pass_and_of_no_other(cluster, ada: Person, origin, is_ours):
    origin = origin.format(site=cluster.url)
    address = f"{cluster.url}/socket.io/?EIO=4&transport="
    polling = ada.http.get(f"{address}polling", headers={"Origin": origin}, timeout=30)
    assert polling.status_code == (200 if is_ours else 400)
    assert opens_websocket(ada, f"{address}websocket".replace("https", "wss", 1), origin) is is_ours


def opens_websocket(person: Person, address: str, origin: str) -> bool:
    options = {"origin": origin, "sslopt": {"ca_certs": person.http.verify}, "timeout": 30}
    try:
        opened = websocket_client.create_connection(
            address, cookie=f"{person.cookie_name}={person.cookie}", **options
        )
    except websocket_client.WebSocketBadStatusException:
        return False
    opened.send("40")
    assert opened.recv().startswith("0{")
    assert opened.recv().startswith(("40{", '42["profile"'))
    opened.close()
    return True


def test_http_only_says_where_https_is(cluster: Cluster):
    answer = requests.get(f"{cluster.nginx.url}/posts/1?q=2", allow_redirects=False, timeout=30)
    assert answer.status_code == 301
    assert answer.headers["Location"] == f"{cluster.url}/posts/1?q=2"


# The client's address.


def refused_at(url: str, email: str, **options) -> None:
    fields = {"email": f"{email}@example.org", "password": PASSWORD}
    assert requests.post(f"{url}/login", fields, timeout=30, **options).status_code == 401


def test_g14_no_browser_can_say_that_it_is_another(cluster: Cluster):
    forged = {"X-Forwarded-For": SOMEWHERE, "Forwarded": f"for={SOMEWHERE}"}
    told = f"address={SOMEWHERE}"
    refused_at(cluster.url, "forged", headers=forged, verify=str(cluster.nginx.certificate))
    assert not any(told in instance.printed for instance in cluster.instances)
    refused_at(cluster.instances[0].url, "believed", headers=forged)  # as it believes nginx
    assert one_that_says(cluster, told) is cluster.instances[0]


class From(HTTPAdapter):
    """Sends requests from a given address of this machine."""

    def __init__(self, address: str):
        self.address = address
        super().__init__()

    def init_poolmanager(self, *args, **options) -> None:
        super().init_poolmanager(*args, source_address=(self.address, 0), **options)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere 127.0.0.2 is not this machine")
def test_g14_the_app_knows_who_asks(cluster: Cluster):
    with requests.Session() as elsewhere:
        elsewhere.mount("https://", From("127.0.0.2"))
        fields = {"email": "somebody@example.org", "password": PASSWORD}
        verify = str(cluster.nginx.certificate)
        elsewhere.post(f"{cluster.url}/login", fields, verify=verify, timeout=30)
    one_that_says(cluster, "log-in refused address=127.0.0.2")


# One instance per person.


def test_everything_of_a_person_goes_to_one_instance(cluster: Cluster):
    used = set()
    for _ in range(BOTH_USED_BY):
        person = new_person(cluster)
        socket = Frames(person)
        socket.send("40")
        sid = json.loads(socket.wait_for("40{")[2:])["sid"]
        for _ in range(3):
            assert "error" not in socket.ask("notifications", {"after": None})
        instance = instance_of(cluster, person)
        assert one_that_says(cluster, f"socket opened sid={sid}") is instance
        used.add(instance.url)
        if len(used) == len(cluster.instances):
            return
    raise AssertionError(f"all people are at {used}")


def test_when_an_instance_is_killed_its_people_reach_another(cluster: Cluster, context):
    ada, grace = new_person(cluster), new_person(cluster)
    befriend(ada, grace)
    page = open_page(context, ada)
    page.evaluate("window.isTheSamePage = true")
    killed = instance_of(cluster, ada)
    try:
        killed.kill()
        begun = time.monotonic()
        assert ada.get("/dashboard").status_code == 200
        assert grace.post("/comments", {"text": "Still here."}).status_code == 201
        assert time.monotonic() - begun < AT_ONCE
        expect(page.locator("#notifications")).to_contain_text("Still here.")  # by a new socket
        assert page.evaluate("window.isTheSamePage")
        assert instance_of(cluster, ada) is not killed
    finally:
        killed.start()
    assert eventually(lambda: instance_of(cluster, ada) is killed)


def test_while_no_instance_answers_nginx_says_so(cluster: Cluster, ada: Person):
    try:
        for instance in cluster.instances:
            instance.stop()
        answer = ada.get("/dashboard")
    finally:
        for instance in cluster.instances:
            instance.start()
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "text/plain")
    assert "Try again" in answer.text
    assert eventually(lambda: ada.get("/dashboard").status_code == 200)


# Responses from nginx itself.

STATIC = sorted(path for path in (ROOT / "final" / "web" / "static").rglob("*") if path.is_file())
AS_THE_APP = [*ALWAYS, "Strict-Transport-Security", "Cache-Control"]


def test_static_files_are_as_if_the_app_had_sent_them(cluster: Cluster, ada: Person):
    assert STATIC
    for path in STATIC:
        address = f"/static/{path.relative_to(ROOT / 'final' / 'web' / 'static').as_posix()}"
        answer = ada.get(address)
        by_app = requests.get(
            cluster.instances[0].url + address,
            headers={"X-Forwarded-Proto": "https"},
            timeout=30,
        )
        assert answer.content == path.read_bytes()
        kind, by_app_kind = (a.headers["Content-Type"].split(";")[0] for a in (answer, by_app))
        assert kind == by_app_kind
        for name in AS_THE_APP:
            assert answer.headers[name] == by_app.headers[name], (address, name)
        again = ada.get(address, headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code == 304


@pytest.mark.parametrize("extra", [0, 1])
def test_a_body_may_be_as_long_as_the_app_takes(cluster: Cluster, ada: Person, extra: int):
    body = b"text=" + b"x" * (MAX_BODY - 5 + extra)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = ada.post("/comments", data=body, headers=form)
    by_nginx = answer.headers["Content-Type"] == "text/html"
    assert by_nginx is bool(extra)
