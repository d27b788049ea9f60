"""Step 07: the app in two processes. Events of one reach the sockets of the other."""

import contextlib
import itertools
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from bson import ObjectId
from playwright.sync_api import Locator, Page, expect

from tests.scale.group import Group
from tests.steps.explain import Mistake, check, explained
from tests.steps.test_02_socket_share import expect_connected
from tests.steps.test_03_user_registry import expect_count
from tests.steps.test_04_friend_notify import befriend, comment
from tools import mongo, mongod, programs
from tools.people import BOTH_TRANSPORTS, Person, Socket, eventually
from tools.proxy import Proxy
from tools.redis import Redis
from tools.servers import FINAL, KILL, App, Server, free_port

AT_ONCE = 2  # seconds
LOGGED_OUT = 15  # seconds until a process notices on its own that a session has ended
EXPIRED = 10  # seconds until the tabs of a killed process no longer count
JOINED_AGAIN = 20  # seconds until both processes use Redis again after its return
# Seconds until a page asks for new comments without an event. If its clock jumped further, the
# client would miss a ping, and it would ask because it reconnects.
PAGE_ASKS, PAGE_OF_FINAL_ASKS = 12, 26
# Counts the events to which the page still awaits a response.
COUNT_PENDING = """
let patched;
window.pending = 0;
Object.defineProperty(window, "io", {
  configurable: true,
  get: () => patched,
  set(io) {
    const { emit } = io.Socket.prototype;
    io.Socket.prototype.emit = function (...sent) {
      const callback = sent.at(-1);
      if (typeof callback !== "function") return emit.apply(this, sent);
      pending += 1;
      const counted = (...received) => {
        pending -= 1;
        callback(...received);
      };
      return emit.call(this, ...sent.slice(0, -1), Object.assign(counted, callback));
    };
    patched = io;
  },
});
"""
VISITORS = 12  # enough that not all of them belong to the same process
both_transports = pytest.mark.parametrize("transport", BOTH_TRANSPORTS)


@pytest.fixture(scope="session")
def mongodb_uri() -> Iterator[str]:
    with mongo.real_mongodb() as uri:
        if uri is None:
            pytest.skip(mongod.why_none())
        yield uri


@pytest.fixture(scope="session")
def a_redis() -> Iterator[Redis | None]:
    program = programs.find("redis-server")
    redis = program and Redis(program)
    if redis:
        redis.start()
    yield redis
    if redis:
        redis.close()


@pytest.fixture
def redis(a_redis: Redis | None) -> Redis:
    """Redis, for the checks that need it."""
    if a_redis is None:
        pytest.skip(programs.how_to_get(["redis-server"]))
    return a_redis


@pytest.fixture(scope="session")
def groups(mongodb_uri: str, a_redis: Redis | None) -> Iterator[Callable[[App], Group]]:
    """Return a function that returns an app's two processes. Checks share them."""
    started: dict[App, Group] = {}
    with contextlib.ExitStack() as databases:

        def group_of(app: App) -> Group:
            if app not in started:
                database = databases.enter_context(mongo.new_database(mongodb_uri))
                settings = {"REDIS_URL": a_redis.url} if a_redis else {}
                uri = mongo.address(mongodb_uri, database)
                started[app] = Group(app, uri, 2, **settings)
                started[app].start()
            return started[app]

        yield group_of
        for group in started.values():
            group.close()


@pytest.fixture
def group(app: App, groups, a_redis: Redis | None) -> Iterator[Group]:
    """Two processes of the app. After a check, those that it stopped are started again."""
    group = groups(app)
    yield group
    if a_redis and a_redis.process is None:
        a_redis.start()
    for server in group.servers:
        if server.process is None:
            server.start()


@pytest.fixture
def server(group: Group) -> Server:
    """The process where people sign up."""
    return group.servers[0]


@pytest.fixture
def joined(redis: Redis, group: Group, someone, connect) -> None:
    """Wait until Redis passes events between the processes, in both directions."""
    expect_joined(group, someone, connect, None)


def expect_joined(group: Group, someone, connect, seconds: float | None) -> None:
    ada = someone()
    people = [ada, group.at(1, ada)]
    sockets = [connect(person) for person in people]
    for here, there in (0, 1), (1, 0):

        def is_heard(here: int = here, there: int = there) -> bool:
            before = len(sockets[there].all("wave"))
            people[here].post("/wave")
            return eventually(lambda: len(sockets[there].all("wave")) > before, 0.5)

        check(
            eventually(is_heard, seconds),
            "A wave in one process doesn't reach a tab in the other.",
            seen=f"the tab in the other process received {names(sockets[there])}",
            hint="Send it to a room, and connect the processes with a message queue: "
            "sio.emit(…, to=room), and client_manager=socketio.RedisManager(config.REDIS_URL).",
            see="sockets.py",
        )


def names(socket: Socket) -> str:
    return ", ".join(sorted({name for name, _ in socket.received})) or "nothing"


def texts(socket: Socket) -> list[str]:
    return [each["text"] for each in socket.all("comment")]


def missed(socket: Socket, after: str | None = None) -> list[dict]:
    """Return the notifications in the answer to a socket's question."""
    answer = socket.call("notifications", {"after": after}) or {}
    check(
        "notifications" in answer,
        "The event notifications gets no answer.",
        seen=answer,
        hint="Answer it as in chapter 6.",
        see="sockets.py",
    )
    return answer["notifications"]


def notifications_page(open_tab, person: Person) -> tuple[Page, Locator]:
    """Return a page whose clock can be set forward, and the items of its notifications list."""
    page = open_tab(person)
    page.add_init_script(COUNT_PENDING)
    page.clock.install()
    page.reload()
    expect_connected(page, person.full_name)
    return page, page.get_by_role("list", name="Notifications").get_by_role("listitem")


# Events between the processes.


def test_a_comment_reaches_friends_in_both_processes_and_no_stranger(
    group: Group, joined, someone, connect
):
    ada, grace, alan = someone(), someone(), someone()
    befriend(ada, grace)
    here, there = grace, group.at(1, grace)
    hers = [connect(at, transport) for at in (here, there) for transport in BOTH_TRANSPORTS]
    his = connect(group.at(1, alan))
    written = [comment(ada, "from the first"), comment(group.at(1, ada), "from the second")]
    reached = [eventually(lambda s=s: len(s.all("comment")) >= 2) for s in hers]
    check(
        all(reached),
        "A comment doesn't reach a friend's tabs in both processes.",
        seen=[texts(socket) for socket in hers],
        hint="Emit to the room of each friend, without ignore_queue.",
        see="sockets.py",
    )
    alan.post("/wave")
    his.wait_for("wave")
    grace.post("/wave")
    for socket in hers:
        socket.wait_for("wave")
    for socket in hers:
        ids = sorted(each["id"] for each in socket.all("comment"))
        check(
            ids == sorted(each["id"] for each in written),
            "A comment arrives twice in the same tab.",
            seen=texts(socket),
            hint="Emit once to each friend's room. Redis passes it to the other processes.",
            see="routes.py",
        )
    check(
        his.all("comment") == [],
        "A stranger in the other process gets the comment.",
        seen=texts(his),
        hint="Emit to a room that only this user's sockets have joined.",
        see="sockets.py",
    )


def test_a_wave_reaches_the_tabs_of_both_processes(group: Group, joined, someone, connect):
    ada = someone()
    first, *_ = [connect(at) for at in (ada, group.at(1, ada), group.at(1, ada))]
    # An app may record a new socket a moment after it has opened.
    first.wait_for("sockets", lambda data: data["count"] == 3)
    answers = [at.post("/wave").json() for at in (ada, group.at(1, ada))]
    check(
        answers == [{"sockets": 3}] * 2,
        "The answer to a wave counts only the tabs in its own process.",
        seen=f"{answers[0]} in the process with one tab, {answers[1]} in the process with two",
        hint="Count the records of this user's sockets in the database.",
        see="sockets.py",
    )


@both_transports
def test_a_logout_closes_the_tabs_in_both_processes(
    group: Group, joined, someone, connect, transport
):
    ada = someone()
    phone = ada.elsewhere()
    phone.log_in()
    sockets = [connect(at, transport) for at in (ada, group.at(1, ada))]
    others = connect(group.at(1, phone), transport)
    others.wait_for("sockets")
    ada.log_out()
    closed = [socket.wait_until_closed(AT_ONCE) for socket in sockets]
    check(
        closed == [True, True],
        "A logout doesn't close the tabs in both processes.",
        seen=f"in the same process: {said(closed[0])}, in the other: {said(closed[1])}",
        hint="Find the session's sockets in the database, and disconnect each of them. "
        "RedisManager passes this to the process that has the socket.",
        see="sockets.py",
    )
    phone.post("/wave")  # comes to the socket after anything that closes it
    eventually(lambda: others.all("wave") or not others.is_open)
    check(
        others.is_open,
        "A logout in one browser closes the tabs of another browser.",
        hint="Close only the sockets of the session that has ended.",
        see="socket_records.py",
    )


def said(closed: bool) -> str:
    return "closed" if closed else "still open"


def test_notifications_read_in_one_process_are_read_in_the_other(
    group: Group, joined, someone, connect
):
    ada, grace = someone(), someone()
    befriend(ada, grace)
    there = connect(group.at(1, grace))
    newest = comment(ada, "to be read")
    grace.post("/notifications/read", {"up_to": newest["id"]})
    with explained(
        "Notifications read in one process stay unread in a tab of the other.",
        hint="Emit read to the user's room.",
        see="routes.py",
    ):
        assert there.wait_for("read") == {"upTo": newest["id"], "unread": 0}


# The number of tabs.


def test_tabs_are_counted_in_all_processes(group: Group, someone, connect):
    ada = someone()
    what = "A tab doesn't get the number of its user's tabs in all processes."
    first = connect(ada)
    expect_count(first, 1, what)
    second = connect(group.at(1, ada))
    for socket in first, second:
        expect_count(socket, 2, what)
    second.close()
    expect_count(first, 1, what)


def test_two_tabs_that_open_at_the_same_moment_are_both_counted(group: Group, someone, connect):
    was_corrected = False  # a tab has got 1 at first, because the other one wasn't counted yet
    for number in range(25):
        if number >= 5 and was_corrected:
            break
        ada = someone()
        people = [ada, group.at(1, ada)]
        at_the_line = threading.Barrier(2)

        def open_tab(person: Person, at_the_line=at_the_line) -> Socket:
            at_the_line.wait()
            return connect(person)

        with ThreadPoolExecutor(2) as threads:
            sockets = list(threads.map(open_tab, people))
        for socket in sockets:
            what = "Two tabs that open at the same moment in two processes get a wrong count."
            expect_count(socket, 2, what)
            was_corrected |= socket.all("sockets")[0] == {"count": 1}


def counts(socket: Socket) -> str:
    """Return the counts that a socket received, without repetitions."""
    told = [str(each["count"]) for each in socket.all("sockets")]
    return ", ".join(count for count, _ in itertools.groupby(told))


def test_the_tabs_of_a_killed_process_no_longer_count(group: Group, someone, connect):
    ada = someone()
    first, second = connect(ada), connect(group.at(1, ada))
    expect_count(first, 2)
    group.servers[1].stop(KILL)
    second.wait_until_closed(AT_ONCE)
    check(
        eventually(lambda: first.all("sockets")[-1:] != [{"count": 2}], EXPIRED),
        f"{EXPIRED} seconds after a process was killed, its tabs still count.",
        seen=f"counts that the tab received: {counts(first)}",
        hint="A killed process can't delete its records. Give each record a lease that its process "
        "renews, count only records with a valid lease, and let the heartbeat look every second.",
        see="socket_records.py",
    )
    answer = ada.post("/wave").json()
    check(
        answer == {"sockets": 1} and first.all("sockets")[-1] == {"count": 1},
        "A tab that is open for longer than a lease no longer counts.",
        seen=f"a wave reached {answer['sockets']} tabs, and the tab received {counts(first)}",
        hint="Renew the leases of this process with each heartbeat.",
        see="heartbeat.py",
    )
    group.servers[1].start()
    connect(group.at(1, ada))
    expect_count(first, 2)


@pytest.mark.holds_before
def test_without_mongodb_a_restart_leaves_no_ghosts(own_server: Server, someone, connect):
    ada = someone()
    before = connect(ada)
    expect_count(before, 1)
    own_server.stop()
    own_server.start()
    after = connect(ada)
    expect_count(after, 1)
    check(
        after.all("sockets")[0] == {"count": 1},
        "After a restart, the old tabs still count.",
        seen=f"counts that the tab received: {counts(after)}",
        hint="When the process ends properly, delete its records: atexit.register(…).",
        see="socket_records.py",
    )


# Redis is killed, and returns.


def test_comments_written_while_redis_is_away_are_neither_lost_nor_shown_twice(
    app: App, group: Group, redis: Redis, joined, someone, connect, open_tab
):
    ada, grace = someone(), someone()
    befriend(ada, grace)
    here, there = connect(grace), connect(group.at(1, grace))
    page, items = notifications_page(open_tab, group.at(1, grace))
    before = comment(ada, "before the outage")
    there.wait_for("comment")
    expect(items).to_have_count(1)
    # A request that the page has sent before the outage could bring the next comment.
    eventually(lambda: page.evaluate("pending") == 0)

    redis.kill()
    comment(ada, "during the outage")
    with explained(
        "While Redis is away, a comment doesn't reach a friend in the same process.",
        hint="Emit with RedisManager, which sends to the sockets of its own process first.",
        see="sockets.py",
    ):
        here.wait_for("comment", lambda each: each["text"] == "during the outage")
    asked = [each["text"] for each in missed(there, after=before["id"])]
    check(
        "during the outage" in asked,
        "A tab that asks in the other process doesn't get the comments from the outage of Redis.",
        seen=asked,
        hint="Keep comments in the database of both processes, and answer from there.",
        see="notifications.py",
    )
    asks = PAGE_OF_FINAL_ASKS if app.step == FINAL else PAGE_ASKS
    page.clock.fast_forward(1000 * asks)
    with explained(
        "While Redis is away, a page in the other process doesn't ask for new comments within "
        f"{asks} seconds.",
        hint="No event arrives then, so let the page ask every ten seconds: setInterval(…).",
        see="static/dashboard.js",
    ):
        expect(items).to_have_count(2)

    redis.start()
    expect_joined(group, someone, connect, JOINED_AGAIN)
    comment(ada, "after the outage")
    with explained(
        "After Redis has returned, a page doesn't show all comments once, newest first.",
        hint="Let the page ask after each event, and skip the comments that it already has.",
        see="static/notifications.js",
    ):
        expect(items).to_have_count(3)
        expect(items).to_contain_text(
            ["after the outage", "during the outage", "before the outage"]
        )
    ids = [each["id"] for each in there.all("comment")]
    check(
        len(ids) == len(set(ids)),
        "After Redis has returned, a comment arrives twice in the same tab.",
        seen=texts(there),
        hint="Emit a comment once, when it's written. Pages ask for missed comments.",
        see="routes.py",
    )


def test_a_logout_while_redis_is_away_closes_the_tabs_in_both_processes(
    group: Group, redis: Redis, joined, someone, connect
):
    ada = someone()
    sockets = [connect(ada), connect(group.at(1, ada))]
    sockets[1].wait_for("sockets")
    redis.kill()
    ada.log_out()
    check(
        sockets[0].wait_until_closed(AT_ONCE),
        "While Redis is away, a logout doesn't close the tabs in its own process.",
        hint="Disconnect them before you inform other processes.",
        see="sockets.py",
    )
    check(
        sockets[1].wait_until_closed(LOGGED_OUT),
        "While Redis is away, a logout never closes the tabs in the other process.",
        hint="Let the heartbeat of each process reload the sessions of its sockets, and close a "
        "socket whose session has ended.",
        see="heartbeat.py",
    )


# The order of comments from two processes.


@pytest.mark.holds_before
def test_comments_of_two_processes_are_ordered_by_time(group: Group, someone, connect):
    ada, grace = someone(), someone()
    befriend(ada, grace)
    authors = [ada, group.at(1, ada)]
    written = [comment(authors[n % 2], f"number {n}")["text"] for n in range(12)]
    read = [each["text"] for each in missed(connect(grace))]
    check(
        read == written,
        "Comments that two processes store within a second are not ordered by time.",
        seen=read,
        hint="In a usual ObjectId, five bytes that differ between processes come before the "
        "counter. Create IDs that begin with a more precise time.",
        see="ids.py",
    )


def test_a_comment_that_is_stored_late_is_still_shown(
    app: App, group: Group, someone, connect, open_tab
):
    ada, grace = someone(), someone()
    befriend(ada, grace)
    there = connect(group.at(1, grace))
    early, late = comment(ada, "first"), comment(group.at(1, ada), "second")
    with mongo.database_at(group.mongodb_uri) as database:
        # As if the first process had been slow: its comment has the lower ID, but is stored later.
        [collection] = [
            database[name]
            for name in database.list_collection_names()
            if database[name].find_one({"_id": ObjectId(early["id"])})
        ]
        stored = collection.find_one_and_delete({"_id": ObjectId(early["id"])})
        page, items = notifications_page(open_tab, group.at(1, grace))
        expect(items).to_have_count(1)
        collection.insert_one(stored)
    read = [each["text"] for each in missed(there, after=late["id"])]
    check(
        "first" in read,
        "A comment that is stored a moment later than one with a higher ID is never shown.",
        seen=f"asked for comments after the higher ID, the app answers {read}",
        hint="Include the minute before that ID. The page skips comments that it already has.",
        see="notifications.py",
    )
    comment(ada, "third")
    asks = PAGE_OF_FINAL_ASKS if app.step == FINAL else PAGE_ASKS
    page.clock.fast_forward(1000 * asks)
    with explained(
        "The page shows a late comment in the wrong place, twice, or not at all.",
        hint="Insert each comment by its ID, and skip comments that the page already has.",
        see="static/notifications.js",
    ):
        expect(items).to_have_count(3)
        expect(items).to_contain_text(["third", "second", "first"])


# Through the proxy.


@pytest.fixture
def site(app: App, group: Group) -> Iterator[Proxy]:
    """nginx with the settings from the app's folder, in front of the two processes."""
    if not programs.find("nginx"):
        pytest.skip(programs.how_to_get(["nginx"]))
    proxy = Proxy(free_port())
    ports = [group.servers[0].port, group.servers[1].port, proxy.port]
    proxy.settings.write_text(with_ports(app.folder / "nginx.conf", ports), "utf-8")
    try:
        with explained(
            "nginx doesn't start with your nginx.conf.",
            hint="The message of nginx names the line that is wrong.",
            see="nginx.conf",
        ):
            proxy.start()
        yield proxy
    finally:
        proxy.close()


def with_ports(file: Path, ports: list[int]) -> str:
    """Return the settings with these ports in place of 5001, 5002 and 5000."""
    check(
        file.exists(),
        "The app's folder has no nginx.conf.",
        hint="Add one that configures a proxy for two processes at the ports 5001 and 5002.",
        see="nginx.conf",
    )
    text = file.read_text("utf-8")
    for old, new in zip((5001, 5002, 5000), ports, strict=True):
        what = f"listen at port {old}" if old == 5000 else f"name a process at port {old}"
        before = r"(\blisten\s+[^;]*?\b)" if old == 5000 else r"(\bserver\s+[^;]*?:)"
        text, found = re.subn(rf"{before}{old}\b", rf"\g<1>{new}", text)
        check(
            found,
            f"nginx.conf doesn't {what}.",
            hint="The checks replace these ports by their own. Write listen 127.0.0.1:5000; and "
            "for the processes server 127.0.0.1:5001; and server 127.0.0.1:5002;.",
            see="nginx.conf",
        )
    return text


def visitor(site: Proxy) -> Person:
    """Return a person who has signed up through the proxy."""
    person = Person(site.url, "Grace", "Hopper")
    answer = person.sign_up()
    check(
        answer.status_code == 302 and person.cookie,
        "Through the proxy, people can't sign up.",
        seen=answer.status_code,
        hint="Pass all requests to the two processes: proxy_pass http://…;",
        see="nginx.conf",
    )
    return person


@both_transports
def test_sockets_work_through_the_proxy(site: Proxy, connect, transport):
    for _ in range(VISITORS if transport == "polling" else 1):
        person = visitor(site)
        what, hint = PROXIED[transport]
        with explained(what, hint=hint, see="nginx.conf"):
            try:
                socket = connect(person, transport)
                person.post("/wave")
                socket.wait_for("wave")
            except Mistake as mistake:
                raise ConnectionError(mistake.seen) from mistake


PROXIED = {
    "websocket": (
        "Through the proxy, no WebSocket opens.",
        "A WebSocket begins as an HTTP request. Pass on its upgrade: set proxy_http_version 1.1, "
        "and the headers Upgrade and Connection.",
    ),
    "polling": (
        "Through the proxy, a socket that polls doesn't stay open.",
        "All its requests have to reach the same process. Let the session's cookie choose the "
        "process: hash $cookie_sid consistent;",
    ),
}


def test_the_proxy_sends_everyone_to_the_remaining_process(group: Group, site: Proxy):
    visitors = [visitor(site) for _ in range(VISITORS)]
    group.servers[0].stop(KILL)
    codes = {person.get("/dashboard").status_code for person in visitors}
    check(
        codes == {200},
        "After one process was killed, the other one doesn't serve all users.",
        seen=f"GET /dashboard answered {' or '.join(map(str, sorted(codes)))}",
        hint="Name both processes in the same upstream, and keep sessions in MongoDB.",
        see="nginx.conf",
    )
