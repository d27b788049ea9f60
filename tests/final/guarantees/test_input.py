"""G13 to G18: who may send data to the app, and how the app treats that data."""

import re
import threading
import uuid
from collections import Counter
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

import pytest
from markupsafe import escape
from playwright.sync_api import Page, expect

from final.app import create_app
from final.domain.reader import Reader
from final.domain.users import call
from final.settings.config import Config
from final.web import hash_queue
from final.web.throttle import Guesses, limits_of
from tests.final.guarantees.probed import running_with
from tests.final.guarantees.test_throttle import seconds_to_wait
from tools.people import PASSWORD, Person, eventually
from tools.servers import ROOT, Server

pytestmark = pytest.mark.usefixtures("one_window")  # because the tests count attempts exactly

# G13: pages of another origin.

FOREIGN_PAGE = """<!doctype html>
<script src="socket.io.min.js"></script>
<form method="post" action="{victim}/comments"><input name="text" value="by the form"></form>
"""
FETCH = """url => fetch(url, {
  method: "POST", body: new URLSearchParams({ text: "by fetch" }),
  credentials: "include", mode: "no-cors",
}).catch(() => {})"""
CONNECT = """([url, transport]) => new Promise(resolve => {
  const socket = io(url, { transports: [transport], withCredentials: true, reconnection: false });
  socket.on("connect", () => resolve("connected"));
  socket.on("connect_error", () => resolve("refused"));
})"""


class Quietly(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def foreign_port(server: Server, tmp_path):
    """Start a second server, whose page sends a form to our app. Yield its port."""
    (tmp_path / "index.html").write_text(FOREIGN_PAGE.format(victim=server.url), "utf-8")
    client = ROOT / "final" / "web" / "static" / "vendor" / "socket.io.min.js"
    (tmp_path / client.name).write_bytes(client.read_bytes())
    handler = partial(Quietly, directory=tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as foreign:
        threading.Thread(target=foreign.serve_forever).start()
        yield foreign.server_port
        foreign.shutdown()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_g13_a_page_of_another_origin_does_nothing_as_the_user(
    someone, connect, open_tab, foreign_port: int, host: str
):
    ada, grace = someone(), someone()
    befriend(ada, grace)
    to_grace = connect(grace)
    tab = open_tab(ada)
    expect(tab.locator("#sockets")).to_have_text("1")
    foreign = tab.context.new_page()
    foreign.goto(f"http://{host}:{foreign_port}/")
    foreign.evaluate(FETCH, f"{ada.url}/comments")
    for transport in "websocket", "polling":
        assert foreign.evaluate(CONNECT, [ada.url, transport]) == "refused"
    assert ada.post("/wave").json() == {"sockets": 1}
    foreign.locator("form").evaluate("form => form.submit()")  # opens the app's answer
    expect(foreign.get_by_role("alert")).to_contain_text("another site")
    tab.get_by_label("Comment").fill("by Ada")
    tab.get_by_role("button", name="Post").click()
    to_grace.wait_for("comment", lambda comment: comment["text"] == "by Ada")
    assert [comment["text"] for comment in to_grace.all("comment")] == ["by Ada"]


def befriend(one: Person, other: Person) -> None:
    one.post("/friends", {"email": other.email})
    other.post("/friends", {"email": one.email})


# G15: one machine, two names.


def test_g15_at_localhost_the_login_page_says_that_127_0_0_1_is_another_site(
    server: Server, page: Page
):
    page.goto(f"http://localhost:{server.port}")
    expect(page.get_by_role("alert")).to_contain_text(f"127.0.0.1:{server.port} is another site")
    page.goto(server.url)
    expect(page.get_by_role("button", name="Log in")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_g15_a_refusal_names_both_sites(server: Server, ada: Person):
    localhost = f"localhost:{server.port}"
    answer = ada.post("/wave", headers={"Origin": f"http://{localhost}"})
    assert answer.status_code == 403
    assert f"127.0.0.1:{server.port}" in answer.json()["error"]
    assert localhost in answer.json()["error"]


# G16: bad input in forms and events. tests/final/test_malformed.py has malformed frames.

TOO_LONG = "x" * 501
BAD_INPUT = {
    "no text": (400, "/comments", {"data": {}}),
    "blank": (400, "/comments", {"data": {"text": " \r\n "}}),
    "too long": (400, "/comments", {"data": {"text": TOO_LONG}}),
    "a reply that is too long": (400, "/comments", {"data": {"text": TOO_LONG, "post": "POST"}}),
    "JSON instead of a form": (400, "/comments", {"json": {"text": "not a form"}}),
    "not JSON either": (400, "/comments", {"data": "{", "headers": {"Content-Type": "text/json"}}),
    "a file instead of text": (400, "/comments", {"files": {"text": ("a.txt", b"not a form")}}),
    "a reply to nothing": (404, "/comments", {"data": {"text": "hello", "post": "nothing"}}),
    "over the limit": (413, "/comments", {"data": {"text": "x" * 2_000_000}}),
    "deleting nothing": (404, "/comments/nothing/delete", {}),
    "no email": (404, "/friends", {}),
    "an email of nobody": (404, "/friends", {"data": {"email": "x" * 10_000}}),
    "accepting nobody": (404, "/friends/nobody/accept", {}),
    "ending it with nobody": (404, "/friends/nobody/end", {}),
    "read up to nothing": (400, "/notifications/read", {}),
    "read up to no id": (400, "/notifications/read", {"data": {"up_to": "nothing"}}),
    "no name": (400, "/account/name", {}),
    "a long name": (400, "/account/name", {"data": {"first_name": TOO_LONG, "last_name": "L"}}),
    "an unprintable name": (400, "/account/name", {"data": {"first_name": "\0", "last_name": "L"}}),
    "no password": (400, "/account/password", {}),
    "a short password": (
        400,
        "/account/password",
        {"data": {"password": PASSWORD, "new_password": "short"}},
    ),
    "leaving without a password": (400, "/account/delete", {}),
    "ending no session": (404, "/account/sessions/nothing/end", {}),
}


@pytest.fixture(scope="module")
def writer(server: Server) -> Person:
    """Return a user with a friend, a post and a notification. None of these may change."""
    writer, friend = (Person(server.url, *name) for name in (("Ada", "A"), ("Grace", "G")))
    writer.sign_up()
    friend.sign_up()
    befriend(writer, friend)
    writer.post("/comments", {"text": "by Ada"})
    friend.post("/comments", {"text": "by Grace"})
    return writer


def pages_of(person: Person) -> list[str]:
    """Return the content of a user's pages, without the times."""
    pages = ["/dashboard", "/friends", "/notifications", "/account"]
    return [re.sub(r'data-now="[^"]*"', "", person.get(page).text) for page in pages]


@pytest.mark.parametrize("case", BAD_INPUT)
def test_g16_bad_input_gets_a_clear_error_and_changes_nothing(writer: Person, case: str):
    code, path, sent = BAD_INPUT[case]
    before = pages_of(writer)
    answer = writer.post(path, **sent)
    assert answer.status_code == code
    assert len(answer.json()["error"]) > len("Not found.")
    assert pages_of(writer) == before
    if "password" in path:
        assert writer.elsewhere().log_in().status_code == 302, "the password is unchanged"


def test_g16_unknown_events_and_wrong_types_get_an_error(ada: Person, connect):
    socket = connect(ada)
    for event, sent in [
        ("nothing", {}),
        ("__class__", {}),
        ("notifications", {"after": 5}),
        ("notifications", {"after": {"$gt": ""}}),
    ]:
        assert set(socket.call(event, sent)) == {"error"}, event
    for sent in ["text"], [5], [[1, 2]], [None], [{}, {}, {}], [b"bytes"]:
        assert "data" in socket.call("session", *sent), sent


# G17: guessed passwords and floods of events.

TOO_OFTEN = "Too many wrong passwords."


def test_g17_wrong_passwords_are_slowed_for_that_account_alone(someone):
    ada, grace = someone(), someone()
    guesser = ada.elsewhere()
    for _ in range(5):
        assert guesser.log_in("a guess").status_code == 401
        assert guesser.log_in("a guess", email=ada.email.upper()).status_code == 401
    answer = guesser.log_in()
    assert answer.status_code == 429, "the right password is refused, too"
    assert TOO_OFTEN in answer.text.partition('role="alert"')[2]
    assert ada.get("/session").status_code == 200, "a logged-in user stays logged in"
    assert grace.elsewhere().log_in().status_code == 302


def test_g17_guesses_at_the_same_moment_are_counted_too(someone):
    ada = someone()
    codes = []

    def guess() -> None:
        codes.append(ada.elsewhere().log_in("a guess").status_code)

    threads = [threading.Thread(target=guess) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(codes) == {401: 10, 429: 10}


def test_g17_the_right_password_begins_a_new_count(someone):
    ada = someone()
    again = ada.elsewhere()
    for _ in range(2):
        for _ in range(5):
            assert again.log_in("a slip").status_code == 401
        assert again.log_in().status_code == 302


def test_g17_guesses_in_the_account_forms_are_slowed_too(someone):
    ada = someone()
    answers = [ada.post("/account/delete", {"password": "a guess"}) for _ in range(10)]
    assert {answer.status_code for answer in answers} == {400}
    answer = ada.post("/account/delete", {"password": PASSWORD})
    assert answer.status_code == 429
    assert TOO_OFTEN in answer.json()["problems"]["password"]
    assert ada.get("/session").status_code == 200


def test_g17_wrong_passwords_are_slowed_per_address():
    with running_with("few_guesses", DEMO="0") as server:
        ada = Person(server.url, "Ada", "Lovelace")
        ada.sign_up()
        for number in range(3):
            assert ada.log_in("a guess", email=f"{number}@example.org").status_code == 401
        answer = ada.elsewhere().log_in()
    assert answer.status_code == 429
    assert TOO_OFTEN in answer.text


def test_g17_an_address_is_slowed_alone():
    guesses = Guesses()

    def may_try(*who: str) -> bool:
        return seconds_to_wait(guesses, *limits_of(*who, is_known=False)) is None

    for number in range(200):
        assert may_try(f"{number}@example.org", "192.0.2.1")
    assert not may_try("ada@example.org", "192.0.2.1")
    assert may_try("ada@example.org", "192.0.2.2")


def test_g17_a_flood_of_events_slows_that_user_alone(someone, connect):
    ada, grace = someone(), someone()
    flooding, to_grace = connect(ada), connect(grace)
    answers = []
    for _ in range(150):
        flooding.client.emit("session", callback=answers.append)
    assert eventually(lambda: len(answers) == 150)
    assert "data" in answers[0]
    assert "error" in answers[-1]
    assert "data" in to_grace.call("session"), "another user's socket isn't slowed"
    assert ada.get("/session").status_code == 200, "the user's requests aren't slowed"
    befriend(ada, grace)
    grace.post("/comments", {"text": "It still hears."})
    assert flooding.wait_for("comment")


# G18: text stays text.

TYPED = "<img src=x data-typed onerror=x()>"


@pytest.fixture
def typist(someone) -> Person:
    """Return a user whose name becomes an element wherever it isn't treated as text."""
    person = someone(signed_up=False)
    person.first_name = TYPED
    person.sign_up()
    return person


def test_g18_typed_html_is_shown_as_text_on_every_page(someone, typist: Person):
    grace, alan = someone(), someone()
    befriend(typist, grace)
    alan.post("/friends", {"email": typist.email})
    post = typist.post("/comments", {"text": TYPED}).json()["id"]
    typist.post("/comments", {"text": TYPED, "post": post})
    both, plain_form = ["/dashboard", f"/posts/{post}"], {"Accept": "text/html"}
    pages = {
        f"{person.first_name} {path}": person.get(path)
        for person, paths in (
            (typist, [*both, "/account"]),
            (grace, [*both, "/friends", "/notifications"]),
            (alan, ["/friends", f"/friends?q={quote(TYPED)}"]),
        )
        for path in paths
    }
    pages["flash"] = alan.post(
        "/friends", {"email": typist.email}, headers=plain_form, allow_redirects=True
    )
    guest = Person(alan.url, "", "")
    pages["login"] = guest.post("/login", {"email": TYPED, "next": TYPED})
    pages["signup"] = guest.post("/signup", {"first_name": TYPED, "email": TYPED})
    assert [name for name, page in pages.items() if TYPED in page.text] == []
    assert [name for name, page in pages.items() if str(escape(TYPED)) not in page.text] == []


def test_g18_live_events_are_shown_as_text(someone, typist: Person, open_tab, complaints):
    grace = someone()
    befriend(typist, grace)
    page, own = open_tab(grace), open_tab(typist)
    expect(own.locator("#full-name")).to_have_text(f"{TYPED} {typist.last_name}")
    expect(page.locator("#connection")).to_have_text("connected")
    post = typist.post("/comments", {"text": TYPED}).json()["id"]
    told = page.get_by_role("list", name="Notifications").get_by_role("listitem")
    expect(told).to_have_text([f"{typist.full_name}: {TYPED}"])
    expect(page.locator("#toasts")).to_contain_text(TYPED)
    page.get_by_role("button", name="Show 1 new").click()
    expect(page.locator("#feed")).to_contain_text(TYPED)
    typist.post("/comments", {"text": f"A reply {TYPED}", "post": post})
    expect(page.locator("#feed")).to_contain_text(f"A reply {TYPED}")
    own.get_by_role("button", name="Wave").click()
    expect(own.get_by_text(f"{typist.full_name} waves.")).to_be_visible()
    own.get_by_role("button", name="Compare sessions").click()
    expect(own.locator("#socket-session")).to_contain_text("_user_id")
    for tab in page, own:
        expect(tab.locator("[data-typed]")).to_have_count(0)
    assert complaints == []


@pytest.fixture
def app(tmp_path, monkeypatch):
    """Return the app in this process, for requests without a server."""
    monkeypatch.setattr(hash_queue, "in_a_thread", call)
    return create_app(Config(embedded_db=tmp_path / "db.json"))


def test_g18_every_response_has_a_content_security_policy(app, monkeypatch):
    guest, user = app.test_client(), app.test_client()
    name = {"first_name": "Ada", "last_name": "Lovelace"}
    user.post("/signup", data={**name, "email": "a@example.net", "password": PASSWORD})
    paths = [rule.rule for rule in app.url_map.iter_rules() if rule.rule != "/logout"]
    assert len(paths) > 20
    answers = {}
    for path in [*paths, "/static/style.css", "/nowhere"]:
        for client, who in (guest, "guest"), (user, "user"):
            answers[f"GET {path} {who}"] = client.get(path)
            answers[f"POST {path} {who}"] = client.post(path)
    answers["foreign"] = user.post("/wave", headers={"Origin": "http://example.org"})
    answers["a socket"] = user.get("/socket.io/?EIO=4&transport=polling")
    answers["no socket"] = user.get("/socket.io/?EIO=4&transport=polling&sid=garbage")
    answers["too large"] = user.post("/comments", data={"text": "x" * 2_000_000})
    monkeypatch.setattr(Reader, "feed_page", lambda *_: 1 / 0)
    answers["failing"] = user.get("/dashboard")
    codes = {answer.status_code for answer in answers.values()}
    assert {200, 302, 400, 401, 403, 404, 405, 413, 500} <= codes
    for name, answer in answers.items():
        policy = answer.headers.get("Content-Security-Policy", "")
        assert "default-src 'self'" in policy, name
        assert "unsafe" not in policy, name


INJECT = """() => {
  window.ran = [];
  const script = document.createElement("script");
  script.textContent = "window.ran.push('script')";
  const button = document.createElement("button");
  button.setAttribute("onclick", "window.ran.push('handler')");
  document.body.append(script, button);
  button.click();
  return window.ran;
}"""


@pytest.mark.parametrize("path", ["/", "/dashboard", "/nowhere"])
def test_g18_a_script_that_gets_into_a_page_does_not_run(ada: Person, open_tab, complaints, path):
    page = open_tab(ada)
    page.goto(ada.url + path)
    complaints.clear()
    assert page.evaluate(INJECT) == []
    assert eventually(lambda: page.title() and len(complaints) == 2)
    assert all("Content Security Policy" in complaint for complaint in complaints)


def test_g18_the_cookie_and_the_headers_follow_owasp(app):
    user = app.test_client()

    def sign_up(url: str):
        fields = {"first_name": "Ada", "last_name": "L", "password": PASSWORD}
        fields["email"] = f"{uuid.uuid4().hex}@example.org"
        return user.post("/signup", base_url=url, data=fields)

    sid, *attributes = sign_up("http://localhost").headers["Set-Cookie"].split("; ")
    assert sid.startswith("sid=")
    kept = {each for each in attributes if not each.startswith("Expires=")}
    assert kept == {"HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=86400"}
    secure = sign_up("https://localhost")
    assert "; Secure;" in secure.headers["Set-Cookie"]
    assert "max-age" in secure.headers["Strict-Transport-Security"]
    page, static = user.get("/dashboard"), user.get("/static/style.css")
    for headers in page.headers, static.headers:
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in headers, "browsers ignore it over HTTP"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["Vary"] == "Cookie"
    assert "no-store" not in static.headers["Cache-Control"]
