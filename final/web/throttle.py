"""Limits for password guesses, sign-ups and forms. Every refusal says when to try again."""

from ipaddress import IPv6Address, IPv6Network, ip_address

from flask import Flask, g, request
from limits import RateLimitItemPerHour, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.storage.mongodb import MongoDBStorageBase
from limits.strategies import SlidingWindowCounterRateLimiter
from pymongo.database import Database
from werkzeug.exceptions import TooManyRequests

from ..settings.config import Config
from ..settings.quotas import (
    PER_ACCOUNT,
    PER_ACCOUNT_ANYWHERE,
    PER_ADDRESS,
    PER_SESSION,
    seconds_until_free,
    take_back,
    try_again,
)
from .cross_site import SAFE_METHODS
from .extensions import session

GUESSED_TOO_OFTEN = "Too many wrong passwords."
TOO_MANY_SIGN_UPS = "Too many people have signed up from your network."
TOO_MANY_FORMS = "You're doing this too often."
TOO_MANY_COMMENTS = "You've written too many comments."
COMMENTS = "posts.add_comment"
ALWAYS = {"login.logout"}  # a logout always works
LONGEST = 64  # characters of an invalid address, which a proxy may pass on from a client
HOME = 64  # bits of an IPv6 address that identify a home; devices choose the others


class Storage(MongoDBStorageBase):
    """The storage of `limits` in our database, over the connections that the app has anyway."""

    def __init__(self, database: Database):
        super().__init__("", database.name)
        self.database = database

    def _init_mongo_client(self, uri, **options):  # which the base class leaves to us
        return self.database.client

    def __del__(self):
        """Leave the client open, because it isn't ours to close."""


class Guesses:
    """Counts wrong passwords in the database, for all processes together.

    Every attempt counts before its password is checked, so parallel attempts count like serial
    ones. Attempts with the right password are taken back.

    Logins count by account and network, so a stranger's guesses can't lock the owner out. All
    networks together have a higher limit for an account. It doesn't apply to a network that
    `is_known`, because the account has logged in from there before. Confirmations of the password
    by a logged-in user count by session.
    """

    def __init__(self, database: Database | None = None):
        """Count in this database, or in memory."""
        storage = MemoryStorage() if database is None else Storage(database)
        self.limiter = SlidingWindowCounterRateLimiter(storage)

    def may_try(self, email: str, address: str, is_known: bool = False) -> bool:
        """Count a login as if it were wrong. Return whether it's within the limits."""
        counted: list[tuple] = []
        for limit in limits_of(email, address, is_known):
            if not self.limiter.hit(*limit):
                for each in counted:
                    take_back(self.limiter, *each)
                return False
            counted.append(limit)
        return True

    def retry_after(self, email: str, address: str, is_known: bool = False) -> int:
        """Return how many seconds to wait before the next try."""
        return seconds_until_free(self.limiter, *limits_of(email, address, is_known))

    def was_right(self, email: str, address: str, is_known: bool = False) -> None:
        """Take back a login, and forget the wrong ones from this network to this account."""
        self.was_no_guess(email, address, is_known)
        self.limiter.clear(PER_ACCOUNT, email, network_of(address))

    def was_no_guess(self, email: str, address: str, is_known: bool = False) -> None:
        """Take back a login whose password was right or wasn't checked."""
        for limit in limits_of(email, address, is_known):
            take_back(self.limiter, *limit)

    # Confirmations: a logged-in user repeats the password to change the account.

    def may_confirm(self, session_id: str) -> bool:
        """Count a confirmation in this session. Return whether it's within the limit."""
        return self.limiter.hit(PER_SESSION, session_id)

    def retry_confirming_after(self, session_id: str) -> int:
        """Return how many seconds to wait before the next confirmation."""
        return seconds_until_free(self.limiter, (PER_SESSION, session_id))

    def was_confirmed(self, session_id: str) -> None:
        self.limiter.clear(PER_SESSION, session_id)

    def was_not_checked(self, session_id: str) -> None:
        take_back(self.limiter, PER_SESSION, session_id)


def limits_of(email: str, address: str, is_known: bool) -> list[tuple]:
    """Return the limits of a login, each with its key, the narrowest first."""
    network = network_of(address)
    limits = [(PER_ACCOUNT, email, network), (PER_ADDRESS, network)]
    return limits if is_known else [*limits, (PER_ACCOUNT_ANYWHERE, "account", email)]


class SignUps:
    """Counts sign-ups by address, because each costs a password hash."""

    def __init__(self, limiter: SlidingWindowCounterRateLimiter, per_hour: int):
        self.limiter = limiter  # that of Guesses, which counts for all processes together
        self.limit = RateLimitItemPerHour(per_hour)

    def may_sign_up(self, address: str) -> bool:
        """Count a sign-up from this address. Return whether it is within the limit."""
        return self.limiter.hit(self.limit, "sign-up", network_of(address))

    def was_not_done(self, address: str) -> None:
        """Take back a sign-up that was counted."""
        take_back(self.limiter, self.limit, "sign-up", network_of(address))

    def retry_after(self, address: str) -> int:
        """Return how many seconds to wait before the next sign-up from this address."""
        return seconds_until_free(self.limiter, (self.limit, "sign-up", network_of(address)))


def network_of(address: str) -> str:
    """Return the address to count: the IPv4 address, or the IPv6 network of a home.

    A home has 2⁶⁴ IPv6 addresses, so counting them one by one would be no limit. Neither would
    counting the ports that some proxies add, as in 192.0.2.1:50312 or [2001:db8::1]:50312.
    """
    if address.startswith("["):
        address = address[1:].partition("]")[0]
    elif address.count(":") == 1:
        address = address.partition(":")[0]
    try:
        ip = ip_address(address)
    except ValueError:
        return address[:LONGEST]  # of a Unix socket, which has no IP address
    if not isinstance(ip, IPv6Address):
        return address
    return str(ip.ipv4_mapped or IPv6Network((int(ip), HOME), strict=False))


def init_app(app: Flask, config: Config) -> None:
    """Limit the forms of a logged-in user, and comments apart. Each process counts on its own."""
    limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
    forms = RateLimitItemPerSecond(10 * config.posts_per_second, 10)
    comments = RateLimitItemPerHour(config.comments_per_hour)

    @app.before_request
    def refuse_too_many() -> None:
        if request.method in SAFE_METHODS or request.endpoint in ALWAYS:
            return
        user_id = session.get("_user_id")
        if not user_id:
            return
        is_comment = request.endpoint == COMMENTS
        limit = comments if is_comment else forms
        if not limiter.hit(limit, user_id):
            g.is_refused = True  # so that the error page costs little
            wait = seconds_until_free(limiter, (limit, user_id))
            reason = TOO_MANY_COMMENTS if is_comment else TOO_MANY_FORMS
            raise TooManyRequests(f"{reason} {try_again(wait)}", retry_after=wait)
