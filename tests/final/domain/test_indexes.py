"""An index serves each query of the domain, and no query reads a long thread."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pymongo.database import Database
from pymongo.monitoring import CommandListener

from final.domain import friends as module
from final.domain.friends import Friends
from final.domain.ids import new_id, object_id
from final.domain.notifications import Notifications
from final.domain.posts import Posts
from final.domain.threads import Post
from final.domain.users import Users
from tools import mongo

QUERIES = {"find", "aggregate", "distinct", "update", "delete"}
OF_THE_CONNECTION = ("$", "lsid", "txnNumber")
READS_ALL = {"COLLSCAN"}
SORTS_ALL = {"SORT"}
IS_NO_ANSWER = {"EOF"}  # for a collection that does not exist


class Queries(CommandListener):
    """Records the queries that a client sends to its server."""

    def __init__(self):
        self.sent = []

    def started(self, event):
        if event.command_name in QUERIES:
            command = event.command.items()
            self.sent.append({k: v for k, v in command if not k.startswith(OF_THE_CONNECTION)})

    def succeeded(self, event):
        pass

    def failed(self, event):
        pass


@pytest.fixture
def queries() -> Queries:
    return Queries()


@pytest.fixture
def listening_mongodb(mongodb_uri, queries: Queries):
    with mongo.new_database(mongodb_uri, event_listeners=[queries]) as database:
        yield database


def test_an_index_serves_each_query(listening_mongodb: Database, queries: Queries, monkeypatch):
    ask_users(Users(listening_mongodb.users, run=lambda *_: "no hash"))
    ask_friends(Friends(listening_mongodb.friendships), monkeypatch)
    posts = Posts(listening_mongodb.posts)
    ask_posts(posts)
    notifications = Notifications(listening_mongodb.posts, listening_mongodb.read_marks)
    ask_notifications(notifications, posts.write("ada", "A post.", to=["grace"]))

    sent = [*queries.sent]
    assert len(sent) >= 33
    assert {name for query in sent for name in query if name in QUERIES} == QUERIES
    for query in sent:
        stages = set(stages_of(listening_mongodb.command("explain", query)))
        assert stages, query
        assert not stages & (READS_ALL | SORTS_ALL | IS_NO_ANSWER), query


def ask_users(users: Users) -> None:
    ada = users.create("Ada", "Lovelace", "ada@example.org", "")
    users.find(ada.id)
    users.find_many([ada.id, "f" * 24])
    users.find_by_email(ada.email)
    users.search("ada")
    users.authenticate(ada.email, "")
    users.check_password(ada.id, "")
    users.rename(ada.id, "Augusta", "King")
    users.set_password(ada.id, "")
    users.all_active(ada.id, "f" * 24)
    users.begin_deletion(ada.id)
    users.delete(ada.id)


def ask_friends(friends: Friends, monkeypatch) -> None:
    friends.ask("ada", "grace")
    friends.ask("ada", "grace")
    friends.accept("grace", "ada")
    for ask in friends.of, friends.all_of:
        ask("ada")
    friends.of_each(["ada", "grace"])
    friends.end("ada", "grace")
    friends.ask("alan", "ada")
    friends.ask("zoe", "ada")
    for after in None, "zoe":
        friends.incoming("ada", 20, after)
    friends.between("ada", ["alan", "zoe"])
    friends.end("ada", "alan")
    friends.ask("ada", "alan")
    monkeypatch.setattr(module, "FIRST_QUERY", 1)
    friends.all_of("ada")
    friends.forget("ada")


def ask_posts(posts: Posts) -> None:
    post = posts.write("ada", "A post.")
    posts.write("grace", "A reply.", post.id)
    for _ in range(2):
        posts.write("ada", "Sent twice.", key="a key")
    posts.find(post.id)
    for count in 100, 1000:
        posts.feed([f"friend {n}" for n in range(count)])
    posts.feed(["ada", "grace"], before=post.id)
    posts.replies([post.id, "f" * 24])
    posts.replies_before(post.id, None, 20)
    posts.replies_before(post.id, "f" * 24, 20)
    posts.reply_ids_from(post.id, post.id, 20)
    posts.written_by("ada", None, 20)
    posts.written_by("ada", "f" * 24, 20)
    posts.participants(post.id)
    posts.replied_to("grace")
    posts.no_longer_visible([post.id, "f" * 24], ["ada", "grace"])
    posts.not_shown([post.id], [post.id], ["ada", "grace"], "ada", after="")
    posts.not_shown([post.id], [], ["ada"], "ada", after=post.id)
    posts.not_shown([post.id], [f"{n:024}" for n in range(1000)], ["ada"], "ada")
    posts.not_shown([post.id], [post.id], ["ada"], "ada", since=post.id)
    posts.delete(post.id, "ada")
    posts.forget("ada")


def ask_notifications(notifications: Notifications, post: Post) -> None:
    notifications.newest("grace", [f"friend {n}" for n in range(1000)])
    owners = ["ada", "grace"]
    notifications.newest("grace", owners)
    notifications.newest("grace", owners, before=post.id)
    notifications.missed("grace", owners, None)
    notifications.missed("grace", owners, post.id)
    notifications.unread("grace", owners)
    notifications.mark_read("grace", owners, post.id)
    notifications.unread("grace", owners)
    notifications.withdraw(post.id, ["grace"])
    notifications.forget("grace")
    notifications.forget("grace")


LONG = 1500  # replies
FEW = 300  # documents or index entries that a query may read


def test_no_query_reads_a_long_thread(listening_mongodb: Database, queries: Queries):
    """This holds for its owner, and for a user who sees it but isn't notified of its replies."""
    posts = Posts(listening_mongodb.posts)
    notifications = Notifications(listening_mongodb.posts, listening_mongodb.read_marks)
    threads = [posts.write("ada", f"Post {n}.", to=["alan", "grace"]) for n in range(3)]
    told = {"owner": "ada", "author_id": "grace", "to": ["ada"], "created_at": datetime.now(UTC)}
    for thread in threads:
        id_of = object_id(thread.id)
        replies = [{**told, "_id": new_id(), "thread": id_of, "text": "."} for _ in range(LONG)]
        listening_mongodb.posts.insert_many(replies)
    first, ids = str(replies[0]["_id"]), [each.id for each in threads]
    queries.sent.clear()

    posts.replies(ids, 11)
    posts.replies_before(ids[0], None, 21)
    posts.replies_before(ids[0], first, 21)
    posts.reply_ids_from(ids[2], first, 21)
    posts.written_by("grace", None, 21)
    posts.written_by("grace", first, 21)
    posts.participants(ids[0])
    posts.write("grace", "A reply.", ids[0], "ada", ["ada"])
    for user_id in "ada", "alan":
        owners = ["ada", "alan", "grace"]
        notifications.newest(user_id, owners)
        notifications.newest(user_id, owners, before=first)
        notifications.missed(user_id, owners, first)
        notifications.mark_read(user_id, owners, first)
        posts.feed(owners)
        posts.not_shown([ids[0]], ids, owners, user_id, after="", since="f" * 24)

    for query in [*queries.sent]:
        if "insert" in query or "update" in query or "findAndModify" in query:
            continue
        explained = listening_mongodb.command("explain", query, verbosity="executionStats")
        stats = explained["executionStats"]
        assert stats["totalDocsExamined"] <= FEW, query
        assert stats["totalKeysExamined"] <= FEW, query


def stages_of(plan: object, wins: bool = False) -> Iterator[str]:
    """Yield the stages of the winning plans, wherever they are in an explanation."""
    if isinstance(plan, list):
        for part in plan:
            yield from stages_of(part, wins)
    elif isinstance(plan, dict):
        if wins and isinstance(plan.get("stage"), str):
            yield plan["stage"]
        for name, part in plan.items():
            if name != "rejectedPlans":
                yield from stages_of(part, wins or name == "winningPlan")
