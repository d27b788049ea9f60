"""The demo: three people who are there from the start, so that there is something to see."""

from flask import Flask

from .friends import Friends
from .users import Users

PASSWORD = "look-around"  # everybody may know it, which is what a demo is for
PEOPLE = [
    ("Ada", "Lovelace", "ada@example.org"),
    ("Grace", "Hopper", "grace@example.org"),
    ("Alan", "Turing", "alan@example.org"),
]


def invite(app: Flask, users: Users, friends: Friends) -> None:
    """Add the demo people, of whom Ada and Grace are friends, and show them at the log-in."""
    for first_name, last_name, email in PEOPLE:
        users.create(first_name, last_name, email, PASSWORD)  # no change if they are there
    ada, grace, alan = (users.find_by_email(email) for *_, email in PEOPLE)
    friends.add(ada.id, grace.id)
    app.jinja_env.globals.update(demo_people=[ada, grace, alan], demo_password=PASSWORD)
