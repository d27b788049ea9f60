"""Adds people for a benchmark. Their passwords are cheap to check, so they can log in quickly."""

from werkzeug.security import generate_password_hash

PASSWORD = "correct horse battery"
CHEAP = "pbkdf2:sha256:1"  # a hash method that makes checking quick


def seed(people, count: int, friends: int) -> None:
    """Add persons 0 to `count` - 1. The next `friends` persons are friends of person 0."""
    if not count:
        return
    password = generate_password_hash(PASSWORD, CHEAP)
    ids = []
    for n in range(count):
        email = f"person-{n}@example.org"
        person = {"first_name": "Person", "last_name": str(n), "email": email}
        user = people.add(**person, password=password) or people.by_email(email)
        ids.append(user.id)
    for friend_id in ids[1 : friends + 1]:
        people.befriend(ids[0], friend_id)
