"""The demo: three people with posts, so that a new installation has something to show.

The database marks them. Starting without the demo deletes their accounts, because their password
is public.
"""

from flask import Flask

from ..domain.feed import Feed
from ..domain.stores import FriendStore, UserStore
from ..domain.users import User
from ..sessions.store import SessionStore
from .account import delete_account

PASSWORD = "look-around"  # public on purpose: the login page shows it
PEOPLE = [
    ("Ada", "Lovelace", "ada@example.org"),
    ("Grace", "Hopper", "grace@example.org"),
    ("Alan", "Turing", "alan@example.org"),
]


def create_demo_users(app: Flask, users: UserStore, friends: FriendStore, feed: Feed) -> None:
    """Create the demo people and list them on the login page. Ada and Grace are friends.

    A person who signed up with one of these emails before keeps that account.
    """
    before = mark_demo_users(users)
    new: list[User] = []
    for first_name, last_name, email in PEOPLE:
        there = users.find_by_email(email)
        if there is None:
            if created := users.create(first_name, last_name, email, PASSWORD):
                users.mark_as_demo(created.id)
                new.append(created)
        elif there in before and not users.check_password(there.id, PASSWORD):
            users.set_password(there.id, PASSWORD)  # or the button at the login would fail
    emails = [email for *_, email in PEOPLE]
    people = sorted(users.demo_users(), key=lambda user: emails.index(user.email))
    app.jinja_env.globals.update(demo_people=people, demo_password=PASSWORD)
    if len(new) < len(PEOPLE):
        return  # they have been used already
    ada, grace, alan = new
    friends.ask(ada.id, grace.id)
    friends.ask(grace.id, ada.id)
    friends.ask(alan.id, ada.id)
    feed.write(grace, "Found out today why the relay would not close: there was a moth in it.")
    post, *_ = feed.write(ada, "My note on the engine is done. It weaves patterns of numbers.")
    feed.write(grace, "May I read it before it is printed?", post["id"])
    feed.write(alan, "Can one tell from answers alone whether a machine is thinking?")


def delete_demo_users(users: UserStore, feed: Feed, store: SessionStore) -> None:
    """Delete the accounts of the demo people."""
    for user in mark_demo_users(users):
        delete_account(user.id, users, feed, store)


def mark_demo_users(users: UserStore) -> list[User]:
    """Return all demo people. Mark those of earlier versions: the password opens their accounts."""
    marked = users.demo_users()
    for *_, email in PEOPLE:
        user = users.find_by_email(email)
        if user and user not in marked and users.check_password(user.id, PASSWORD):
            users.mark_as_demo(user.id)
            marked.append(user)
    return marked
