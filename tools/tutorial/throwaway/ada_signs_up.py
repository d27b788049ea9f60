"""A first test in a browser: Ada signs up, and her page connects."""


def test_ada_signs_up(person):
    person("Ada Lovelace")
