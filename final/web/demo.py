"""The demo: three people who are there while it is on, so that there is something to see.

They are marked in the database. A start without the demo removes them like people who delete their
accounts, because everybody knows their password.
"""

from flask import Flask

from ..domain.feed import Feed
from ..domain.friends import Friends
from ..domain.users import User, Users
from ..sessions.store import MongoSessionStore
from .leaving import delete_account

PASSWORD = "look-around"  # everybody may know it, which is what a demo is for
PEOPLE = [
    ("Ada", "Lovelace", "ada@example.org"),
    ("Grace", "Hopper", "grace@example.org"),
    ("Alan", "Turing", "alan@example.org"),
]


def invite(app: Flask, users: Users, friends: Friends, feed: Feed) -> None:
    """Add the demo people, and show them at the login. Ada and Grace are friends.

    Whoever has signed up with one of their emails isn't one of them, and stays alone.
    """
    before = mark(users)
    new = {}
    for *names, email in PEOPLE:
        there = users.find_by_email(email)
        if there is None:
            new[email] = users.create(*names, email, PASSWORD, of_demo=True)
        elif there in before and not users.is_password(there.id, PASSWORD):
            users.set_password(there.id, PASSWORD)  # or the button at the login would fail
    emails = [email for *_, email in PEOPLE]
    people = sorted(users.all_of_demo(), key=lambda user: emails.index(user.email))
    app.jinja_env.globals.update(demo_people=people, demo_password=PASSWORD)
    if len(new) < len(PEOPLE) or not all(new.values()):
        return  # some have been here before, and may have changed their minds since
    ada, grace, alan = new.values()
    friends.ask(ada.id, grace.id)
    friends.ask(grace.id, ada.id)
    friends.ask(alan.id, ada.id)
    feed.write(grace, "Found out today why the relay would not close: there was a moth in it.")
    post, *_ = feed.write(ada, "My note on the engine is done. It weaves patterns of numbers.")
    feed.write(grace, "May I read it before it is printed?", post["id"])
    feed.write(alan, "Can one tell from answers alone whether a machine is thinking?")


def send_home(users: Users, feed: Feed, store: MongoSessionStore) -> None:
    """Remove the demo people with all that they left."""
    for user in mark(users):
        delete_account(user.id, users, feed, store)


def mark(users: Users) -> list[User]:
    """Return the demo people who are there.

    Earlier versions didn't mark them: somebody with the email of one of them is one if the public
    password still opens the account.
    """
    marked = users.all_of_demo()
    for *_, email in PEOPLE:
        user = users.find_by_email(email)
        if user and user not in marked and users.is_password(user.id, PASSWORD):
            users.mark_as_demo(user.id)
            marked.append(user)
    return marked
