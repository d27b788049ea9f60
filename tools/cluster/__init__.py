"""A cluster: final/ and everything that it needs, with a process for each part of final/deploy/."""

from __future__ import annotations

import contextlib
import secrets
import sys
from collections.abc import Iterator

from tools import programs
from tools.cluster.instance import Instance
from tools.cluster.nginx import Nginx
from tools.mongo import Mongod
from tools.mongod import find_program, why_none
from tools.redis import Redis


def what_is_missing() -> str | None:
    """Return what a cluster lacks on this machine and how to get it, or None if it has it all."""
    if sys.platform == "win32":
        return "gunicorn and nginx do not run on Windows"
    if names := programs.missing():
        return programs.how_to_get(names)
    return None if find_program() else why_none()  # a cluster starts one of its own


class Cluster:
    """Several instances that share a MongoDB and perhaps a Redis, with nginx in front of them.

    If `sticky`, nginx keeps sending each visitor to the same instance. `url` leads through nginx,
    over HTTP if `plain`, and otherwise over HTTPS. `instances[0].url` bypasses nginx. Each part can
    be killed, stopped, and started again on the same port. Without a `port`, nginx uses a free one.
    """

    def __init__(
        self,
        instances: int = 2,
        redis: bool = True,
        plain: bool = True,
        sticky: bool = True,
        port: int | None = None,
        **settings: str,
    ):
        self._parts = contextlib.ExitStack()
        try:
            self.mongod = self._add(Mongod(find_program()))
            self.redis = self._add(Redis(programs.find("redis-server"))) if redis else None
            shared = {
                "PROFILE": "production",
                "PROXIES": "1",
                "SECRET_KEY": secrets.token_urlsafe(32),
                "MONGODB_URI": self.mongod.uri,
                "SIGNUPS_PER_HOUR": "100000",  # all sign-ups come from this machine
            }
            shared |= {"REDIS_URL": self.redis.url} if redis else {}
            self.instances = [self._add(Instance(**(shared | settings))) for _ in range(instances)]
            self.nginx = self._add(Nginx(self.instances, plain, sticky, port))
        except BaseException:
            self.close()
            raise
        self.url = self.nginx.url if plain else self.nginx.https_url

    def _add(self, part):
        self._parts.callback(part.close)
        return part

    def start(self) -> None:
        for part in [self.mongod, self.redis, *self.instances, self.nginx]:
            if part:
                part.start()

    def close(self) -> None:
        """Stop all parts in reverse order, and leave nothing behind."""
        self._parts.close()


@contextlib.contextmanager
def running_cluster(*arguments, **settings) -> Iterator[Cluster]:
    """Start a cluster with these arguments, and stop it at the end."""
    cluster = Cluster(*arguments, **settings)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.close()
