"""People for a benchmark, who can log in quickly."""

from gevent.pool import Pool
from werkzeug.security import generate_password_hash

from final.app import Data
from final.domain.users import User

PASSWORD = "correct horse battery"
AT_ONCE = 50  # what is asked of a database


def seed(data: Data, people: int, friends: int) -> None:
    """Add persons 0 to `people` - 1; person 0 is a friend of the first `friends` after."""
    password = generate_password_hash(PASSWORD, method="pbkdf2:sha256:1")  # cheap to check

    def add(number: int) -> User:
        """Return this person, who may be there from an earlier run."""
        email = f"person-{number}@example.org"
        added = data.users.create("Person", str(number), email, PASSWORD)
        return added or data.users.find_by_email(email)

    def befriend(friend: User) -> None:
        data.friends.ask(first.id, friend.id)
        data.friends.accept(friend.id, first.id)

    run, data.users.run = data.users.run, lambda *_: password
    [first, *others] = Pool(AT_ONCE).map(add, range(people)) or [None]
    data.users.run = run
    Pool(AT_ONCE).map(befriend, others[:friends])
