"""The settings, read from the environment."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

from .quotas import COMMENTS_PER_HOUR, POSTS_PER_SECOND

DEVELOPMENT_SECRET = "for development only, because everybody can read it here"
REDIS_SCHEMES = ("redis://", "rediss://", "unix://", "redis+sentinel://")
DAY = 24 * 60 * 60  # seconds
SESSION_RANGE = 1, 3650 * DAY
RANGES = {  # the smallest and the largest value of each number
    "port": (0, 65535),
    "proxies": (0, 100),
    "session_idle": SESSION_RANGE,
    "session_limit": SESSION_RANGE,
    "kept_idle": SESSION_RANGE,
    "kept_limit": SESSION_RANGE,
    "sweep_every": (0.01, DAY),
    "signups_per_hour": (1, 1_000_000_000),
    "posts_per_second": (1, 1_000_000),
    "comments_per_hour": (1, 1_000_000_000),
}
COOKIE_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")  # RFC 6265, 4.1.1


class ConfigError(ValueError):
    """A setting can't be used. The text says in one sentence which one and why."""


@dataclass(frozen=True)
class Config:
    """How one instance of the app runs. The defaults suit development. Times are in seconds."""

    host: str = "127.0.0.1"
    port: int = 5000
    proxies: int = 0  # trusted proxies in front, which add X-Forwarded-For, -Proto and -Host
    production: bool = False
    secret_key: str = DEVELOPMENT_SECRET  # signs the session cookie
    session_cookie_name: str = "sid"  # change it if two apps share a host: cookies ignore ports
    mongodb_uri: str | None = None  # None: use an embedded database
    redis_url: str | None = None  # None: there is only this process
    embedded_db: Path = Path(__file__).parents[1] / "embedded-db.json"
    session_idle: int = DAY  # a session ends after this time without use,
    session_limit: int = 7 * DAY  # and at the latest this time after the login
    kept_idle: int = 30 * DAY  # the same two, for users who chose to stay signed in
    kept_limit: int = 180 * DAY
    sweep_every: float = 10.0  # the longest time that a socket outlives its session
    signups_per_hour: int = 100_000  # from one address: enough for any test
    posts_per_second: int = POSTS_PER_SECOND  # POST requests of one user except comments
    comments_per_hour: int = COMMENTS_PER_HOUR  # of one user
    demo: bool = False  # add demo users, as whom anyone can log in
    fast: bool = False  # use the fast transport
    panel: bool = True  # show the developer's panel, with the inside of sessions and sockets

    def __post_init__(self) -> None:
        for name, (least, most) in RANGES.items():
            if not least <= getattr(self, name) <= most:
                raise ConfigError(f"{name.upper()} must be between {least} and {most}.")
        for name in "host", "secret_key", "mongodb_uri", "redis_url":
            if not (getattr(self, name) or "").isprintable():
                raise ConfigError(f"{name.upper()} has a character that cannot be printed.")
        if not COOKIE_NAME.fullmatch(self.session_cookie_name):
            raise ConfigError(
                "SESSION_COOKIE_NAME must be 1 to 100 letters, digits, - or _, "
                f"not {self.session_cookie_name!r}."
            )
        if self.redis_url and not self.mongodb_uri:
            raise ConfigError(
                "REDIS_URL joins several processes, which need a common database: set MONGODB_URI."
            )
        if self.redis_url and not self.redis_url.startswith(REDIS_SCHEMES):
            raise ConfigError(f"REDIS_URL begins with one of {', '.join(REDIS_SCHEMES)}.")
        if self.redis_url and not find_spec("redis"):
            raise ConfigError(
                "REDIS_URL needs a package that is not installed: "
                'python -m pip install -c constraints.txt -e ".[scale]"'
            )
        if self.production and (self.secret_key == DEVELOPMENT_SECRET or len(self.secret_key) < 32):
            raise ConfigError(
                "In production SECRET_KEY must be a secret of your own, of 32 characters or more: "
                'python -c "import secrets; print(secrets.token_urlsafe(32))" makes one.'
            )
        if self.production and not self.mongodb_uri:
            raise ConfigError(
                "In production MONGODB_URI must name a MongoDB: the embedded database is for "
                "development, and is lost when the process is killed."
            )

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Return the settings in the environment, or raise ConfigError.

        Each variable is named like its field, in capital letters. Unless it's set, PANEL is off in
        production, and DEMO is off in production or with MONGODB_URI.
        """
        profile = environ.get("PROFILE", "development")
        if profile not in {"development", "production"}:
            raise ConfigError(f"PROFILE is development or production, not {profile!r}.")
        production = profile == "production"
        mongodb_uri = environ.get("MONGODB_URI") or None
        defaults = {name: getattr(cls, name) for name in RANGES}
        if production:
            defaults["signups_per_hour"] = 100  # enough for an office
        numbers: dict[str, Any] = {k: number(environ, k.upper(), v) for k, v in defaults.items()}
        return cls(
            **numbers,
            host=host(environ.get("HOST", cls.host)),
            production=production,
            secret_key=environ.get("SECRET_KEY") or cls.secret_key,
            session_cookie_name=environ.get("SESSION_COOKIE_NAME", cls.session_cookie_name),
            mongodb_uri=mongodb_uri,
            redis_url=environ.get("REDIS_URL") or None,
            embedded_db=Path(environ.get("EMBEDDED_DB") or cls.embedded_db),
            demo=switch(environ, "DEMO", not mongodb_uri and not production),
            fast=switch(environ, "FAST", cls.fast),
            panel=switch(environ, "PANEL", not production),
        )


def host(text: str) -> str:
    """Return a host in the form that sockets take: ::1 for [::1], and an empty text for *."""
    text = text.strip().removeprefix("[").removesuffix("]")
    return "" if text == "*" else text


def number(environ: Mapping[str, str], name: str, default: float) -> float:
    """Return the setting `name`. Raise ConfigError if it isn't a number of its default's type."""
    text = environ.get(name)
    try:
        return default if text is None else type(default)(text)
    except ValueError:
        kind = "whole number" if isinstance(default, int) else "number"
        raise ConfigError(f"{name} must be a {kind}, not {text!r}.") from None


def switch(environ: Mapping[str, str], name: str, default: bool) -> bool:
    """Return whether the setting `name` is 1. Raise ConfigError if it is neither 1 nor 0."""
    text = environ.get(name)
    if text not in {None, "0", "1"}:
        raise ConfigError(f"{name} must be 1 or 0, not {text!r}.")
    return default if text is None else text == "1"
