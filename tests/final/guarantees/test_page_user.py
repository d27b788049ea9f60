"""G28: a page belongs to the user it was rendered for, and can act for no one else."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
import socketio

from tests.final.guarantees.frames import Frames
from tests.final.guarantees.probed import running_with
from tools.folders import ROOT
from tools.people import AS_BROWSER, BOTH_TRANSPORTS, PASSWORD, Person, Socket
from tools.servers import Server

FINAL = ROOT / "final"
SAFE = {"GET", "HEAD", "OPTIONS"}
FOR_NOBODY = {"/login", "/signup"}  # their forms are rendered before a login
REFUSED = "this page belongs to another account"


@pytest.fixture(scope="module")
def server():
    with running_with("inventory", DEMO="0") as server:
        yield server


def id_of(person: Person) -> str:
    return person.get("/session").json()["data"]["_user_id"]


def rules_of(person: Person) -> Iterator[tuple[str, set[str]]]:
    """Yield the path of each of the app's URL rules, with its methods."""
    for rule, methods in person.get("/probe/rules").json():
        if not rule.startswith(("/probe/", "/static/")):
            yield rule, set(methods)


class Scene:
    """Alan, a logged-in user, with the people and posts that the forms need."""

    def __init__(self, url: str):
        names = ["Ada Lovelace", "Grace Hopper", "Alan Turing"]
        self.ada, self.grace, self.alan = (Person(url, *name.split()) for name in names)
        for person in self.ada, self.grace, self.alan:
            person.sign_up()
        there = self.alan.elsewhere()
        there.log_in()
        self.graces_id = id_of(self.grace)
        for one, other in (self.ada, self.alan), (self.alan, self.ada), (self.grace, self.alan):
            one.post("/friends", {"email": other.email})
        posts = [each.post("/comments", {"text": "Hello."}) for each in (self.alan, self.ada)]
        his, hers = (answer.json()["id"] for answer in posts)
        self.ids = {
            "post_id": his,
            "user_id": self.graces_id,
            "session_id": there.get("/probe/session").json()["id"],
        }
        names = {"first_name": "Augusta", "last_name": "King"}
        passwords = {"password": PASSWORD, "new_password": "analytical engine"}
        self.fields = {"text": "Hi!", "up_to": hers, "email": self.grace.email}
        self.fields |= names | passwords
        self.fields_of = {"/signup": {"email": f"new.{self.alan.email}"}}

    def request(self, method: str, rule: str, page_user: str, headers: dict | None = None):
        """Send the form of this rule as Alan, from a page that was rendered for `page_user`."""
        path = re.sub(r"<(\w+)>", lambda found: self.ids[found[1]], rule)
        fields = self.fields | self.fields_of.get(rule, {})
        fields["page_user"] = page_user
        return self.alan.http.request(
            method,
            self.alan.url + path,
            data=fields,
            headers=headers,
            allow_redirects=False,
            timeout=30,
        )

    def stored(self) -> dict:
        return self.alan.get("/probe/stored").json()


# Forms.


def test_g28_a_form_from_another_users_page_does_nothing(ada: Person, connect):
    """Try all the app's forms. If your new form fails here, give Scene the data that it needs."""
    forms = [(method, rule) for rule, methods in rules_of(ada) for method in sorted(methods - SAFE)]
    assert len(forms) >= 14, "all forms are found"
    for method, rule in forms:
        scene = Scene(ada.url)
        socket = connect(scene.alan)
        socket.call("session")
        before, heard = scene.stored(), len(socket.received)
        for headers in {}, AS_BROWSER:
            answer = scene.request(method, rule, scene.graces_id, headers)
            assert answer.status_code == 409, f"{method} {rule}"
            said = answer.text if headers else answer.json()["error"]
            assert f"logged in as {scene.alan.full_name}" in said
            assert ('role="alert"' in answer.text) == bool(headers)
        assert scene.stored() == before, f"{method} {rule} has changed something"
        socket.call("session")  # a marker: earlier events have arrived
        assert socket.received[heard:] == [], f"{method} {rule} has sent something"
        answer = scene.request(method, rule, id_of(scene.alan))
        assert answer.status_code < 400, f"{method} {rule} must work on Alan's own page"


def test_g28_a_request_from_another_users_page_is_refused(ada: Person):
    """Scripts name the user of their page in a header, even when they only read."""
    scene = Scene(ada.url)
    headers = {"X-Page-User": scene.graces_id}
    tried = 0
    for rule, methods in rules_of(ada):
        if rule == "/healthz":  # the same for everyone
            continue
        path = re.sub(r"<(\w+)>", lambda found: scene.ids[found[1]], rule)
        for method in methods - {"OPTIONS"}:
            answer = scene.alan.http.request(
                method, ada.url + path, headers=headers, allow_redirects=False, timeout=30
            )
            assert answer.status_code == 409, f"{method} {rule}"
            assert scene.alan.last_name not in answer.text.replace(scene.alan.full_name, "")
            tried += 1
    assert tried >= 20


@pytest.mark.parametrize(
    "said", [{}, {"page_user": "own"}, {"X-Page-User": "own"}], ids=["nothing", "form", "header"]
)
def test_g28_a_request_that_names_no_user_or_the_right_one_is_served(ada: Person, said: dict):
    said = {name: id_of(ada) for name in said}
    headers = {name: value for name, value in said.items() if name.startswith("X-")}
    fields = {"text": "Hello."} | {k: v for k, v in said.items() if k not in headers}
    assert ada.post("/comments", fields, headers=headers).status_code == 201


@pytest.mark.parametrize("place", ["form", "header"])
@pytest.mark.parametrize("said", ["", "0", "x" * 24, "null", "é", "two"])
def test_g28_an_invalid_user_id_is_refused(ada: Person, said: str, place: str):
    """The app refuses it even if the other place, or a second value, names the right user."""
    truth = id_of(ada)
    values = [truth, "0" * 24] if said == "two" else [said]
    fields = {"text": "Hello.", "page_user": values if place == "form" else truth}
    header = truth if place == "form" else ", ".join(values)
    answer = ada.post("/comments", fields, headers={"X-Page-User": header.encode()})
    assert (answer.status_code, set(answer.json())) == (409, {"error"})


def test_g28_a_visitor_is_asked_to_log_in_as_before(ada: Person):
    said = {"page_user": id_of(ada)}
    ada.log_out()
    assert ada.post("/comments", {"text": "Hello.", **said}).status_code == 401
    answer = ada.post("/comments", {"text": "Hello.", **said}, headers=AS_BROWSER)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/?next=/dashboard")
    assert ada.get("/session", headers={"X-Page-User": said["page_user"]}).status_code == 401


def test_g28_a_wrong_password_on_another_users_page_is_not_counted_as_a_guess(server: Server):
    scene = Scene(server.url)
    for _ in range(30):
        assert scene.request("POST", "/account/delete", scene.graces_id).status_code == 409
    assert scene.alan.log_in().status_code == 302


# Events.


def test_g28_an_event_from_another_users_page_does_nothing(ada: Person, someone):
    events = set(ada.get("/probe/events").json()) - {"connect", "disconnect", "*"}
    assert events >= {"session", "notifications", "state", "panel"}, "all events are found"
    graces_id = id_of(someone())
    frames = Frames(ada)
    for event in sorted(events):
        frames.send("40" + json.dumps({"pageUser": graces_id}))
        assert json.loads(frames.wait_for("44")[2:]) == {"message": REFUSED}
        frames.send("420" + json.dumps([event, {}]))
    assert ada.post("/wave").json() == {"sockets": 0}
    frames.send("40" + json.dumps({"pageUser": id_of(ada)}))
    frames.wait_for('42["sockets"')  # a marker: earlier frames have arrived
    came = [frame[:2] for frame in frames.seen]
    assert came[: len(events)] == ["44"] * len(events)
    assert sorted(came[len(events) :]) == ["40", "42", "42"], "all from the accepted socket"


@pytest.mark.parametrize("transport", BOTH_TRANSPORTS)
def test_g28_a_socket_from_another_users_page_is_refused(ada: Person, someone, transport):
    for said in id_of(someone()), "", 5, True, [id_of(ada)], {"id": id_of(ada)}:
        with pytest.raises(socketio.exceptions.ConnectionError):
            Socket(ada, transport, auth={"pageUser": said})
    assert ada.post("/wave").json() == {"sockets": 0}


def test_g28_a_socket_that_names_no_user_or_the_right_one_is_let_in(ada: Person, connect):
    for auth in None, {}, {"token": "x"}, {"pageUser": id_of(ada)}:
        assert connect(ada, auth=auth).wait_for("profile")["id"] == id_of(ada)


# Pages.


class Forms(HTMLParser):
    """The POST forms of a page, including those in <template> elements, and its links."""

    def __init__(self, html: str):
        super().__init__()
        self.posts: list[tuple[str | None, list]] = []  # the action, and the values of page_user
        self.links: set[str] = set()
        self._is_post = False
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list) -> None:
        of_tag = dict(attributes)
        if tag == "a":
            self.links.add(of_tag.get("href") or "")
        if tag == "form":
            self._is_post = of_tag.get("method") == "post"
            if self._is_post:
                self.posts.append((of_tag.get("action"), []))
        if tag == "input" and of_tag.get("name") == "page_user":
            assert self._is_post
            assert of_tag["type"] == "hidden"
            self.posts[-1][1].append(of_tag["value"])


def test_g28_every_form_names_the_user_of_its_page(someone):
    ada, grace, alan, stranger = someone(), someone(), someone(), someone()
    ada.elsewhere().log_in()
    for one, other in (ada, grace), (grace, ada), (alan, ada), (ada, stranger):
        one.post("/friends", {"email": other.email})
    for n in range(21):
        mine = ada.post("/comments", {"text": f"Thought {n}."}).json()["id"]
        grace.post("/comments", {"text": "Why?", "post": mine})
    to_visit = {"/dashboard", "/friends?q=alan"}
    seen, actions = set(), set()
    while to_visit - seen:
        path = (to_visit - seen).pop()
        seen.add(path)
        answer = ada.get(path)
        if answer.status_code == 200:  # the login page redirects a logged-in user
            actions |= actions_of(ada, path, answer.text, to_visit)
    bad_name = ada.post("/account/name", {"first_name": ""}, headers=AS_BROWSER)
    actions |= actions_of(ada, "/account/name", bad_name.text, set())
    assert any(path.startswith("/dashboard?before=") for path in seen)
    assert len(seen) > 30

    rules = {rule for rule, methods in rules_of(ada) if methods - SAFE} - FOR_NOBODY
    patterns = {rule: re.sub(r"<\w+>", "[^/]+", rule) for rule in rules}
    without_a_form = [
        rule
        for rule, pattern in patterns.items()
        if not any(map(re.compile(pattern).fullmatch, actions))
    ]
    assert without_a_form == [], "the visited pages have a form for each rule"


def actions_of(person: Person, path: str, html: str, links: set[str]) -> set[str]:
    """Check that each form of a page names its user. Return the actions, and add to `links`."""
    forms = Forms(html)
    links |= {
        urljoin(path, link).partition("#")[0] for link in forms.links if not urlsplit(link).netloc
    }
    assert forms.posts, f"{path} has a form to log out"
    wrong = [action for action, said in forms.posts if said != [id_of(person)]]
    assert wrong == [], f"forms of {path} that don't name its user"
    return {action for action, _ in forms.posts if action}


def test_g28_a_page_for_visitors_names_no_user(server: Server):
    visitor = Person(server.url, "Ada", "Lovelace")
    for path in "/", "/signup":
        forms = Forms(visitor.get(path).text)
        assert forms.posts
        assert all(said == [] for _, said in forms.posts)


def test_g28_every_template_and_script_names_the_user_of_its_page():
    forms = {
        (path.name, form)
        for path in FINAL.rglob("*.html")
        if path.stem not in {"login", "signup"}
        for form in re.findall(r"<form\b.*?</form>", path.read_text("utf-8"), re.S)
        if 'method="post"' in form
    }
    assert len(forms) >= 11, "all forms are found"
    assert [name for name, form in forms if "{{ page_user_field() }}" not in form] == []
    scripts = {path.name: path.read_text("utf-8") for path in FINAL.glob("web/static/*.js")}
    assert [name for name, text in scripts.items() if "fetch(" in text] == ["page_user.js"]
