"""Sessions and their store on both databases: the cases that tests of the whole app don't reach."""

from datetime import UTC, datetime, timedelta

import pytest
from itsdangerous import Signer
from werkzeug.test import Client, TestResponse
from werkzeug.wrappers import Response

from final.sessions.middleware import MAX_COOKIES, SessionMiddleware
from final.sessions.session import Session, Term
from final.sessions.store import MongoSessionStore, hashed

TERM = Term.of_seconds(idle=3600, limit=7200)
SECRET = "the secret of these tests"
MOMENT = timedelta(seconds=5)


@pytest.fixture
def store(database) -> MongoSessionStore:
    return MongoSessionStore(database.sessions)


def new_session(store: MongoSessionStore, term: Term = TERM, **data) -> Session:
    session = Session(store, term)
    session.update(data)
    session.save()
    return session


def is_about(moment: datetime, expected: datetime) -> bool:
    return abs(moment - expected) < MOMENT


# A session.


def test_a_session_is_what_was_saved_and_is_kept_under_a_hash_of_its_id(store):
    session = new_session(store, _user_id="ada", settings={"sizes": [1, 2]})
    again = Session(store, TERM, session.sid)
    assert again == {"_user_id": "ada", "settings": {"sizes": [1, 2]}}
    assert (again.sid, again.id, again.term) == (session.sid, hashed(session.sid), TERM)
    [document] = store.collection.find()
    assert document["_id"] == session.id
    assert session.sid not in str(document)


def test_a_session_that_stays_empty_is_nothing(store):
    session = new_session(store)
    session["passing"] = 1
    del session["passing"]
    session.save()
    assert (session.sid, session.id, session.expires, session.cookie_is_due) == (*[None] * 3, False)
    assert store.collection.count_documents({}) == 0


def test_a_save_writes_the_keys_that_have_changed_and_no_other(store):
    session = new_session(store, changed=1, removed=1, kept=1, of_another=1)
    other = session.reload()
    other["of_another"] = 2
    other["added"] = [{"a": 1}]
    other.save()
    session["changed"] = 2
    del session["removed"]
    session.save()
    assert session.reload() == {"changed": 2, "kept": 1, "of_another": 2, "added": [{"a": 1}]}


def test_a_change_inside_a_value_is_saved_again_and_again(store):
    session = new_session(store, values=[{"a": 1}])
    for number in 2, 3:
        session["values"][0]["a"] = number
        session.save()
        assert session.reload() == {"values": [{"a": number}]}


def test_what_has_not_changed_is_not_written(store):
    session = new_session(store, a=1)
    [before] = store.collection.find()
    session["a"] = 2
    session["a"] = 1
    session.save()
    assert [before] == list(store.collection.find())


@pytest.mark.parametrize("key", ["a.b", "", "$set", 1, None])
def test_a_key_that_is_no_name_is_refused_and_nothing_is_stored(store, key):
    session, stored = Session(store, TERM), new_session(store, a=1)
    for each in session, stored:
        each[key] = each["b"] = 1
        with pytest.raises(ValueError, match="keys are names"):
            each.save()
    assert stored.reload() == {"a": 1}
    assert store.collection.count_documents({}) == 1


def test_a_session_that_was_destroyed_is_not_saved(store):
    session = new_session(store, a=1)
    late = session.reload()
    session.destroy()
    assert session == {}
    late["a"] = 2
    late.save()
    assert not late.cookie_is_due
    assert late.reload() == {}
    assert store.collection.count_documents({}) == 0


def test_a_session_that_is_regenerated_has_another_id_and_none_of_the_data(store):
    session = new_session(store, planted=1)
    old = session.sid
    session.regenerate()
    session["_user_id"] = "ada"
    session.save()
    assert session.sid != old
    assert store.load(old) is None
    assert session.reload() == {"_user_id": "ada"}


# How a session ends.


def test_a_session_expires_when_it_is_idle(store):
    session = new_session(store, a=1)
    assert is_about(session.expires, datetime.now(UTC) + TERM.idle)
    set_back(store, expires=timedelta(seconds=1))
    assert store.load(session.sid) is None
    assert session.reload() == {}
    assert store.alive([session.id]) == set()


def test_no_use_makes_a_session_outlive_its_limit(store):
    session = new_session(store, a=1)
    limit = datetime.now(UTC) + timedelta(minutes=10)
    store.collection.update_one({}, {"$set": {"ends": limit}})
    session = session.reload()
    assert is_about(session.expires, limit)
    session["a"] = 2
    session.save()
    assert is_about(store.load(session.sid)["expires"], limit)
    set_back(store, last_seen=timedelta(minutes=30))
    session = session.reload()
    session.touch()
    session.renew()
    assert is_about(store.load(session.sid)["expires"], limit)


@pytest.mark.parametrize(
    ("idle", "unused", "is_touched"),
    [(3600, 30, False), (3600, 90, True), (60, 3, False), (60, 9, True)],
)
def test_a_session_is_renewed_seldom_but_in_time(store, idle, unused, is_touched):
    session = new_session(store, Term.of_seconds(idle, 7200), a=1)
    set_back(store, last_seen=timedelta(seconds=unused), renewed=timedelta(seconds=unused))
    session = session.reload()
    before = session.last_seen
    session.renew()
    assert (session.reload().last_seen > before) == is_touched
    assert session.cookie_is_due == is_touched


def test_a_cookie_lives_on_with_a_session_that_is_used_by_a_socket(store):
    """A socket can't send cookies, so the next request must, even if the socket was just used."""
    session = new_session(store, a=1)
    set_back(store, last_seen=timedelta(minutes=5), renewed=timedelta(minutes=5))
    by_socket = session.reload()
    by_socket.touch()
    by_request = session.reload()
    assert by_request.last_seen > session.reload().renewed
    by_request.renew()
    assert by_request.cookie_is_due


def set_back(store: MongoSessionStore, **fields: timedelta) -> None:
    """Set these fields of the stored session to the current time minus the given durations."""
    past = {field: datetime.now(UTC) - ago for field, ago in fields.items()}
    store.collection.update_one({}, {"$set": past})


# The sessions of a user.


def test_a_user_ends_none_but_their_own_sessions(store):
    of_ada, of_grace = new_session(store, _user_id="ada"), new_session(store, _user_id="grace")
    assert not store.end("ada", of_grace.id)
    assert not store.end("ada", "no such id")
    assert store.end("ada", of_ada.id)
    assert not store.end("ada", of_ada.id), "the session has already ended"
    assert store.alive([of_ada.id, of_grace.id]) == {of_grace.id}


def test_all_sessions_of_a_user_but_one_are_ended(store):
    here, there, elsewhere = (new_session(store, _user_id="ada") for _ in range(3))
    of_grace, of_nobody = new_session(store, _user_id="grace"), new_session(store, a=1)
    assert {each["_id"] for each in store.of_user("ada")} == {here.id, there.id, elsewhere.id}
    assert set(store.end_all("ada", but=here.id)) == {there.id, elsewhere.id}
    ids = [session.id for session in (here, there, elsewhere, of_grace, of_nobody)]
    assert store.alive(ids) == {here.id, of_grace.id, of_nobody.id}
    assert store.end_all("ada") == [here.id]
    assert store.of_user("ada") == []


def test_the_sessions_of_a_user_are_told_the_last_used_first(store):
    sessions = [new_session(store, _user_id="ada") for _ in range(3)]
    for session, ago in zip(sessions, (20, 10, 30), strict=True):
        seen = datetime.now(UTC) - timedelta(minutes=ago)
        store.collection.update_one({"_id": session.id}, {"$set": {"last_seen": seen}})
    expected = [sessions[1].id, sessions[0].id, sessions[2].id]
    assert [each["_id"] for each in store.of_user("ada")] == expected


def test_of_several_ids_the_first_that_is_stored_is_loaded(store):
    first, second, ended = (new_session(store, n=n) for n in range(3))
    ended.destroy()
    expired = new_session(store, n=3)
    past = datetime.now(UTC) - MOMENT
    store.collection.update_one({"_id": expired.id}, {"$set": {"expires": past}})
    for sids, expected in [
        (["nothing", expired.sid, second.sid, first.sid], second),
        ([first.sid, second.sid], first),
        ([first.sid], first),
    ]:
        session = Session(store, TERM, *sids)
        assert (session.sid, session["n"]) == (expected.sid, expected["n"])
        assert session.reload() == session
    for sids in ["nothing", expired.sid], [expired.sid], []:
        session = Session(store, TERM, *sids)
        assert (session.sid, session) == (None, {})


# The cookie.


@pytest.fixture
def client(store) -> Client:
    """Return a client of an app that saves the query in its session and answers with its data."""

    def app(environ, start_response):
        session = environ["session"]
        if environ["QUERY_STRING"]:
            session["query"] = environ["QUERY_STRING"]
        return Response(repr(dict(session)))(environ, start_response)

    return Client(SessionMiddleware(app, store, TERM, SECRET, "sid"))


def set_cookies(answer) -> list[str]:
    return answer.headers.getlist("Set-Cookie")


def test_the_cookie_comes_with_the_first_save_and_leads_to_the_session(client, store):
    assert set_cookies(client.get("/")) == []
    [cookie] = set_cookies(client.get("/?a"))
    for part in "sid=", "; HttpOnly", "; SameSite=Lax", "; Path=/", "; Max-Age=3600":
        assert part in cookie
    assert "Secure" not in cookie
    answer = client.get("/")
    assert (answer.text, set_cookies(answer)) == ("{'query': 'a'}", [])
    [document] = store.collection.find()
    assert document["_id"] not in cookie


def test_on_https_the_cookie_is_for_https_alone(client):
    [cookie] = set_cookies(client.get("/?a", base_url="https://localhost"))
    assert "; Secure" in cookie


def sending(client: Client, cookies: str) -> TestResponse:
    """Return the answer to a request with exactly these cookies, whatever the client has stored."""
    return Client(client.application, use_cookies=False).get("/", headers={"Cookie": cookies})


def forged(sid: str) -> list[str]:
    """Return invalid cookies, some of which look almost like ours."""
    signed = Signer(SECRET, salt="session", key_derivation="hmac").sign(sid).decode()
    of_another = Signer("another secret", salt="session").sign(sid).decode()
    return ["", ".", sid, f"{sid}.", f"{sid}.x", signed, of_another, "\x00", "é" * 40, "x" * 5000]


def test_a_cookie_that_is_not_ours_never_reaches_the_store(client, store, monkeypatch):
    session = new_session(store, a=1)
    loaded = []
    monkeypatch.setattr(store, "load", loaded.append)
    for cookie in forged(session.sid):
        answer = sending(client, f"sid={cookie}")
        assert (answer.text, set_cookies(answer)) == ("{}", [])
    assert loaded == []


def test_a_limited_number_of_our_cookies_are_looked_up(client, store, monkeypatch):
    sids, looked_up = [str(n) for n in range(MAX_COOKIES + 10)], []
    monkeypatch.setattr(store, "load_first", lambda sids: looked_up.append(sids) or (None, {}))
    sign = client.application.signer.sign
    sending(client, "; ".join(f"sid={sign(sid).decode()}" for sid in sids))
    assert looked_up == [tuple(sids[:MAX_COOKIES])]


def test_the_requests_of_a_socket_save_nothing(client, store):
    assert set_cookies(client.get("/socket.io/?a")) == []
    assert store.collection.count_documents({}) == 0
