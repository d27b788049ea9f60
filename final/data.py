"""The data: the parts that keep something, and that all the others ask."""

from __future__ import annotations

from dataclasses import dataclass
from socket import gethostname

from . import work
from .config import Config
from .db import NAME, connect
from .friends import Friends
from .hash_queue import HashQueue
from .notifications import Notifications
from .posts import Posts
from .processes import Alone, Processes
from .session_store import MongoSessionStore
from .throttle import Guesses, SignUps
from .users import Users


@dataclass(frozen=True)
class Data:
    """The parts that keep something. Others may stand in for them that do the same."""

    store: MongoSessionStore
    users: Users
    friends: Friends
    posts: Posts
    notifications: Notifications
    guesses: Guesses
    sign_ups: SignUps
    processes: Processes | Alone
    database_name: str = NAME


def in_database(config: Config) -> Data:
    """Return the parts, which keep everything in the database that `config` names."""
    database = connect(config.mongodb_uri, config.embedded_db)
    processes = Alone(name := f"{gethostname()}:{config.port}")
    if config.mongodb_uri:
        processes = Processes(database.processes, database.sockets, name)
    guesses = Guesses(config.mongodb_uri, database.name)
    return Data(
        store=MongoSessionStore(database.sessions),
        users=Users(database.users, HashQueue(work.aside)),
        friends=Friends(database.friendships),
        posts=Posts(database.posts),
        notifications=Notifications(database.posts, database.read_marks),
        guesses=guesses,
        sign_ups=SignUps(guesses.limiter, config.signups_per_hour),
        processes=processes,
        database_name=database.name,
    )
