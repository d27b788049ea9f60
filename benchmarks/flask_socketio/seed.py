"""People for a benchmark, who can log in quickly."""

from werkzeug.security import generate_password_hash

PASSWORD = "correct horse battery"
CHEAP = "pbkdf2:sha256:1"  # how to hash so that it is checked at once


def seed(people, count: int, friends: int) -> None:
    """Add the persons 0 to `count` - 1; person 0 is a friend of the first `friends` after."""
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
