"""G30: people's names, languages, emails and passwords work."""

# ruff: noqa: RUF001

import re
import time
import unicodedata
import uuid
from html import unescape

import pytest
from requests import Response

from final.domain import texts
from tests.final.words import COUNTS, NAMES, REFUSED_NAMES, UNSEEN_NAMES
from tools.people import PASSWORD, Person, Socket
from tools.servers import Server

# Some keyboards send these letters composed (NFC), others send them decomposed (NFD).
PASSWORDS = {
    "Spanish": "cafémañana1",
    "Swedish": "Ångström Ω",
    "Korean": "비밀번호 비밀번호",
    "Vietnamese": "mật khẩu ổn",
}
CHARACTERS = {
    "a letter": "x",
    "an emoji": "🦋",
    "a family": "👩‍👩‍👧",
    "a kiss": "👩🏽‍❤️‍💋‍👨🏿",
    "the flag of England": "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "a flag": "🇩🇪",
    "a conjunct": "क्षि",
    "an accent apart": "e\u0301",
    "a syllable apart": "\u1112\u1161\u11ab",
}
NOTHING_TO_SEE = "There's nothing to see in this"


def apart(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def somebody(server: Server, first_name: str = "Ada", last_name: str = "Lovelace") -> Person:
    """Return a person with a plain email address, but no account."""
    person = Person(server.url, first_name, last_name)
    person.email = f"{uuid.uuid4().hex}@example.org"
    return person


@pytest.fixture
def ada(server: Server) -> Person:
    person = somebody(server)
    assert person.sign_up().status_code == 302
    return person


def alert(answer: Response) -> str:
    """Return the text of the first alert on a page, or an empty text."""
    found = re.search(r'role="alert"[^>]*>([^<]*)', answer.text)
    return unescape(found[1]) if found else ""


def found_by(person: Person, query: str) -> str:
    """Search for people on the friends page. Return the HTML of the results, unescaped."""
    page = person.get("/friends", params={"q": query}).text
    return unescape(page.partition("Search results</h2>")[2].partition("</section>")[0])


# Passwords.


@pytest.mark.parametrize("password", PASSWORDS.values(), ids=PASSWORDS)
def test_g30_a_password_works_however_the_keyboard_encodes_it(server, password: str):
    for chosen in password, apart(password):
        ada = somebody(server)
        assert ada.sign_up(password=chosen).status_code == 302
        for typed in password, apart(password):
            assert ada.elsewhere().log_in(typed).status_code == 302
        assert ada.elsewhere().log_in(f"{password}.").status_code == 401


def test_g30_spaces_of_all_kinds_are_the_same_in_a_password(server):
    ada = somebody(server)
    assert ada.sign_up(password="correct\u3000horse battery").status_code == 302
    assert ada.elsewhere().log_in("correct horse\u00a0battery").status_code == 302
    assert ada.elsewhere().log_in("correcthorsebattery").status_code == 401
    assert ada.elsewhere().log_in("Correct horse battery").status_code == 401


def test_g30_a_password_is_compared_in_one_form_where_it_is_changed(ada: Person):
    for old, new in (
        (PASSWORD, apart(PASSWORDS["Spanish"])),
        (PASSWORDS["Spanish"], PASSWORDS["Swedish"]),
    ):
        fields = {"password": old, "new_password": new}
        assert ada.post("/account/password", fields).status_code == 200
    assert ada.elsewhere().log_in("A\u030angstro\u0308m \u2126").status_code == 302
    answer = ada.post("/account/delete", {"password": apart(PASSWORDS["Swedish"])})
    assert answer.status_code == 200


@pytest.mark.parametrize(("length", "status"), [(7, 400), (8, 302), (200, 302), (201, 400)])
def test_g30_a_password_is_as_long_as_it_is_in_one_piece(server, length: int, status: int):
    assert somebody(server).sign_up(password="e\u0301" * length).status_code == status


# Names.


@pytest.mark.parametrize("names", NAMES.values(), ids=NAMES)
def test_g30_real_names_are_accepted_shown_and_found(server, ada: Person, names: tuple):
    first_name, last_name, full_name, initials = names
    person = somebody(server, first_name, last_name)
    assert person.sign_up().status_code == 302
    socket = Socket(person)
    profile = socket.wait_for("profile")
    socket.close()
    assert " ".join(filter(None, [profile["firstName"], profile["lastName"]])) == full_name
    for query in full_name, apart(full_name), f"  {full_name.upper()}", person.email:
        found = found_by(ada, query)
        assert f'<span class="name" dir="auto">{full_name}</span>' in found, ascii(query)
        assert f'data-initials="{initials}"' in found
    assert person.elsewhere().log_in().status_code == 302


@pytest.mark.parametrize("name", UNSEEN_NAMES.values(), ids=UNSEEN_NAMES)
def test_g30_an_invisible_name_is_refused_with_the_reason(server, name: str):
    for field in "first_name", "last_name":
        answer = somebody(server).sign_up(**{field: name})
        assert answer.status_code == 400
        assert alert(answer).startswith(f"{NOTHING_TO_SEE} name."), field


@pytest.mark.parametrize(("name", "reason"), REFUSED_NAMES.values(), ids=REFUSED_NAMES)
def test_g30_a_name_is_refused_with_the_reason(server, ada: Person, name: str, reason: str):
    for field in "first_name", "last_name":
        answer = somebody(server).sign_up(**{field: name})
        assert answer.status_code == 400
        assert reason in alert(answer)
    changed = ada.post("/account/name", {"first_name": name, "last_name": "Lovelace"})
    assert changed.status_code == 400
    assert reason in changed.json()["problems"]["first_name"]


@pytest.mark.parametrize("character", CHARACTERS.values(), ids=CHARACTERS)
def test_g30_a_name_has_fifty_characters_as_people_count_them(ada: Person, character: str):
    name = character * 50
    answer = ada.post("/account/name", {"first_name": name, "last_name": name})
    assert answer.status_code == 200
    answer = ada.post("/account/name", {"first_name": f"{name}a", "last_name": name})
    assert answer.status_code == 400


def test_g30_a_last_name_may_be_left_empty_on_purpose(server, ada: Person):
    prince = somebody(server, "Prince", "")
    assert prince.sign_up().status_code == 302
    assert ada.post("/friends", {"email": prince.email}).json()["friend"]["lastName"] == ""
    assert ">Prince</span>" in found_by(ada, prince.email)
    for blanks in "   ", "\u3000", "\u200b":
        answer = somebody(server).sign_up(last_name=blanks)
        assert answer.status_code == 400
        assert "leave the field empty" in alert(answer)
    assert somebody(server).sign_up(last_name=None).status_code == 400
    assert ada.post("/account/name", {"first_name": "Ada"}).status_code == 400
    assert ada.post("/account/name", {"first_name": "", "last_name": "King"}).status_code == 400


# Emails.


@pytest.mark.usefixtures("one_window")
def test_g30_an_email_is_one_account_however_it_is_written(server, ada: Person):
    local = f"josé.{uuid.uuid4().hex}"
    ways = [
        f"{local}@bücher.example",
        f" {local.upper()}@BÜCHER.example\u200b",
        f"{apart(local)}@xn--bcher-kva.example",
        f"{local}@bücher。example",
        f"\u202a{local}@bücher.example\u202c",
        f"\u2068{local}@bücher.example\u2069 ",
    ]
    grace = somebody(server, "Grace", "Hopper")
    grace.email = ways[0]
    assert grace.sign_up().status_code == 302
    for way in ways:
        grace.email = way
        assert somebody(server).sign_up(email=way).status_code == 400, way
        assert grace.elsewhere().log_in().status_code == 302, way
        assert ada.post("/friends", {"email": way}).status_code == 200, way
        assert "Grace Hopper" in found_by(ada, way), way
    for n in range(10):
        grace.email = ways[n % len(ways)]
        assert grace.elsewhere().log_in("not her password").status_code == 401
    grace.email = ways[-1]
    assert grace.elsewhere().log_in().status_code == 429, "all spellings count together"


@pytest.mark.parametrize(
    "email",
    [
        "ada",
        "ada@",
        "@example.org",
        "ada@example",
        "ada@@example.org",
        "ada@.example.org",
        "ada@example..org",
        "ada@example.org.",
        "ada@-example.org",
        f"ada@{'a' * 64}.org",
        "ada love@example.org",
        "ada\u200b@example.org",
        "a\u200dda@example.org",
        "ada\x00@example.org",
        "ada\u2028@example.org",
        "ada@exa mple.org",
        "ada@☃.example",
        "ada@xn--a.example",
        "a" * 255 + "@example.org",
        "é@" * 100_000,
    ],
    ids=lambda email: ascii(email)[:30],
)
def test_g30_an_invalid_email_is_refused(server, email: str):
    answer = somebody(server).sign_up(email=email)
    assert answer.status_code == 400
    assert alert(answer) == "An email address looks like ada@example.org."


# Comments.


@pytest.mark.parametrize("text", UNSEEN_NAMES.values(), ids=UNSEEN_NAMES)
def test_g30_an_invisible_comment_is_refused_with_the_reason(ada: Person, text: str):
    post = ada.post("/comments", {"text": "seen"}).json()["id"]
    for fields in {"text": text}, {"text": text, "post": post}, {"text": f" \r\n{text}\n"}:
        answer = ada.post("/comments", fields)
        assert answer.status_code == 400
        assert answer.json() == {"error": f"{NOTHING_TO_SEE} comment."}


@pytest.mark.parametrize("character", CHARACTERS.values(), ids=CHARACTERS)
def test_g30_a_comment_has_five_hundred_characters_as_people_count_them(ada, character: str):
    post = ada.post("/comments", {"text": character * 500})
    assert post.status_code == 201
    assert post.json()["text"] == character * 500
    for fields in {}, {"post": post.json()["id"]}:
        answer = ada.post("/comments", {"text": f"{character * 500}a", **fields})
        assert answer.status_code == 400
        assert answer.json() == {"error": "A comment has 1 to 500 characters."}


def test_g30_marks_are_not_stacked_without_end(ada: Person):
    answer = ada.post("/comments", {"text": "Z" + "\u0301" * 5000})
    assert answer.status_code == 400
    assert "5,000 letters, accents and joiners" in answer.json()["error"]


def test_g30_a_line_break_is_one_character(ada: Person):
    answer = ada.post("/comments", {"text": "\r\n" + "x\r\n" * 249 + "xx\r\n"})
    assert answer.status_code == 201
    assert answer.json()["text"] == "x\n" * 249 + "xx"


@pytest.mark.parametrize(("text", "counted"), COUNTS.items(), ids=map(ascii, COUNTS))
def test_g30_characters_are_counted_as_people_do(text: str, counted: int):
    assert texts.count(text) == counted


# Searching.


# Names, each with queries that find it.
QUERIES = {
    "José": ["jose", "JOSÉ", "jose\u0301", "ｊｏｓｅ"],
    "Groß": ["GROSS", "groß", "GROẞ"],
    "Søren": ["soren", "SØREN"],
    "İstanbul": ["istanbul", "ISTANBUL", "ıstanbul"],
    "Łukasz": ["lukasz"],
    "Đặng": ["dang", "đang"],
    "Þórður": ["thordur", "ÞÓRÐUR"],
    "Æsa": ["aesa"],
    "Ħal": ["hal"],
    "Əli": ["eli", "ƏLİ"],
    "O’Brien": ["o'brien", "obrien", "OʼBRIEN", "Ｏ＇Ｂｒｉｅｎ"],
    "Jean-Luc": ["jean luc", "jean‑luc"],
    "Σοφός": ["σοφος", "ΣΟΦΟΣ"],
    "Алёна": ["алена"],
    "علی\u200cرضا": ["علیرضا", "عليرضا", "علی\u200cرضا"],
    "מֹשֶׁה": ["משה"],
    "मोहन": ["मोहन"],
    "𝓐𝓭𝓪": ["ada"],
    "ｸﾞﾚｰｽ": ["グレース"],
}
FIRST_QUERIES = [first for first, *_ in QUERIES.values()]


@pytest.mark.parametrize(("name", "queries"), QUERIES.items(), ids=FIRST_QUERIES)
def test_g30_people_are_found_without_case_and_accents(server, ada, name: str, queries: list):
    mark = uuid.uuid4().hex
    assert somebody(server, name, mark).sign_up().status_code == 302
    assert somebody(server, mark, name).sign_up().status_code == 302
    for query in queries:
        assert f">{name} {mark}<" in found_by(ada, f"{query} {mark}"), ascii(query)
        assert f">{mark} {name}<" in found_by(ada, f"{mark} {query}"), ascii(query)


def test_g30_marks_that_are_vowels_are_told_apart(server, ada: Person):
    mark = uuid.uuid4().hex
    assert somebody(server, f"{mark}कि", "").sign_up().status_code == 302
    assert f">{mark}कि<" in found_by(ada, f"{mark}कि")
    assert f">{mark}कि<" not in found_by(ada, f"{mark}कु")


# Cost.

LONG = {
    "marks": "\u0327\u0301",
    "letters to take apart": "\ufdfa",
    "flags": "🇩",
    "joiners": "👩\u200d",
    "viramas": "क\u094d",
    "fillers": "\u3164",
    "spaces": "a ",
    "at signs": "@é.",
    "dots": "é.",
}


@pytest.mark.parametrize("unit", LONG.values(), ids=LONG)
def test_g30_the_cost_of_a_text_grows_no_faster_than_its_length(unit: str):
    def cost(text: str) -> float:
        """Return how long it takes to process a text that a user sends."""
        begin = time.process_time()
        for each in texts.clean_name(text), texts.clean_comment(text):
            texts.is_visible(each), texts.has_control(each)
        texts.clean_password(text), texts.clean_email(text), texts.is_email(text)
        texts.folded(text), texts.count(text), texts.first_visible(text), texts.isolated(text)
        return time.process_time() - begin

    def least(text: str) -> float:
        return min(cost(text) for _ in range(3))

    assert least(unit * 16_000) < 20 * least(unit * 2_000) + 0.05  # seconds; quadratic is 64 times
