"""Slows down guessed passwords, sign-ups and floods. `limits` does the counting.

Every refusal says when to try again.
"""

import math
import time
from ipaddress import IPv6Address, IPv6Network, ip_address

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerSecond
from limits.storage import MongoDBStorage, storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

from .db import PATIENCE
from .quotas import EVENTS, EVENTS_PER_USER, OPENINGS, PER_ACCOUNT, PER_ADDRESS

GUESSED_TOO_OFTEN = "Too many wrong passwords."
TOO_MANY_SIGN_UPS = "Too many people have signed up from your network."
TOO_MANY_EVENTS = "Too many events."
TOO_MANY_POSTS = "You're doing this too often."
TOO_MANY_COMMENTS = "You've written too many comments."
HOME = 64  # bits of an IPv6 address that name a home's network; each device picks the others itself


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
        home = network_of(address)
        return self.limiter.test(PER_ADDRESS, home) and self.limiter.hit(PER_ACCOUNT, email)

    def retry_after(self, email: str, address: str) -> int:
        """Return how many seconds to wait before the next try."""
        limits = (PER_ACCOUNT, email), (PER_ADDRESS, network_of(address))
        full = [limit for limit in limits if not self.limiter.test(*limit)]
        return max([1, *(seconds_until_free(self.limiter, *limit) for limit in full)])

    def was_wrong(self, address: str) -> None:
        self.limiter.hit(PER_ADDRESS, network_of(address))

    def was_right(self, email: str) -> None:
        self.limiter.clear(PER_ACCOUNT, email)


class SignUps:
    """Counts the people who sign up from one address, because each costs a password hash.

    `limiter` is the limiter of Guesses, which counts for all processes together.
    """

    def __init__(self, limiter: SlidingWindowCounterRateLimiter, per_hour: int):
        self.limiter = limiter
        self.limit = RateLimitItemPerHour(per_hour)

    def may_sign_up(self, address: str) -> bool:
        """Count a sign-up from this address. Return whether it is within the limit."""
        return self.limiter.hit(self.limit, "sign-up", network_of(address))

    def retry_after(self, address: str) -> int:
        """Return how many seconds to wait before the next sign-up from this address."""
        return seconds_until_free(self.limiter, self.limit, "sign-up", network_of(address))


class Floods:
    """Counts the events and the new sockets of each user, in this process.

    What is counted is forgotten when its time is over.
    """

    def __init__(self):
        self.limiter = SlidingWindowCounterRateLimiter(storage_from_string("memory://"))

    def may_send(self, user_id: str, sid: str) -> bool:
        """Count an event of this socket. Return whether it and its user are within the limits."""
        return self.limiter.hit(EVENTS, "event", sid) and self.limiter.hit(
            EVENTS_PER_USER, "event", user_id
        )

    def retry_after(self, user_id: str, sid: str) -> int:
        """Return how many seconds this socket has to wait before the next event."""
        return max(
            seconds_until_free(self.limiter, limit, "event", key)
            for limit, key in ((EVENTS, sid), (EVENTS_PER_USER, user_id))
            if not self.limiter.test(limit, "event", key)
        )

    def may_open(self, user_id: str) -> bool:
        """Count a socket that this user opens. Return whether it is within the limit."""
        return self.limiter.hit(OPENINGS, "opening", user_id)


class Submissions:
    """Counts the forms that each user sends, in this process: comments by the hour, others sooner.

    Many comments in a minute are still cheap, but each of them is kept. So there is a limit for
    comments alone, over a longer time.
    """

    def __init__(self, posts_per_second: int, comments_per_hour: int):
        self.limiter = SlidingWindowCounterRateLimiter(storage_from_string("memory://"))
        self.posts = RateLimitItemPerSecond(10 * posts_per_second, 10)
        self.comments = RateLimitItemPerHour(comments_per_hour)

    def refusal(self, user_id: str, is_comment: bool) -> tuple[str, int] | None:
        """Count a form of this user. Return None if it is within the limit.

        Otherwise return why it is refused, and how many seconds to wait before the next one.
        """
        limit = self.comments if is_comment else self.posts
        if self.limiter.hit(limit, user_id):
            return None
        wait = seconds_until_free(self.limiter, limit, user_id)
        return f"{TOO_MANY_COMMENTS if is_comment else TOO_MANY_POSTS} {try_again(wait)}", wait


def seconds_until_free(
    limiter: SlidingWindowCounterRateLimiter, limit: RateLimitItem, *key: str
) -> int:
    """Return the whole seconds after which a full limit lets one more through; at least 1."""
    resets = limiter.get_window_stats(limit, *key).reset_time - time.time()
    return max(0, math.floor(resets)) + 1  # at the reset itself the limit is still full


def try_again(seconds: int) -> str:
    """Return a sentence such as "Try again in 12 minutes."."""
    number, unit = (seconds, "second") if seconds < 60 else (math.ceil(seconds / 60), "minute")
    return f"Try again in {number} {unit}{'' if number == 1 else 's'}."


def network_of(address: str) -> str:
    """Return the address to count: an IPv4 address itself, or the IPv6 network of a home.

    A home has 2⁶⁴ IPv6 addresses, so counting each of them alone would limit nobody. Neither would
    counting the ports that some proxies add, as in 192.0.2.1:50312 or [2001:db8::1]:50312.
    """
    if address.startswith("["):
        address = address[1:].partition("]")[0]
    elif address.count(":") == 1:
        address = address.partition(":")[0]
    try:
        ip = ip_address(address)
    except ValueError:
        return address  # of a Unix socket, which has no IP address
    if not isinstance(ip, IPv6Address):
        return address
    return str(ip.ipv4_mapped or IPv6Network((int(ip), HOME), strict=False))
