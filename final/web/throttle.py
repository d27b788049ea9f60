"""Limits for password guesses, sign-ups and forms. Every refusal says when to try again."""

from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, IPv6Network, ip_address
from itertools import takewhile

from flask import Flask, g, request, session
from limits import RateLimitItemPerHour, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.storage.mongodb import MongoDBStorageBase
from limits.strategies import SlidingWindowCounterRateLimiter
from pymongo.database import Database
from werkzeug.exceptions import HTTPException, TooManyRequests

from ..settings.config import Config
from ..settings.quotas import (
    PER_ACCOUNT,
    PER_ACCOUNT_ANYWHERE,
    PER_ADDRESS,
    seconds_until_free,
    try_again,
)
from .cross_site import SAFE_METHODS

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
    """Counts logins, sign-ups and confirmations of passwords, for all processes together.

    Every attempt counts before its password is checked, so parallel attempts count like serial
    ones. Attempts with the right password are taken back.
    """

    def __init__(self, database: Database | None = None):
        """Count in this database, or in memory."""
        storage = MemoryStorage() if database is None else Storage(database)
        self.limiter = SlidingWindowCounterRateLimiter(storage)

    @contextmanager
    def attempt(self, reason: str, *limits: tuple) -> Iterator[None]:
        """Count an attempt within these limits, each with its key, or raise TooManyRequests.

        If the attempt then raises an HTTPException, it couldn't be made, and isn't counted.
        """
        counted = [*takewhile(lambda limit: self.limiter.hit(*limit), limits)]
        if len(counted) < len(limits):
            self._take_back(*counted)
            raise too_many(reason, self.limiter, *limits)
        try:
            yield
        except HTTPException:
            self._take_back(*limits)
            raise

    def was_right(self, *limits: tuple) -> None:
        """Take back an attempt, and forget the wrong ones that its first limit has counted."""
        self._take_back(*limits)
        self.limiter.clear(*limits[0])

    def _take_back(self, *limits: tuple) -> None:
        """Undo the count of an attempt."""
        for limit in limits:
            self.limiter.hit(*limit, cost=-1)


def limits_of(email: str, network: str, is_known: bool) -> list[tuple]:
    """Return the limits of a login, each with its key, the narrowest first.

    Logins count by account and network, so a stranger's guesses can't lock the owner out. All
    networks together have a higher limit for an account. It doesn't apply to a network that
    `is_known`, because the account has logged in from there before.
    """
    limits = [(PER_ACCOUNT, email, network), (PER_ADDRESS, network)]
    return limits if is_known else [*limits, (PER_ACCOUNT_ANYWHERE, "account", email)]


def too_many(
    reason: str, limiter: SlidingWindowCounterRateLimiter, *limits: tuple
) -> TooManyRequests:
    """Return an error with the reason, and with the time until these limits allow one more."""
    wait = seconds_until_free(limiter, *limits)
    return TooManyRequests(f"{reason} {try_again(wait)}", retry_after=wait)


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
            reason = TOO_MANY_COMMENTS if is_comment else TOO_MANY_FORMS
            raise too_many(reason, limiter, (limit, user_id))
