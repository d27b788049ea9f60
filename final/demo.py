"""The demo: three people who are there from the start, so that there is something to see."""

from flask import Flask

from .feed import Feed
from .friends import Friends
from .users import Users

PASSWORD = "look-around"  # everybody may know it, which is what a demo is for
PEOPLE = [
    ("Ada", "Lovelace", "ada@example.org"),
    ("Grace", "Hopper", "grace@example.org"),
    ("Alan", "Turing", "alan@example.org"),
]


def invite(app: Flask, users: Users, friends: Friends, feed: Feed) -> None:
    """Add the demo people, and show them at the log-in. Ada and Grace are friends."""
    new = [users.create(*names, email, PASSWORD) for *names, email in PEOPLE]
    ada, grace, alan = people = [users.find_by_email(email) for *_, email in PEOPLE]
    app.jinja_env.globals.update(demo_people=people, demo_password=PASSWORD)
    if not all(new):
        return  # they have been here before, and may have changed their minds since
    friends.ask(ada.id, grace.id)
    friends.ask(grace.id, ada.id)
    friends.ask(alan.id, ada.id)
    feed.write(grace, "Found out today why the relay would not close: there was a moth in it.")
    post, *_ = feed.write(ada, "My note on the engine is done. It weaves patterns of numbers.")
    feed.write(grace, "May I read it before it is printed?", post["id"])
    feed.write(alan, "Can one tell from answers alone whether a machine is thinking?")
