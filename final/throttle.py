"""Slows down who guesses passwords, and who floods a socket. Counting is done by `limits`."""

from limits import RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.storage import MongoDBStorage, storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from .db import PATIENCE

PER_ACCOUNT = RateLimitItemPerMinute(10, 15)  # wrong passwords for one account in 15 minutes
PER_ADDRESS = RateLimitItemPerMinute(200, 15)  # and from one address, which many may share
EVENTS = RateLimitItemPerSecond(100, 10)  # events of one user in 10 seconds

GUESSED_TOO_OFTEN = "Too many wrong passwords. Try again in a quarter of an hour."


class Storage(MongoDBStorage):
    """The storage of `limits`, but that it does not ask the database once more when it goes.

    It goes when the process ends, and under gunicorn nothing can be asked any more by then.
    """

    STORAGE_SCHEME = MongoDBStorage.STORAGE_SCHEME  # for which it stands in from now on

    def __del__(self):
        pass


class Guesses:
    """Counts wrong passwords, in the database, so that all processes count together."""

    def __init__(self, mongodb_uri: str | None, database_name: str):
        if mongodb_uri is None:
            storage = storage_from_string("memory://")
        else:
            options = {"database_name": database_name, "serverSelectionTimeoutMS": PATIENCE}
            storage = storage_from_string(mongodb_uri, **options)
        self.limiter = SlidingWindowCounterRateLimiter(storage)

    def may_try(self, email: str, address: str) -> bool:
        """Say whether there were not too many wrong passwords, for the account or the address.

        For the account a try counts before it is made: those made at once are many, too.
        """
        return self.limiter.test(PER_ADDRESS, address) and self.limiter.hit(PER_ACCOUNT, email)

    def was_wrong(self, address: str) -> None:
        self.limiter.hit(PER_ADDRESS, address)

    def was_right(self, email: str) -> None:
        self.limiter.clear(PER_ACCOUNT, email)


class Floods:
    """Counts the events of each user, in this process."""

    def __init__(self):
        self.limiter = SlidingWindowCounterRateLimiter(storage_from_string("memory://"))

    def may_send(self, user_id: str) -> bool:
        return self.limiter.hit(EVENTS, user_id)
