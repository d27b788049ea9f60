"""A first test: the app of the fixture answers."""

import requests


def test_the_app_answers(server):
    assert requests.get(server, timeout=5).ok
