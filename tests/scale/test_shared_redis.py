"""A Redis shared with other apps: their events reach no user (G19), and nonsense is safe (G16)."""

import json
import pickle
from collections.abc import Iterator

import pytest
from redis import StrictRedis
from socketio import RedisManager

from final.cluster.bus import MAX_MESSAGE
from final.realtime.local_sockets import room_of_user
from tests.scale.group import Group, is_heard
from tools import mongo
from tools.people import Person, Socket, eventually
from tools.redis import Redis
from tools.servers import App

IGNORED = "ignored "  # the beginning of the log line for a malformed message


@pytest.fixture
def client(redis: Redis) -> Iterator[StrictRedis]:
    with StrictRedis.from_url(redis.url) as client:
        yield client


def channels(client: StrictRedis, group: Group) -> list[str]:
    """Return the channels of this installation: python-socketio's, and the app's own."""
    with mongo.database_at(group.mongodb_uri) as database:
        name = database.name
    found = {channel.decode() for channel in client.pubsub_channels(f"*{name}*")}
    [emits] = [each for each in found if each.endswith(":socketio")]
    [news] = found - {emits}
    return [emits, news]


def texts(socket: Socket) -> list[str]:
    return [comment["text"] for comment in socket.all("comment")]


def id_of(person: Person) -> str:
    return person.get("/session").json()["data"]["_user_id"]


# Other apps.


@pytest.mark.parametrize("number", [0, 5])
def test_g19_an_unrelated_app_on_the_same_redis_reaches_no_one(
    redis: Redis, ada, grace, connect, number: int
):
    to_grace = connect(grace)
    others = RedisManager(f"{redis.url}/{number}", write_only=True)
    others.emit("comment", {"text": "Of another app."}, room=room_of_user(id_of(grace)))
    ada.post("/comments", {"text": "Of this one."})  # its event comes later, by the same route
    assert eventually(lambda: "Of this one." in texts(to_grace))
    assert texts(to_grace) == ["Of this one."]


def test_g19_two_installations_on_one_redis_do_not_hear_each_other(
    final: App, group: Group, mongodb_uri: str, redis: Redis, ada, grace, connect
):
    """This holds even if one began as a copy of the other, so that both have the same user IDs."""
    to_grace = connect(grace)
    with mongo.new_database(mongodb_uri) as copy, mongo.database_at(group.mongodb_uri) as original:
        for name in "users", "friendships", "sessions":
            copy[name].insert_many(original[name].find())
        other = Group(final, mongo.address(mongodb_uri, copy), 1, REDIS_URL=f"{redis.url}/1")
        try:
            other.start()
            there = ada.with_old_cookie()
            there.url = other.servers[0].url
            assert there.post("/comments", {"text": "In the copy."}).status_code == 201
            there.log_out()
        finally:
            other.close()
    ada.post("/comments", {"text": "In the original."})
    assert eventually(lambda: "In the original." in texts(to_grace))
    assert texts(to_grace) == ["In the original."]
    assert to_grace.all("look") == []


def test_anyone_who_knows_the_channel_can_speak_for_the_app(
    group: Group, client, redis, grace, connect
):
    """Redis is trusted, as README.md says, so a script of your own can emit events, too."""
    to_grace = connect(grace)
    emits, _ = channels(client, group)
    script = RedisManager(redis.url, channel=emits, write_only=True)
    script.emit("wave", {"from": "A script"}, room=room_of_user(id_of(grace)))
    assert to_grace.wait_for("wave") == {"from": "A script"}


# Nonsense.


def emit(**changes: object) -> bytes:
    message = {"method": "emit", "namespace": "/", "event": "wave", "data": [{}], "room": "nobody"}
    return json.dumps({**message, **changes}).encode()


def nested(levels: int) -> bytes:
    return emit(data="!").replace(b'"!"', b"[" * levels + b"]" * levels)


EMITS = {
    "nothing": b"",
    "no JSON": b"nonsense",
    "a pickle": pickle.dumps({"method": "emit"}),
    "a list": b'["method"]',
    "a text": b'"method"',
    "a number": b"5",
    "null": b"null",
    "no method": b"{}",
    "an unknown method": b'{"method": "explode"}',
    "a list for a method": b'{"method": ["emit"]}',
    "missing keys": b'{"method": "emit"}',
    "no rooms": emit(room=[]),
    "an empty room": emit(room=[""]),
    "a list for a room": emit(room=[["a"]]),
    "an object for a room": emit(room={"a": 1}),
    "a number for an event": emit(event=5),
    "an event of the client's own": emit(event="disconnect"),
    "an object for data": emit(data={}),
    "a number for a namespace": emit(namespace=5),
    "no number": emit(data=[float("nan")]),
    "an endless number": b'{"method":"emit","namespace":"/","event":"e","room":"r","data":[1e999]}',
    "attachments": emit(binary=True, data=[{}, 5]),
    "a number for a callback": emit(callback=5),
    "deep": nested(500),
    "deeper than can be read": nested(100_000),
    "a list for a socket": b'{"method": "disconnect", "namespace": "/", "sid": []}',
    "an object for a socket": b'{"method": "enter_room", "namespace": "/", "sid": {}, "room": "a"}',
    "no room to leave": b'{"method": "leave_room", "namespace": "/", "sid": "a"}',
    "half a character": b"\xff\xfe\xd8",
    "huge": emit(data=["x" * MAX_MESSAGE]),
}
NEWS = {
    "no JSON": b"nonsense",
    "a list": b"[]",
    "a number": b"5",
    "missing keys": b'{"from": "a"}',
    "unknown news": b'{"from": "a", "what": "explosion", "ids": []}',
    "a list for news": b'{"from": "a", "what": ["ended"], "ids": []}',
    "a number for a sender": b'{"from": 1, "what": "ended", "ids": []}',
    "a text for ids": b'{"from": "a", "what": "ended", "ids": "abc"}',
    "numbers for ids": b'{"from": "a", "what": "count", "ids": [1, null]}',
    "half a character in an id": b'{"from": "a", "what": "presence", "ids": ["\\ud800"]}',
    "objects for ids": b'{"from": "a", "what": "presence", "ids": [{}]}',
    "huge": json.dumps({"from": "a", "what": "ended", "ids": ["x" * MAX_MESSAGE]}).encode(),
}


@pytest.mark.parametrize("what", NEWS)
def test_g16_a_malformed_message_costs_one_line_in_the_log(
    group: Group, client, ada, grace, connect, what: str
):
    to_grace = connect(grace)
    before = [len(server.printed) for server in group.servers]
    _, news = channels(client, group)
    client.publish(news, NEWS[what])
    ada.post("/comments", {"text": "And on it goes."})
    assert eventually(lambda: texts(to_grace) == ["And on it goes."])
    for server, length in zip(group.servers, before, strict=True):
        assert eventually(lambda server=server, length=length: IGNORED in server.printed[length:])
        printed = server.printed[length:]
        assert printed.count(IGNORED) == 1
        for complaint in "Traceback", "ERROR", "Redis does not answer":
            assert complaint not in printed


def test_g16_malformed_messages_on_the_emit_channel_do_no_harm(
    group: Group, client, ada, grace, connect
):
    """python-socketio doesn't check its own channel. It logs an error, or does nothing."""
    to_grace = connect(grace)
    before = [len(server.printed) for server in group.servers]
    emits, _ = channels(client, group)
    for message in EMITS.values():
        client.publish(emits, message)

    assert eventually(lambda: is_heard(ada, to_grace))
    for server, length in zip(group.servers, before, strict=True):
        assert "Redis does not answer" not in server.printed[length:]
        assert "Traceback" not in server.printed[length:]


UNUSUAL = {
    "an unknown socket": b'{"method": "disconnect", "namespace": "/", "sid": "nobody"}',
    "an unknown namespace": emit(namespace="/elsewhere"),
    "an unknown room": emit(room=["nobody", "nowhere"]),
    "no data": emit(data=[]),
    "a socket that is not here": b'{"method":"enter_room","namespace":"/","sid":"a","room":"b"}',
    "another namespace": b'{"method":"disconnect","namespace":"/elsewhere","sid":"a"}',
}


@pytest.mark.parametrize("what", UNUSUAL)
def test_g16_a_message_about_what_is_not_here_does_nothing(
    group: Group, client, ada, grace, connect, what: str
):
    to_grace = connect(grace)
    before = [len(server.printed) for server in group.servers]
    client.publish(channels(client, group)[0], UNUSUAL[what])
    ada.post("/comments", {"text": "And on it goes."})
    assert eventually(lambda: texts(to_grace) == ["And on it goes."])
    for server, length in zip(group.servers, before, strict=True):
        assert "Traceback" not in server.printed[length:]
        assert IGNORED not in server.printed[length:]
