"""People for a benchmark, with passwords that are cheap to check."""

from gevent.pool import Pool
from werkzeug.security import generate_password_hash

from final.app import Data
from final.domain.users import User

PASSWORD = "correct horse battery"
AT_ONCE = 50  # queries


def seed(data: Data, people: int, friends: int) -> None:
    """Add persons 0 to `people` - 1. The next `friends` persons are friends of person 0."""
    password = generate_password_hash(PASSWORD, method="pbkdf2:sha256:1")  # cheap to check

    def add(number: int) -> User:
        """Add this person, or find them from an earlier run."""
        email = f"person-{number}@example.org"
        user = data.users.create("Person", str(number), email, PASSWORD)
        user = user or data.users.find_by_email(email)
        assert user
        return user

    def befriend(friend: User) -> None:
        data.friends.ask(first.id, friend.id)
        data.friends.accept(friend.id, first.id)

    run, data.users.run = data.users.run, lambda *_: password
    [first, *others] = Pool(AT_ONCE).map(add, range(people)) or [None]
    data.users.run = run
    Pool(AT_ONCE).map(befriend, others[:friends])
